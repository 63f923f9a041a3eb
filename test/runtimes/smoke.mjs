/** What every runtime must do with the installed package: every algorithm, a session's life, refusals by code. Prints "ok". */
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import * as rejwt from "rejwt";
import jwt from "rejwt/compat/jsonwebtoken";
import { signJws, verifyJws } from "rejwt/jws";
import finds from "./finds.json" with { type: "json" };

const require = createRequire(import.meta.url);
const {
  createSessions,
  createSigner,
  createVerifier,
  generateKey,
  importJwk,
  exportJwk,
  isTokenError,
  memoryStore,
  secretKey,
} = rejwt;
const common = { issuer: "https://auth.example", audience: "https://api.example" };
const [, , wanted = "esm"] = process.argv;

/** Node and its kin load the package twice, once for each format; keys and errors must pass between the copies. */
const copies = wanted === "cjs" ? [require("rejwt")] : [rejwt];
const SECRET = "a secret of exactly sixty-four bytes, that nobody must ever see!";

function codeOf(run) {
  try {
    run();
    return "accepted";
  } catch (error) {
    if (isTokenError(error)) return error.code;
    throw error;
  }
}

const algs = [];
const missing = [];
for (const alg of [
  "HS256",
  "HS384",
  "HS512",
  "RS256",
  "PS256",
  "PS512",
  "ES256",
  "ES384",
  "ES512",
  "ES256K",
  "Ed25519",
  "EdDSA",
  "Ed448",
  "ML-DSA-44",
]) {
  let key;
  try {
    key = await generateKey(alg);
  } catch (error) {
    if (!isTokenError(error) || error.code !== "ALG_UNSUPPORTED") throw error;
    missing.push(alg);
    continue;
  }
  for (const copy of copies) {
    const token = copy.createSigner({ key, ...common, expiresIn: "15m" }).sign({ sub: "user_42" });
    const publicKey = alg.startsWith("HS") ? key : importJwk(JSON.parse(JSON.stringify(exportJwk(key))));
    const verifier = copy.createVerifier({ keys: publicKey, ...common });
    assert.equal(verifier.verify(token).claims.sub, "user_42");
    assert.equal((await verifier.verifyAsync(token)).claims.sub, "user_42");
    const at = token.length - 20;
    const changed = token.slice(0, at) + (token[at] === "A" ? "B" : "A") + token.slice(at + 1);
    assert.equal(
      codeOf(() => verifier.verify(changed)),
      "SIGNATURE",
    );
    assert.equal(Buffer.from(verifyJws(key, signJws(key, Buffer.from(alg))).payload).toString(), alg);
  }
  algs.push(alg);
}

// Tokens that were found by fuzzing, each with its verdict.
const NOON = 1_777_636_800;
const hs256 = secretKey(SECRET, { alg: "HS256" });
const strict = createVerifier({
  keys: hs256,
  issuer: false,
  audience: false,
  expiry: "optional",
  typ: false,
  clock: () => new Date(NOON * 1000),
  crit: { x: () => {} },
});
for (const { what, token, ours } of finds)
  assert.equal(
    codeOf(() => strict.verify(token)),
    ours,
    what,
  );

const signer = createSigner({ key: hs256, ...common, expiresIn: "15m" });
const sessions = createSessions({
  signer,
  store: memoryStore(),
  refreshSecrets: ["y".repeat(32)],
  idle: "14d",
  absolute: "90d",
});
const first = await sessions.start({ subject: "user_42" });
const second = await sessions.refresh(first.refreshToken);
const third = await sessions.refresh(second.refreshToken);
await assert.rejects(sessions.refresh(first.refreshToken), (error) => error.code === "REFRESH_REUSED");
await assert.rejects(sessions.refresh(third.refreshToken), (error) => error.code === "SESSION_ENDED");

assert.equal(jwt.verify(jwt.sign({ a: 1 }, SECRET), SECRET).a, 1);
assert.throws(() => jwt.verify("a.b.c", SECRET), { name: "JsonWebTokenError" });

console.log(
  `ok: ${algs.length} algorithms, ${finds.length} vectors${missing.length > 0 ? `; without ${missing.join(", ")}` : ""}`,
);
