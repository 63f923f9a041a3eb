/** No secret and no token can be seen in what this package exports, makes, throws or tells. */
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it, test } from "vitest";
import { entryPoints } from "../../entry-points.js";
import { createAuthFetch, createDpop } from "../../src/client/index.ts";
import * as express from "../../src/http/express.ts";
import * as fastify from "../../src/http/fastify.ts";
import * as hono from "../../src/http/hono.ts";
import { createAuthHandlers, createOauthHandlers, dpopNonces, guard, jwksHandler } from "../../src/http/index.ts";
import * as koa from "../../src/http/koa.ts";
import * as nest from "../../src/http/nest.ts";
import {
  createRevocationList,
  createSessions,
  createSigner,
  createVerifier,
  decode,
  exportPem,
  externalKey,
  importJwk,
  importJwks,
  importPem,
  inspect,
  keyRing,
  memoryStore,
  secretKey,
  verifierByIssuer,
} from "../../src/index.ts";
import { signBytes, verifyBytes, verifyJws } from "../../src/jws/index.ts";
import { spoil } from "../../src/testing/index.ts";
import * as web from "../../src/web/index.ts";
import { keyFor, keyObjectFor, publicKeyFor } from "../fixtures/keys.ts";
import { leaksOf, type Secret, secretBytes, secretText } from "./leaks.ts";

const HMAC = "hygiene: this text is the HMAC secret, nobody may see it in a log";
const REFRESH = new Uint8Array(32).map((_zero, at) => (at * 37 + 11) % 256);
const PASSPHRASE = "hygiene-passphrase-of-a-private-key";
const EC_D = keyObjectFor("ES256").export({ format: "jwk" }).d ?? "";
const RSA = keyObjectFor("RS256").export({ format: "jwk" });
const PAYLOAD = "hygiene-a-value-of-the-payload";
const common = { issuer: "https://auth.example", audience: "https://api.example" } as const;

const key = secretKey(HMAC, { alg: "HS256" });
const signer = createSigner({ key, ...common, expiresIn: "15m" });
const verifier = createVerifier({ keys: key, ...common });
const store = memoryStore();
const events: unknown[] = [];
const sessions = createSessions({
  signer,
  store,
  refreshSecrets: [REFRESH],
  idle: "14d",
  absolute: "90d",
  onEvent: (event) => events.push(event),
});
const token = signer.sign({ sub: "user_42", secretive: PAYLOAD });
const list = createRevocationList({ feed: store, bound: "2s", duringOutage: "reject" });
afterAll(() => list.close());
const cached = createVerifier({ keys: key, ...common, cache: { maxTokens: 10 } });
cached.verify(token);
cached.verify(token);

const webKey = web.secretKey(HMAC, { alg: "HS256" });
const cookie = { origins: ["https://app.example"] } as const;
const authHandlers = createAuthHandlers({ sessions, cookie });
const oauthHandlers = createOauthHandlers({ sessions, verifier, authenticateClient: () => true });
const request = (headers: Readonly<Record<string, string>>): Request =>
  new Request("https://api.example/orders", { headers });

const secrets: readonly Secret[] = [
  secretText("the HMAC secret", HMAC),
  secretBytes("the HMAC secret's bytes", Buffer.from(HMAC)),
  secretBytes("the refresh secret", REFRESH),
  secretText("the passphrase", PASSPHRASE),
  secretText("the EC key's d", EC_D),
  secretBytes("the EC key's d in bytes", Buffer.from(EC_D, "base64url")),
  secretText("the RSA key's d", String(RSA.d).slice(0, 30)),
  secretText("the RSA key's p", String(RSA.p).slice(0, 30)),
];
const signature = token.slice(token.lastIndexOf(".") + 1);
const tokenSecrets: readonly Secret[] = [
  secretText("the access token", signature),
  secretText("the payload", PAYLOAD),
  secretText("the payload's segment", token.split(".")[1] ?? ""),
];

const pem = keyObjectFor("ES256").export({ type: "pkcs8", format: "pem" }) as string;
const encrypted = exportPem(importPem(pem, { alg: "ES256" }), { private: true, passphrase: PASSPHRASE });

/** What users hold for long, and so log: each made with the secrets above. */
const made: Readonly<Record<string, () => unknown>> = {
  "a secret key": () => key,
  "a private key from PEM": () => importPem(pem, { alg: "ES256" }),
  "a private key from encrypted PEM": () => importPem(encrypted, { alg: "ES256", passphrase: PASSPHRASE }),
  "a private key from a JWK": () => importJwk({ ...RSA }, { alg: "RS256" }),
  "keys of a JWK Set": () =>
    importJwks({ keys: [{ kty: "oct", k: Buffer.from(HMAC).toString("base64url") }] }, { algs: ["HS256"] }),
  "an external key": () => externalKey({ publicKey: publicKeyFor("ES256"), sign: async () => new Uint8Array(64) }),
  "a key ring": () => keyRing([keyFor("ES256", "k")], { tokenLife: "15m" }),
  "a key ring's JWKS": () => keyRing([keyFor("ES256", "k")], { tokenLife: "15m" }).jwks(),
  "a key ring's answer": () => keyRing([keyFor("RS256", "k")], { tokenLife: "15m" }).jwksResponse(),
  "a signer": () => signer,
  "a verifier": () => verifier,
  "a verifier of several issuers": () => verifierByIssuer([verifier]),
  "a verifier with a cache that holds the token": () => cached,
  "a revocation list": () => list,
  "a revocation list's status": () => list.status(),
  "a verifier that asks a revocation list": () => createVerifier({ keys: key, ...common, revocations: list }),
  "a secret key of the web": () => webKey,
  "a private key of the web from PEM": () => web.importPem(pem, { alg: "ES256" }),
  "a private key of the web from a JWK": () => web.importJwk({ ...RSA }, { alg: "RS256" }),
  "a signer of the web": () => web.createSigner({ key: webKey, ...common, expiresIn: "15m" }),
  "a verifier of the web": () => web.createVerifier({ keys: webKey, ...common }),
  "a guard": () => guard(verifier),
  "what a guard answers without a token": () => guard(verifier)(request({})),
  "what a guard answers to a spoiled token": () =>
    guard(verifier)(request({ authorization: `Bearer ${spoil(token, "signature")}` })),
  "session handlers": () => authHandlers,
  "OAuth handlers": () => oauthHandlers,
  "a JWKS handler": () => jwksHandler(keyRing([keyFor("ES256", "k")], { tokenLife: "15m" })),
  "DPoP nonces": () => dpopNonces({ secret: HMAC }),
  "guards of frameworks": () => [express, fastify, hono, koa, nest].map((skin) => skin.guard(verifier)),
  "session routes of frameworks": () =>
    [express, fastify, hono, koa, nest].map((skin) => skin.sessionRoutes(sessions, { cookie })),
  "a fetch that carries the token": () => {
    const authFetch = createAuthFetch({ refreshUrl: "https://auth.example/refresh" });
    authFetch.setAccessToken(token, 900);
    return authFetch;
  },
  "a maker of DPoP proofs": () => createDpop(),
  "a memory store": () => store,
  sessions: () => sessions,
  "what a token proved, but for its claims": () => ({ ...verifier.verify(token), claims: undefined }),
};

describe("the positive control: each way of looking shows a secret that is there", () => {
  class Careless {
    readonly #hidden = 1;
    readonly text = HMAC;
    describe(): number {
      return this.#hidden;
    }
  }
  test.each<[string, unknown]>([
    ["text in an object", { a: { b: HMAC } }],
    ["bytes", Buffer.from(HMAC)],
    ["a typed array", { key: REFRESH }],
    ["a member that is not enumerable", Object.defineProperty({}, "hidden", { value: HMAC })],
    ["a symbol's member", { [Symbol("hidden")]: HMAC }],
    ["a class", new Careless()],
    ["a message", new Error(`wrong: ${HMAC}`)],
    ["a cause", new Error("wrong", { cause: { HMAC } })],
    ["toJSON", { toJSON: () => HMAC }],
    ["a private JWK", keyObjectFor("ES256").export({ format: "jwk" })],
  ])("%s", (_what, value) => {
    expect(leaksOf(value, secrets)).not.toEqual([]);
  });
});

describe("no secret can be seen in", () => {
  test.each(Object.entries(made))("%s", async (_name, make) => {
    expect(leaksOf(await make(), [...secrets, ...tokenSecrets])).toEqual([]);
  });

  it("a key of the web that was used, and so imported", async () => {
    await web.createSigner({ key: webKey, ...common, expiresIn: "15m" }).signAsync({ sub: "user_42" });
    expect(leaksOf(webKey, secrets)).toEqual([]);
  });

  test.each(Object.entries(entryPoints))("any export of %s", async (_name, file) => {
    const url = pathToFileURL(new URL(`../../${file}`, import.meta.url).pathname).href;
    // A program is an entry point too, and loading it would run it.
    if (file.includes("/cli/")) return;
    const exported = (await import(/* @vite-ignore */ url)) as Record<string, unknown>;
    expect(Object.keys(exported).length).toBeGreaterThan(0);
    for (const [name, value] of Object.entries(exported)) {
      expect(leaksOf(value, [...secrets, ...tokenSecrets]), name).toEqual([]);
    }
  });
});

describe("no secret, token or payload can be seen in the error of", () => {
  const wrong = { ...common, audience: "https://other.example" };
  const refusals: Readonly<Record<string, () => unknown>> = {
    "an unknown signature": () =>
      createVerifier({ keys: secretKey("y".repeat(32), { alg: "HS256" }), ...common }).verify(token),
    "another audience": () => createVerifier({ keys: key, ...wrong }).verify(token),
    "an expired token": () => createVerifier({ keys: key, ...common, clock: () => new Date(4e12) }).verify(token),
    "a spoiled token": () => verifier.verify(spoil(token, "signature")),
    "a cut token": () => verifier.verify(token.slice(0, -9)),
    "half a token": () => verifier.verify(token.split(".").slice(0, 2).join(".")),
    "a token that is no JSON": () => decode(`${Buffer.from(PAYLOAD).toString("base64url")}.e30.AAAA`),
    "a schema that throws": () => {
      const schema = {
        "~standard": { version: 1, vendor: "x", validate: () => ({ issues: [{ message: "no", path: ["a"] }] }) },
      } as const;
      return createVerifier({ keys: key, ...common, schema }).verify(token);
    },
    "a subject that is asked for": () => verifier.verify(token, { subject: "someone" }),
    "a weak secret": () => secretKey(HMAC.slice(0, 31), { alg: "HS256" }),
    "a secret of the wrong encoding": () => secretKey(HMAC, { alg: "HS256", encoding: "hex" }),
    "a token in place of a key": () => createVerifier({ keys: token as never, ...common }),
    "a secret in place of a key": () => createVerifier({ keys: HMAC as never, ...common }),
    "a secret in place of the options": () => secretKey(HMAC, HMAC as never),
    "a private JWK with a bad member": () => importJwk({ ...RSA, e: "" }, { alg: "RS256" }),
    "a private JWK for another alg": () => importJwk({ ...RSA, alg: "RS256" }, { alg: "PS256" }),
    "PEM with the wrong passphrase": () => importPem(encrypted, { alg: "ES256", passphrase: `${PASSPHRASE}!` }),
    "PEM without a passphrase": () => importPem(encrypted, { alg: "ES256" }),
    "cut PEM": () => importPem(pem.slice(0, 100), { alg: "ES256" }),
    "claims that cannot be signed": () => signer.sign({ a: () => PAYLOAD } as never),
    "a JWS of another key": () => verifyJws(secretKey("y".repeat(32), { alg: "HS256" }), token),
    "bytes that are none": () => verifyBytes(key, HMAC as never, signBytes(key, REFRESH)),
  };
  test.each(Object.entries(refusals))("%s", (_name, run) => {
    let error: unknown;
    try {
      run();
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(Error);
    expect(leaksOf(error, [...secrets, ...tokenSecrets])).toEqual([]);
  });
});

describe("sessions", () => {
  const told: unknown[] = [];
  const listen = (message: unknown): unknown => told.push(message);
  beforeAll(() => subscribe("rejwt:session", listen));
  afterAll(() => {
    unsubscribe("rejwt:session", listen);
  });

  it("tell of everything that happens without a token or a secret, on both channels and in every error", async () => {
    const first = await sessions.start({ subject: "user_42" });
    const second = await sessions.refresh(first.refreshToken);
    const errors: unknown[] = [];
    const refused = (promise: Promise<unknown>): Promise<unknown> => promise.catch((error) => errors.push(error));
    await refused(sessions.refresh(first.refreshToken.replace(/.$/, "!")));
    await refused(sessions.refresh(`${first.refreshToken.slice(0, -1)}A`));
    await refused(sessions.refresh(first.accessToken));
    // Far later than any grace window: a stolen token.
    const third = await sessions.refresh(second.refreshToken);
    const fourth = await sessions.refresh(third.refreshToken);
    await refused(sessions.refresh(first.refreshToken));
    await refused(sessions.refresh(fourth.refreshToken));
    await sessions.endAll("user_42");
    const all = [first, second, third, fourth];
    const hidden = [
      ...secrets,
      ...all.map(({ refreshToken }, at) => secretText(`refresh token ${at}`, refreshToken.slice(8))),
      ...all.map(({ accessToken }, at) =>
        secretText(`access token ${at}`, accessToken.slice(accessToken.lastIndexOf("."))),
      ),
    ];
    expect(errors.length).toBeGreaterThanOrEqual(4);
    expect(events.length).toBeGreaterThanOrEqual(4);
    expect(told).toEqual(events);
    for (const value of [...errors, ...events, sessions, store]) expect(leaksOf(value, hidden)).toEqual([]);
  });
});

it("an inspection shows the segments, and nothing that would make another token", () => {
  expect(leaksOf(inspect(token), secrets)).toEqual([]);
});
