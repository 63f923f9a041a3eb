/** A key or ring of one copy of the package (ES module, CommonJS) serves in every other, and keys in `rejwt/jws` too. */
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import * as esm from "rejwt";
import * as esmJws from "rejwt/jws";

const require = createRequire(import.meta.url);
const copies = [esm, require("rejwt")];
const steps = [esmJws, require("rejwt/jws")];
const options = { issuer: "https://issuer.example", audience: "api" };
const bytes = new TextEncoder().encode("bytes");

for (const maker of copies) {
  const secret = maker.secretKey("0123456789abcdef0123456789abcdef", { alg: "HS256", kid: "1" });
  for (const key of [secret, await maker.generateKey("ES256")]) {
    const rings = copies.map(({ keyRing }) => keyRing([key], { tokenLife: "5m" }));
    for (const signing of copies) {
      for (const source of [key, ...rings]) {
        const token = signing.createSigner({ ...options, key: source, expiresIn: "5m" }).sign({ sub: "user-1" });
        for (const verifying of copies) {
          for (const keys of [key, ...rings]) {
            assert.equal(verifying.createVerifier({ ...options, keys }).verify(token).claims.sub, "user-1");
          }
        }
      }
    }
    for (const signing of steps) {
      const signature = signing.signBytes(key, bytes);
      for (const verifying of steps) assert.ok(verifying.verifyBytes(key, bytes, signature));
    }
  }
}
console.log("ok");
