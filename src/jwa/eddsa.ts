/** EdDSA: RFC 8037 §3.1, with the fully specified names of RFC 9864 §2.2. */
import type { KeyObject } from "node:crypto";
import { tokenError } from "../errors.ts";
import type { Alg, Algorithm } from "./algorithm.ts";
import { asymmetric } from "./asymmetric.ts";
import { generatePrivateKey } from "./key-pair.ts";
import { isSmallOrder } from "./small-order.ts";

type Curve = "ed25519" | "ed448";
const SIGNATURE_SIZE: Readonly<Record<Curve, number>> = { ed25519: 64, ed448: 114 };

/**
 * A row of the table.
 * @param names the first is written; every one is accepted
 * @param curves that a key may be on; the first is the one that is generated
 */
export function eddsa(names: readonly Alg[], curves: readonly [Curve, ...Curve[]]): Algorithm {
  return asymmetric({
    kty: "OKP",
    names,
    digest: null,
    signatureSize: (key) => SIGNATURE_SIZE[key.asymmetricKeyType as Curve],
    generate: () => generatePrivateKey(curves[0], {}),
    checkKey(key) {
      if (!(curves as readonly unknown[]).includes(key.asymmetricKeyType)) {
        throw tokenError(
          "KEY_INVALID",
          `${names[0]} needs a key on ${curves.join(" or ")}, not ${key.asymmetricKeyType}`,
        );
      }
      if (hasSmallOrder(key)) {
        throw tokenError("KEY_WEAK", "this EdDSA key is a point of small order: anybody can sign for it");
      }
    },
  });
}

/** A private key never is: its scalar is clamped. */
function hasSmallOrder(key: KeyObject): boolean {
  if (key.type !== "public") return false;
  const { x } = key.export({ format: "jwk" });
  return isSmallOrder(key.asymmetricKeyType as Curve, Buffer.from(x as string, "base64url"));
}
