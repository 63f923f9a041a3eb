/** ECDSA with r‖s signatures: RFC 7518 §3.4, RFC 8812 §3.2 (ES256K). */
import type { KeyObject } from "node:crypto";
import { tokenError } from "../errors.ts";
import type { Alg, Algorithm } from "./algorithm.ts";
import { asymmetric } from "./asymmetric.ts";
import { derFromRaw, rawFromDer } from "./ecdsa-der.ts";
import { generatePrivateKey } from "./key-pair.ts";

/**
 * A row of the table.
 * @param namedCurve OpenSSL's name of the one curve that this algorithm uses
 * @param size of r and of s, in bytes
 */
export function ecdsa(name: Alg, digest: string, namedCurve: string, size: number): Algorithm {
  return asymmetric({
    kty: "EC",
    names: [name],
    digest,
    // node:crypto would convert too (dsaEncoding), for 17 µs a call on Node 24: a fifth of a verification.
    spelling: { toJws: (der) => rawFromDer(der, size) as Uint8Array, fromJws: derFromRaw },
    signatureSize: () => 2 * size,
    generate: () => generatePrivateKey("ec", { namedCurve }),
    checkKey(key) {
      const curve = curveOf(key);
      if (curve !== namedCurve) {
        throw tokenError("KEY_INVALID", `${name} needs a key on the curve ${namedCurve}, not ${curve}`);
      }
    },
  });
}

/** A curve that is spelled out has its name here where OpenSSL knows it; any other has none, and is refused. */
function curveOf(key: KeyObject): string {
  if (key.asymmetricKeyType !== "ec") return `a key of type ${key.asymmetricKeyType}`;
  return key.asymmetricKeyDetails?.namedCurve ?? "a curve without a name";
}
