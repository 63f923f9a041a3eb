// Each line after `// EXPECT TSnnnn` must fail with exactly that code; each line after `// HOLE` compiles and should not (types cannot stop it).
import {
  type ClaimsOf,
  createRevocationList,
  createSessions,
  createSigner,
  createVerifier,
  decode,
  externalKey,
  generateKey,
  importPem,
  type Key,
  type KeyRing,
  keyRing,
  memoryStore,
  revoke,
  type SigningKey,
  secretKey,
  type Unverified,
  type VerifiedClaims,
  type VerifyingKeys,
  verifierByIssuer,
} from "rejwt";
import { guard } from "rejwt/express";
import { remoteKeys } from "rejwt/jwks";
import { z } from "zod";

declare const key: Key;
declare const anySigner: SigningKey;
declare const anyKeys: VerifyingKeys;
const iss = "https://a.example";
const base = { issuer: iss, audience: iss } as const;
const remote = remoteKeys("https://a.example/jwks", { algs: ["RS256"] });
const kms = externalKey({ publicKey: key, sign: async (b) => b });
const local = createVerifier({ keys: key, ...base, required: ["sub"] });
const distant = createVerifier({ keys: remote, ...base });
const zodded = createVerifier({ keys: key, ...base, schema: z.object({ role: z.enum(["admin", "user"]) }) });
const signer = createSigner({ key, ...base, expiresIn: "15m" });
const kmsSigner = createSigner({ key: kms, ...base, expiresIn: "15m" });
const token = "x.y.z";
async function needs(_c: VerifiedClaims<{ readonly sub: string }>) {}
async function takesAnything(_c: { readonly sub: string }) {}

// ── missing await ──
// EXPECT TS2339
distant.verify(token);
// EXPECT TS2339
const { claims: c1 } = distant.verifyAsync(token);
// EXPECT TS2339
distant.safeVerifyAsync(token).ok;
// EXPECT TS2801
if (distant.safeVerifyAsync(token)) console.log();
// EXPECT TS2339
kmsSigner.sign({ sub: "a" });
// EXPECT TS2345
distant.verifyAsync(kmsSigner.signAsync({ sub: "a" }));
// EXPECT TS2339
createVerifier({ keys: [key, remote], ...base }).verify(token);
// EXPECT TS2339
createVerifier({ keys: anyKeys, ...base }).verify(token);
// EXPECT TS2339
createVerifier({ keys: Math.random() > 0.5 ? key : remote, ...base }).verify(token);
// EXPECT TS2339
createSigner({ key: anySigner, ...base, expiresIn: 60 }).sign({});
// EXPECT TS2339
createSigner({ key: keyRing([key, kms], { tokenLife: "15m" }), ...base, expiresIn: 60 }).sign({});
// EXPECT TS2339
createVerifier({ keys: key, ...base, schemaAsync: z.object({}) }).verify(token);
// EXPECT TS2339
verifierByIssuer([local, distant]).verify(token);
// HOLE
distant.verifyAsync(token);
// HOLE
createVerifier({ keys: key, ...base, schema: z.object({ t: z.string().refine(async () => true) }) }).verify(token);

// ── unverified as verified ──
// EXPECT TS2345
needs(decode(token).unverifiedClaims);
// EXPECT TS2345
takesAnything(decode(token).unverifiedClaims);
// EXPECT TS2345
needs({ sub: "admin" });
// EXPECT TS2345
needs({ ...local.verify(token).claims, sub: "admin" });
// EXPECT TS2339
decode(token).claims;
// EXPECT TS2322
const s1: string = decode(token).unverifiedClaims["sub"];
// EXPECT TS2339
local.safeVerify(token).value;
// EXPECT TS2345
needs(distant.verifyAsync(token));
// EXPECT TS2345
needs(createVerifier({ keys: key, ...base }).verify(token).claims);
// EXPECT TS2540
local.verify(token).claims.sub = "admin";

// ── missing or wrong policy ──
// EXPECT TS2345
createVerifier({ keys: key, audience: iss });
// EXPECT TS2345
createVerifier({ keys: key, issuer: iss });
// EXPECT TS2345
createSigner({ key, issuer: iss, audience: iss });
// EXPECT TS2322
createVerifier({ keys: key, issuer: undefined, audience: iss });
// EXPECT TS2322
createVerifier({ keys: key, issuer: process.env.ISSUER, audience: iss });
// EXPECT TS2322
createVerifier({ keys: key, issuer: /example/, audience: iss });
// EXPECT TS2322
createVerifier({ keys: key, issuer: true, audience: iss });
// EXPECT TS2561
createVerifier({ keys: key, ...base, clockskew: "5s" });
// EXPECT TS2353
createVerifier({ keys: key, ...base, algorithms: ["none"] });
// EXPECT TS2353
createVerifier({ keys: key, ...base, ignoreExpiration: true });
// EXPECT TS2322
createVerifier({ keys: key, ...base, required: ["role"] });
// EXPECT TS2379
createVerifier({ keys: key, ...base, maxAge: undefined });
// EXPECT TS2379
createVerifier({ keys: key, ...base, revocations: undefined });
// EXPECT TS2379
local.verify(token, { subject: undefined });
// EXPECT TS2345
verifierByIssuer([]);

// ── a string (or a buffer, or a PEM, or a JWK) as key ──
// EXPECT TS2322
createVerifier({ keys: "secret", ...base });
// EXPECT TS2322
createSigner({ key: "secret", ...base, expiresIn: 60 });
// EXPECT TS2322
createVerifier({ keys: Buffer.alloc(32), ...base });
// EXPECT TS2353
createVerifier({ keys: { kty: "oct", k: "AAAA" }, ...base });
// EXPECT TS2322
createSigner({ key: remote, ...base, expiresIn: 60 });
// EXPECT TS2322
secretKey("x".repeat(32), { alg: "none" });
// EXPECT TS2820
secretKey("x".repeat(64), { alg: "RS256" });
// EXPECT TS2820
importPem("-----BEGIN", { alg: "HS256" });
// EXPECT TS2554
importPem("-----BEGIN");
// EXPECT TS2554
remoteKeys("https://a.example/jwks");
// EXPECT TS2339
generateKey("ES256").alg;
// EXPECT TS2322
createSigner({ key: generateKey("ES256"), ...base, expiresIn: 60 });

// ── what is signed ──
// EXPECT TS2322
signer.sign({ sub: 42 });
// EXPECT TS2322
signer.sign({ exp: 1 });
// EXPECT TS2322
signer.sign({ aud: "https://b.example" });
// EXPECT TS2322
signer.sign({ born: new Date() });
// EXPECT TS2322
signer.sign({ n: 1n });
// EXPECT TS2345
signer.sign("user_42");
// EXPECT TS2345
signer.sign(["user_42"]);
// EXPECT TS2322
createSigner({ key, ...base, expiresIn: "15min" });
// EXPECT TS2322
createSigner({ key, ...base, expiresIn: "900" });
// EXPECT TS2322
createSigner({ key, ...base, expiresIn: process.env.TTL ?? "15m" });
// EXPECT TS2322
createSigner({ key, ...base, expiresIn: 60, clock: () => Date.now() });

// ── schema types reach the claims ──
// EXPECT TS2322
const role: "owner" = zodded.verify(token).claims.role;
// EXPECT TS2551
zodded.verify(token).claims.rolle;
// EXPECT TS2367
guard(zodded, { allow: (c) => c.role === "owner" });
// EXPECT TS2322
const maybe: string = createVerifier({ keys: key, ...base }).verify(token).claims.sub;
// EXPECT TS2322
const noExp: { readonly exp: string } = local.verify(token).claims;

// ── sessions, revocation ──
// EXPECT TS2322
createSessions({ signer, store: memoryStore(), refreshSecrets: [], idle: "14d", absolute: "90d" });
// EXPECT TS2345
createSessions({ signer, store: memoryStore(), refreshSecrets: ["x"], idle: "14d" });
// EXPECT TS2345
createRevocationList({ feed: memoryStore(), bound: "5s" });
// EXPECT TS2322
createRevocationList({ feed: memoryStore(), bound: "5s", duringOutage: "accept" });
// EXPECT TS2353
revoke(memoryStore(), { token: "x.y.z" }, { tokenLife: "15m" });
