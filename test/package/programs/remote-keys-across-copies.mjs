/** Remote keys of one copy of `rejwt/jwks` (ES module, CommonJS) serve verifiers of every other. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import * as esm from "rejwt";

const require = createRequire(import.meta.url);
const cjs = require("rejwt");

const key = await esm.generateKey("ES256");
const ring = esm.keyRing([key], { tokenLife: "5m" });
const server = createServer((_request, response) => response.end(ring.jwksResponse().body)).listen(0, "127.0.0.1");
await once(server, "listening");

const options = { issuer: "https://issuer.example", audience: "api" };
const token = esm.createSigner({ ...options, key: ring, expiresIn: "5m" }).sign({ sub: "user-1" });
for (const { remoteKeys } of [await import("rejwt/jwks"), require("rejwt/jwks")]) {
  const keys = remoteKeys(`http://127.0.0.1:${server.address().port}/jwks`, { algs: ["ES256"], allowHttp: true });
  for (const { createVerifier, isTokenError } of [esm, cjs]) {
    const verifier = createVerifier({ ...options, keys });
    assert.equal((await verifier.verifyAsync(token)).claims.sub, "user-1");
    const { ok, error } = await verifier.safeVerifyAsync(`${token.slice(0, -4)}AAAA`);
    assert.ok(!ok && isTokenError(error) && error.code === "SIGNATURE");
  }
}
server.close();
server.closeAllConnections();
console.log("ok");
