/** New keys. */
import { tokenError } from "../errors.ts";
import type { Alg } from "../jwa/algorithm.ts";
import { algorithm } from "../jwa/algorithms.ts";
import { checkDefined, checkNames, configError } from "../options.ts";
import { createKey, type Key } from "./key.ts";
import { checkKid } from "./kid.ts";

export interface GenerateKeyOptions {
  /** Default: the RFC 7638 thumbprint, none for a secret. */
  readonly kid?: string;
  /** RSA only, in bits. Default 3072. */
  readonly modulusLength?: 2048 | 3072 | 4096;
}

/**
 * A new key that signs and verifies: a secret as long as the hash, or a key pair. Asynchronous, since RSA takes seconds.
 * @throws ALG_UNSUPPORTED where the runtime lacks the algorithm (ML-DSA before Node 24.7, ES256K and Ed448 in Bun); CONFIG
 */
export async function generateKey(alg: Alg, options: GenerateKeyOptions = {}): Promise<Key> {
  checkNames("generateKey", options, ["kid", "modulusLength"]);
  checkDefined("generateKey", options, ["kid", "modulusLength"]);
  const row = algorithm(alg);
  // NIST SP 800-57 part 1, table 2: 3072 bits are the strength of P-256.
  const { kid, modulusLength = 3072 } = options;
  checkKid(kid);
  if (options.modulusLength !== undefined && row.kty !== "RSA") {
    throw configError("generateKey", `option "modulusLength" is for RSA, not ${alg}`);
  }
  if (![2048, 3072, 4096].includes(modulusLength)) {
    throw configError("generateKey", 'option "modulusLength" must be 2048, 3072 or 4096');
  }
  const made = await row.generate({ modulusLength }).catch((cause: unknown) => {
    // Bun's library has no secp256k1 and no Ed448, and no list says so.
    throw tokenError("ALG_UNSUPPORTED", `this runtime cannot make a key for ${alg}`, { cause });
  });
  return createKey(alg, made, kid);
}
