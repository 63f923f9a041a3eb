/** A key of one copy of the package (ES module, CommonJS) signs and verifies in every other, and in `rejwt/jws`. */
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import * as esm from "rejwt";
import * as esmJws from "rejwt/jws";

const require = createRequire(import.meta.url);
const copies = [esm, require("rejwt")];
const steps = [esmJws, require("rejwt/jws")];
const options = { issuer: "https://issuer.example", audience: "api" };

for (const maker of copies) {
  const secret = maker.secretKey("0123456789abcdef0123456789abcdef", { alg: "HS256" });
  const pair = await maker.generateKey("ES256");
  for (const key of [secret, pair]) {
    for (const signing of copies) {
      const token = signing.createSigner({ ...options, key, expiresIn: "5m" }).sign({ sub: "user-1" });
      for (const verifying of copies) {
        assert.equal(verifying.createVerifier({ ...options, keys: [key] }).verify(token).claims.sub, "user-1");
      }
    }
    for (const signing of steps) {
      const bytes = new TextEncoder().encode("bytes");
      const signature = signing.signBytes(key, bytes);
      for (const verifying of steps) assert.ok(verifying.verifyBytes(key, bytes, signature));
    }
  }
}
console.log("ok");
