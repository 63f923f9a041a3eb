/** Every library, asked for the same: an exact algorithm, exp, one issuer, one audience. Each in the way its documentation prefers. */
import { createHmac, subtle, verify } from "node:crypto";
import { Algorithm, signSync, verifySync } from "@node-rs/jsonwebtoken";
import { createSigner as fastSigner, createVerifier as fastVerifier } from "fast-jwt";
import * as hono from "hono/jwt";
import * as jose from "jose";
import jsonwebtoken from "jsonwebtoken";
import { createSigner, createVerifier, importPem, secretKey } from "../dist/index.js";
import { AUDIENCE, CLAIMS, ISSUER, LIFE, registered, signPrimitive, withOptions } from "./fixtures.mjs";

/** How many calls an asynchronous library has in flight. */
const IN_FLIGHT = 32;

const isHmac = (alg) => alg.startsWith("HS");

/** The key as rejwt holds it. */
export function rejwtKey({ alg, secret, privatePem }) {
  return isHmac(alg) ? secretKey(secret, { alg }) : importPem(privatePem, { alg });
}

/** @returns {Record<string, (token: string) => unknown>} by name; each answers the payload, or throws, or rejects */
export async function verifiers(keys) {
  const { alg, secret, publicKey, publicPem } = keys;
  const webKey = await webKeyOf(keys, "verify");
  const rejwt = createVerifier({ keys: rejwtKey(keys), issuer: ISSUER, audience: AUDIENCE });
  const expected = { issuer: ISSUER, audience: AUDIENCE };
  const fast = (cache) => {
    const options = { algorithms: [alg], allowedIss: ISSUER, allowedAud: AUDIENCE, cache };
    return fastVerifier({ ...options, key: isHmac(alg) ? secret : publicPem });
  };
  const rust = { algorithms: [Algorithm[alg]], iss: [ISSUER], aud: [AUDIENCE], leeway: 0 };
  return {
    rejwt: (token) => rejwt.verify(token).claims,
    jose: async (token) => (await jose.jwtVerify(token, webKey, { ...expected, algorithms: [alg] })).payload,
    // It has no EdDSA.
    ...(alg !== "EdDSA" && {
      "jsonwebtoken, KeyObject": (token) => jsonwebtoken.verify(token, publicKey, { ...expected, algorithms: [alg] }),
      "jsonwebtoken, raw key": (token) =>
        jsonwebtoken.verify(token, secret ?? publicPem, { ...expected, algorithms: [alg] }),
    }),
    "fast-jwt": fast(false),
    "@node-rs": (token) => verifySync(token, secret ?? publicPem, rust),
    hono: (token) => hono.verify(token, webKey, { alg, iss: ISSUER, aud: AUDIENCE }),
  };
}

/** The two with a cache of verified tokens. */
export function cachedVerifiers(keys, size) {
  const { alg, secret, publicPem } = keys;
  const rejwt = createVerifier({
    keys: rejwtKey(keys),
    issuer: ISSUER,
    audience: AUDIENCE,
    cache: { maxTokens: 2 * size, maxBytes: 4096 * size },
  });
  const fast = fastVerifier({
    algorithms: [alg],
    allowedIss: ISSUER,
    allowedAud: AUDIENCE,
    cache: 2 * size,
    key: isHmac(alg) ? secret : publicPem,
  });
  return { "rejwt, cache": (token) => rejwt.verify(token).claims, "fast-jwt, cache": fast };
}

/** @returns {Record<string, () => string | Promise<string>>} by name */
export async function signers(keys) {
  const { alg, secret, privateKey, privatePem } = keys;
  const webKey = await webKeyOf(keys, "sign");
  const rejwt = createSigner({ key: rejwtKey(keys), issuer: ISSUER, audience: AUDIENCE, expiresIn: LIFE });
  const expected = { algorithm: alg, issuer: ISSUER, audience: AUDIENCE, expiresIn: LIFE };
  const fast = fastSigner({
    algorithm: alg,
    iss: ISSUER,
    aud: AUDIENCE,
    expiresIn: LIFE * 1000,
    key: secret ?? privatePem,
  });
  return {
    rejwt: () => rejwt.sign(CLAIMS),
    jose: () =>
      new jose.SignJWT({ ...CLAIMS })
        .setProtectedHeader({ alg, typ: "JWT" })
        .setIssuer(ISSUER)
        .setAudience(AUDIENCE)
        .setIssuedAt()
        .setExpirationTime(`${LIFE}s`)
        .sign(webKey),
    ...(alg !== "EdDSA" && {
      "jsonwebtoken, KeyObject": () => jsonwebtoken.sign(CLAIMS, privateKey, expected),
      "jsonwebtoken, raw key": () => jsonwebtoken.sign(CLAIMS, secret ?? privatePem, expected),
    }),
    "fast-jwt": () => fast(CLAIMS),
    "@node-rs": () => signSync({ ...CLAIMS, ...registered() }, secret ?? privatePem, { algorithm: Algorithm[alg] }),
    hono: () => hono.sign({ ...CLAIMS, ...registered() }, webKey, alg),
  };
}

/** The bare primitive with nothing but base64url and JSON around it: no check of anything but the signature. */
export function floors(keys, token) {
  const header = token.slice(0, token.indexOf("."));
  const encode = (text) => Buffer.from(text).toString("base64url");
  const [input, signature] = [token.slice(0, token.lastIndexOf(".")), token.slice(token.lastIndexOf(".") + 1)];
  const held = verifyPrimitive(keys);
  return {
    sign: {
      floor: () => {
        const signed = `${header}.${encode(JSON.stringify({ ...CLAIMS, ...registered() }))}`;
        return `${signed}.${signPrimitive(keys, signed).toString("base64url")}`;
      },
      "bare primitive": () => signPrimitive(keys, input),
    },
    verify: {
      floor: (text) => {
        const last = text.lastIndexOf(".");
        if (!held(text.slice(0, last), text.slice(last + 1))) throw new Error("the signature");
        return JSON.parse(Buffer.from(text.slice(text.indexOf(".") + 1, last), "base64url").toString());
      },
      "bare primitive": () => held(input, signature),
    },
  };
}

/** @returns whether a signature, base64url, is that of some text */
function verifyPrimitive({ alg, publicKey }) {
  if (isHmac(alg)) {
    const digest = `sha${alg.slice(2)}`;
    return (text, signature) => createHmac(digest, publicKey).update(text).digest("base64url") === signature;
  }
  const digest = alg === "EdDSA" ? null : "sha256";
  const key = withOptions(alg, publicKey);
  return (text, signature) => verify(digest, Buffer.from(text), key, Buffer.from(signature, "base64url"));
}

/** A contender of a race, synchronous or with calls in flight. @param {(input: any) => unknown} operation */
export function contender(name, operation, prepare, sample) {
  if (!(operation(sample) instanceof Promise)) {
    const run = (count, inputs) => {
      for (let at = 0; at < count; at++) sink = operation(inputs?.[at]);
    };
    return { name, prepare, run };
  }
  const run = async (count, inputs) => {
    for (let at = 0; at < count; at += IN_FLIGHT) {
      const calls = [];
      for (let to = at; to < Math.min(count, at + IN_FLIGHT); to++) calls.push(operation(inputs?.[to]));
      sink = await Promise.all(calls);
    }
  };
  return { name, prepare, run };
}

/** So that no answer is thrown away before it is made. */
export let sink;

async function webKeyOf({ alg, secret, privatePem, publicPem }, use) {
  if (isHmac(alg)) {
    return subtle.importKey("raw", secret, { name: "HMAC", hash: `SHA-${alg.slice(2)}` }, false, [use]);
  }
  return use === "sign" ? jose.importPKCS8(privatePem, alg) : jose.importSPKI(publicPem, alg);
}
