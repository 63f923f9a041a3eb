/** ML-DSA (FIPS 204) in JOSE, where the runtime has it: Node 24.7 and later, on OpenSSL 3.5. */
import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { tokenError } from "../errors.ts";
import type { Alg, Algorithm } from "./algorithm.ts";
import { asymmetric } from "./asymmetric.ts";
import { generatePrivateKey } from "./key-pair.ts";

// The types of Node 20 do not know these names, and its runtime throws at them.
type Generate = (type: string, options: object) => { readonly privateKey: KeyObject };
const generatePairSync = generateKeyPairSync as unknown as Generate;

/**
 * A row of the table.
 * @param size of a signature, in bytes (FIPS 204 §4, table 2)
 */
export function mlDsa(name: Alg & `ML-DSA-${number}`, size: number): Algorithm {
  const type = name.toLowerCase();
  return asymmetric({
    kty: "AKP",
    names: [name],
    digest: null,
    isSupported: runtimeHasMlDsa,
    signatureSize: () => size,
    generate: () => generatePrivateKey(type, {}),
    checkKey(key) {
      if ((key.asymmetricKeyType as string | undefined) !== type) {
        throw tokenError("KEY_INVALID", `${name} needs a key of its own type, not ${key.asymmetricKeyType}`);
      }
    },
  });
}

let supported: boolean | undefined;

/** No list names what the runtime can do, so it is tried, once, when somebody first asks. */
function runtimeHasMlDsa(): boolean {
  try {
    supported ??= generatePairSync("ml-dsa-44", {}).privateKey.type === "private";
  } catch {
    supported = false;
  }
  return supported;
}
