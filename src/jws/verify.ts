/** Checking compact JWS in two steps: what is sent is well formed, then one key's signature holds. RFC 7515 §5.2. */
import { tokenError } from "../errors.ts";
import { algorithm } from "../jwa/algorithms.ts";
import { type Key, materialOf, verifyingHalf } from "../jwk/key.ts";
import { keySet } from "../jwk/key-set.ts";
import { checkBytes } from "../options.ts";
import { type CritHandlers, runCritHandlers } from "./crit.ts";
import type { Header } from "./header.ts";
import { DEFAULT_LIMITS } from "./limits.ts";
import { type OpenedJws, openJws } from "./open.ts";

/** What a signature proved, and with which key. */
export interface CheckedJws {
  readonly header: Header;
  readonly payload: Uint8Array;
  readonly key: Key;
}

/** Step 8: the signature holds with one of the candidates. @throws SIGNATURE; CRIT where a handler refuses */
export function checkSignature(opened: OpenedJws, candidates: readonly Key[], crit: CritHandlers): CheckedJws {
  const { signingInput, signature } = opened;
  for (const key of candidates) {
    if (algorithm(key.alg).verify(materialOf(key).verifying, signingInput, signature))
      return checked(opened, key, crit);
  }
  throw signatureError();
}

/** The same, off the event loop where the algorithm is slow enough to gain from it. */
export async function checkSignatureAsync(
  opened: OpenedJws,
  candidates: readonly Key[],
  crit: CritHandlers,
): Promise<CheckedJws> {
  const { signingInput, signature } = opened;
  for (const key of candidates) {
    const held = await algorithm(key.alg).verifyAsync(materialOf(key).verifying, signingInput, signature);
    if (held) return checked(opened, key, crit);
  }
  throw signatureError();
}

/**
 * Whether a signature over some bytes is the key's. False for a wrong one, of whatever length.
 * @param signature in JWS form: r‖s for ECDSA
 * @throws CONFIG for data or a signature that is no bytes, or a key that may only sign
 */
export function verifyBytes(key: Key, data: Uint8Array, signature: Uint8Array): boolean {
  const verifying = verifyingHalf(key);
  checkBytes("verifyBytes", "data", data);
  checkBytes("verifyBytes", "signature", signature);
  return algorithm(key.alg).verify(verifying, data, signature);
}

/**
 * The payload and header of a compact JWS over any bytes, no claims looked at. RFC 7515 §5.2.
 * @throws MALFORMED, TOO_LARGE, CRIT (no extension is understood here), ALG, KEY_UNKNOWN, SIGNATURE
 */
export function verifyJws(
  keys: Key | readonly Key[],
  token: string,
): { readonly payload: Uint8Array; readonly header: Header } {
  const set = keySet("verifyJws", Array.isArray(keys) ? keys : [keys as Key]);
  const opened = openJws(token, DEFAULT_LIMITS, {});
  const { payload, header } = checkSignature(opened, set.candidates(opened.header.alg, opened.header.kid), {});
  return { payload, header };
}

function checked(opened: OpenedJws, key: Key, crit: CritHandlers): CheckedJws {
  // The candidate was found under this alg, so the header's alg is one of the key's names.
  const header = opened.header as Header;
  runCritHandlers(opened.critical, header, crit);
  return { header, payload: opened.payload, key };
}

/** No key's. */
export function signatureError(): Error {
  return tokenError("SIGNATURE", "the signature is not that of any key of this verifier");
}
