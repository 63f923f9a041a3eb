/** Signs and verifies one token, with the ES module of the package. */
import assert from "node:assert/strict";
import { createSigner, createVerifier, isTokenError, secretKey } from "rejwt";

const key = secretKey("0123456789abcdef0123456789abcdef", { alg: "HS256" });
const signer = createSigner({ key, issuer: "https://issuer.example", audience: "api", expiresIn: "5m" });
const verifier = createVerifier({ keys: key, issuer: "https://issuer.example", audience: "api" });

const token = signer.sign({ sub: "user-1" });
assert.equal(verifier.verify(token).claims.sub, "user-1");
assert.throws(() => verifier.verify(`${token}A`), isTokenError);
console.log("ok");
