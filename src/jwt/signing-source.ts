/** Which key signs now, with the header that it writes: one key, or a ring's turn. */

import { type Key, materialOf, signingHalf } from "../jwk/key.ts";
import { ringInternals } from "../jwk/key-ring.ts";
import { headerSegment } from "../jws/header-segment.ts";
import type { SigningKey } from "./signer-options.ts";

export interface SigningSource {
  /** False where a key signs elsewhere. */
  readonly synchronous: boolean;
  /** @throws CONFIG where no key of a ring is due */
  current(): { readonly key: Key; readonly header: string };
}

/** @throws CONFIG for what is no key, and for a key that only verifies */
export function signingSource(given: SigningKey, typ: string): SigningSource {
  const ring = ringInternals(given);
  const signingKey = (): Key => (ring === undefined ? given : ring.signingKey()) as Key;
  if (ring === undefined) checkSigns(given as Key);
  let last: { readonly key: Key; readonly header: string } | undefined;
  return {
    synchronous: given["~signs"] === "sync",
    current() {
      const key = signingKey();
      // A key's header is the same for every token.
      if (last?.key !== key) last = { key, header: headerSegment(key, { typ }) };
      return last;
    },
  };
}

function checkSigns(key: Key): void {
  if (materialOf(key).signElsewhere === undefined) signingHalf(key);
}
