// (h) from jsonwebtoken, gradually: old and new tokens at once.
import jwt from "jsonwebtoken";
import { createSigner, createVerifier, generateKey, isTokenError, secretKey, verifierByIssuer } from "rejwt";
import { z } from "zod";

const claims = z.object({ role: z.string() });
const issuer = "https://auth.example";
const newKey = await generateKey("ES256");
export const signer = createSigner({ key: newKey, issuer, audience: issuer, expiresIn: "15m" });
const current = createVerifier({ keys: newKey, issuer, audience: issuer, required: ["sub"], schema: claims });

// Step 1: jsonwebtoken's tokens, made without iss, aud, kid; secret ≥ 32 bytes.
const legacy = createVerifier({
  keys: secretKey(process.env.OLD_SECRET, { alg: "HS256" }),
  issuer: false,
  audience: false,
  required: ["sub"],
  maxAge: "7d",
  schema: claims,
});
const verifier = verifierByIssuer([current, legacy]); // both local: still synchronous, by type
export const roleOf = (token: string): string => verifier.verify(token).claims.role;

// Step 1, with an old secret that rejwt refuses (< 32 bytes): jsonwebtoken stays for as long as its tokens live.
export function subjectOf(token: string): string {
  try {
    return current.verify(token).claims.sub;
  } catch (error) {
    if (!isTokenError(error) || (error.code !== "ALG" && error.code !== "KEY_UNKNOWN")) throw error;
    const old = jwt.verify(token, "shhhhh", { algorithms: ["HS256"] });
    if (typeof old === "string" || old.sub === undefined) throw new Error("not ours");
    return old.sub;
  }
}
