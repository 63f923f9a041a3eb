/** Keys and times that jsonwebtoken and its stand-in are both given. */
import { createPublicKey } from "node:crypto";
import { keyObjectFor, SECRET } from "../fixtures/keys.ts";

export { SECRET };
export const NOW = 1_777_636_800;
export const FOREIGN_SECRET: string = "x".repeat(64);

const pem = (alg: "RS256" | "ES256" | "ES512"): { readonly private: string; readonly public: string } => ({
  private: keyObjectFor(alg).export({ type: "pkcs8", format: "pem" }) as string,
  public: createPublicKey(keyObjectFor(alg)).export({ type: "spki", format: "pem" }) as string,
});

export const RSA = pem("RS256");
export const EC = pem("ES256");
export const EC521 = pem("ES512");

/** What signs and what verifies, for each algorithm that jsonwebtoken has. */
export function keysFor(alg: string): { readonly private: string; readonly public: string } {
  if (alg.startsWith("HS")) return { private: SECRET, public: SECRET };
  if (alg === "ES256") return EC;
  if (alg === "ES512") return EC521;
  return RSA;
}

/** A token whose header and payload are these very texts, signed with HS256 and SECRET. */
export { forge } from "../fixtures/tokens.ts";
