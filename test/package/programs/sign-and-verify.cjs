/** Signs and verifies one token, with the CommonJS module of the package. */
const assert = require("node:assert/strict");
const { createSigner, createVerifier, isTokenError, secretKey } = require("rejwt");

const key = secretKey("0123456789abcdef0123456789abcdef", { alg: "HS256" });
const signer = createSigner({ key, issuer: "https://issuer.example", audience: "api", expiresIn: "5m" });
const verifier = createVerifier({ keys: key, issuer: "https://issuer.example", audience: "api" });

const token = signer.sign({ sub: "user-1" });
assert.equal(verifier.verify(token).claims.sub, "user-1");
assert.throws(() => verifier.verify(`${token}A`), isTokenError);
console.log("ok");
