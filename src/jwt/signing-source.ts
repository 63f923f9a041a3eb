/** Which key signs now, with the header that it writes: one key, or a ring's turn. */

import { type Key, materialOf, signingHalf } from "../jwk/key.ts";
import { ringInternals } from "../jwk/key-ring.ts";
import { headerSegment } from "../jws/header-segment.ts";
import { compactSigner } from "../jws/sign.ts";
import type { SigningKey } from "./signer-options.ts";

export interface CurrentKey {
  readonly key: Key;
  /** The header segment, which is the same for every token of the key. */
  readonly header: string;
  /** A token of a payload segment. @throws CONFIG where the key signs elsewhere */
  readonly sign: (payload: string) => string;
}

export interface SigningSource {
  /** False where a key signs elsewhere. */
  readonly synchronous: boolean;
  /** @throws CONFIG where no key of a ring is due */
  current(): CurrentKey;
}

/** @throws CONFIG for what is no key, and for a key that only verifies */
export function signingSource(given: SigningKey, typ: string): SigningSource {
  const ring = ringInternals(given);
  const signingKey = (): Key => (ring === undefined ? given : ring.signingKey()) as Key;
  if (ring === undefined) checkSigns(given as Key);
  let last: CurrentKey | undefined;
  return {
    synchronous: given["~signs"] === "sync",
    current() {
      const key = signingKey();
      if (last?.key !== key) {
        const header = headerSegment(key, { typ });
        last = { key, header, sign: compactSigner(key, header) };
      }
      return last;
    },
  };
}

function checkSigns(key: Key): void {
  if (materialOf(key).signElsewhere === undefined) signingHalf(key);
}
