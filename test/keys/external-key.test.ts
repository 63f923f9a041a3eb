/** Keys that sign elsewhere: what the signer answers is believed only when the public key confirms it. */
import { createHash, createPrivateKey, type KeyObject, sign as signBytes } from "node:crypto";
import { runInNewContext } from "node:vm";
import { describe, expect, it, test } from "vitest";
import type { AsymmetricAlg } from "../../src/jwa/algorithm.ts";
import { type ExternalKey, type ExternalKeyOptions, externalKey } from "../../src/jwk/external-key.ts";
import { generateKey } from "../../src/jwk/generate.ts";
import { exportJwk, importJwk } from "../../src/jwk/jwk.ts";
import type { Key } from "../../src/jwk/key.ts";
import { keyRing } from "../../src/jwk/key-ring.ts";
import { secretKey } from "../../src/jwk/secret-key.ts";
import { createSigner } from "../../src/jwt/signer.ts";
import { createVerifier } from "../../src/jwt/verifier.ts";
import { refusal, refusalOf } from "./refusal.ts";
import { remoteSigner } from "./remote-signer.ts";

const issuer = "https://auth.example";
const key = await generateKey("ES256");
const other = await generateKey("ES256");
const publicOf = (pair: Key): Key => importJwk(exportJwk(pair));
const privateOf = (pair: Key): KeyObject =>
  createPrivateKey({ key: exportJwk(pair, { private: true }) as never, format: "jwk" });

const der = async (input: Uint8Array): Promise<Uint8Array> => signBytes("sha256", input, privateOf(key));
const raw = async (input: Uint8Array): Promise<Uint8Array> =>
  signBytes("sha256", input, { key: privateOf(key), dsaEncoding: "ieee-p1363" });

const external = (options: Partial<ExternalKeyOptions>): ExternalKey =>
  externalKey({ publicKey: publicOf(key), sign: raw, ...options });
const signWith = (signing: ExternalKey): Promise<string> =>
  createSigner({ key: signing, issuer, audience: false, expiresIn: "5m" }).signAsync({ sub: "user_42" });
const verify = (keys: ExternalKey | Key, token: string) =>
  createVerifier({ keys, issuer, audience: false }).verify(token);

describe("a signature from elsewhere", () => {
  it.each([
    ["raw", raw],
    ["der", der],
  ] as const)("in format %s becomes a token that the public key verifies, synchronously", async (ecdsaFormat, sign) => {
    const signing = external({ sign, ecdsaFormat });
    const token = await signWith(signing);
    for (const keys of [signing, publicOf(key)]) {
      expect(verify(keys, token)).toMatchObject({ claims: { sub: "user_42" }, key: { alg: "ES256", kid: key.kid } });
    }
  });

  it.each<[AsymmetricAlg, (pair: KeyObject, input: Uint8Array) => Uint8Array]>([
    ["RS256", (pair, input) => signBytes("sha256", input, pair)],
    ["PS256", (pair, input) => signBytes("sha256", input, { key: pair, padding: 6, saltLength: 32 })],
    ["ES384", (pair, input) => signBytes("sha384", input, pair)],
    ["ES512", (pair, input) => signBytes("sha512", input, pair)],
    ["Ed25519", (pair, input) => signBytes(null, input, pair)],
  ])("of %s is taken as it is, and DER means ECDSA only", async (alg, sign) => {
    const pair = await generateKey(alg, alg.endsWith("S256") && !alg.startsWith("E") ? { modulusLength: 2048 } : {});
    const signing = externalKey({
      publicKey: publicOf(pair),
      ecdsaFormat: "der",
      sign: async (input) => sign(privateOf(pair), input),
    });
    for (let count = 0; count < 5; count += 1) expect(verify(pair, await signWith(signing)).key.alg).toBe(alg);
  });

  it("is made of the signing input itself, not of its digest", async () => {
    const inputs: string[] = [];
    const token = await signWith(
      external({
        sign: async (input) => {
          inputs.push(Buffer.from(input).toString());
          return raw(input);
        },
      }),
    );
    expect(inputs).toEqual([token.slice(0, token.lastIndexOf("."))]);
  });

  it("may be a Buffer or bytes of another realm, and may come without a promise", async () => {
    const ofAnotherRealm = runInNewContext("bytes => new Uint8Array(bytes)") as (bytes: number[]) => Uint8Array;
    const answers = [
      external({ sign: async (input) => ofAnotherRealm([...(await raw(input))]) }),
      external({
        sign: ((input: Uint8Array) =>
          signBytes("sha256", input, { key: privateOf(key), dsaEncoding: "ieee-p1363" })) as never,
      }),
    ];
    for (const signing of answers) expect(verify(key, await signWith(signing)).claims.sub).toBe("user_42");
  });
});

describe("a misconfigured signer is found at its first signature: CONFIG", () => {
  it.each<[string, Partial<ExternalKeyOptions>]>([
    [
      "the private key of another pair",
      { sign: async (input) => signBytes("sha256", input, { key: privateOf(other), dsaEncoding: "ieee-p1363" }) },
    ],
    [
      "another hash",
      { sign: async (input) => signBytes("sha384", input, { key: privateOf(key), dsaEncoding: "ieee-p1363" }) },
    ],
    [
      "a digest signed as if it were the message",
      { sign: async (input) => raw(createHash("sha256").update(input).digest()) },
    ],
    ["DER where raw was said", { sign: der }],
    ["raw where DER was said", { ecdsaFormat: "der" }],
    ["zeros", { sign: async () => new Uint8Array(64) }],
    ["nothing", { sign: async () => new Uint8Array(0) }],
    ["text", { sign: (async () => "signature") as never }],
    ["undefined", { sign: (async () => undefined) as never }],
    ["an array of numbers", { sign: (async () => Array.from({ length: 64 }, () => 1)) as never }],
  ])("%s", async (_name, options) => {
    const error = await refusalOf(signWith(external(options)));
    expect(error).toMatchObject({ code: "CONFIG", status: 500, retryable: false });
  });

  it("and again at the next, until one was right", async () => {
    let sign = async (_input: Uint8Array): Promise<Uint8Array> => new Uint8Array(64);
    const signing = external({ sign: (input) => sign(input) });
    for (let count = 0; count < 3; count += 1) expect((await refusalOf(signWith(signing))).code).toBe("CONFIG");
    sign = raw;
    expect(verify(key, await signWith(signing)).claims.sub).toBe("user_42");
  });

  it("with a key of another algorithm of the same size", async () => {
    const pair = await generateKey("RS256", { modulusLength: 2048 });
    const signing = externalKey({
      publicKey: importJwk({ ...exportJwk(pair), alg: "PS256" }),
      sign: async (input) => signBytes("sha256", input, privateOf(pair)),
    });
    expect((await refusalOf(signWith(signing))).code).toBe("CONFIG");
  });
});

test("after the first signature, which was verified, no time is spent on verifying others", async () => {
  let count = 0;
  const signing = external({
    sign: async (input) => {
      count += 1;
      return count === 1 ? raw(input) : new Uint8Array(64);
    },
  });
  expect(verify(key, await signWith(signing)).claims.sub).toBe("user_42");
  const second = await signWith(signing);
  expect(refusal(() => verify(key, second)).code).toBe("SIGNATURE");
});

test("a later answer of the wrong length is still found", async () => {
  let answer: Uint8Array | undefined;
  const signing = external({ sign: async (input) => answer ?? raw(input) });
  await signWith(signing);
  answer = new Uint8Array(63);
  expect((await refusalOf(signWith(signing))).code).toBe("CONFIG");
});

describe("a signer that cannot be reached: SIGNER_UNAVAILABLE, 503, and nothing was signed", () => {
  it.each<[string, ExternalKeyOptions["sign"]]>([
    ["because it rejects", async () => Promise.reject(new Error("throttled"))],
    [
      "because it throws",
      () => {
        throw new Error("throttled");
      },
    ],
  ])("%s", async (_name, sign) => {
    const error = await refusalOf(signWith(external({ sign })));
    expect(error).toMatchObject({ code: "SIGNER_UNAVAILABLE", status: 503, retryable: true });
    expect(error.cause).toEqual(new Error("throttled"));
    expect(error.message).not.toContain("throttled");
  });

  it("because it takes too long; what it answers later is heard by nobody", async () => {
    let late: (reason: Error) => void = () => {};
    const signing = external({
      timeoutMs: 20,
      sign: () =>
        new Promise((_, reject) => {
          late = reject;
        }),
    });
    const error = await refusalOf(signWith(signing));
    expect(error.code).toBe("SIGNER_UNAVAILABLE");
    expect(error.message).toContain("20 ms");
    late(new Error("too late"));
  });
});

describe("options are refused", () => {
  const good = { publicKey: publicOf(key), sign: raw };
  it.each<[string, unknown]>([
    ["that are none", undefined],
    ["with another name", { ...good, format: "der" }],
    ["without publicKey", { sign: raw }],
    ["with an undefined publicKey", { ...good, publicKey: undefined }],
    [
      "with a secret as publicKey",
      { ...good, publicKey: secretKey("0123456789abcdef0123456789abcdef", { alg: "HS256" }) },
    ],
    ["with a JWK as publicKey", { ...good, publicKey: exportJwk(key) }],
    ["without sign", { publicKey: good.publicKey }],
    ["with a sign that is no function", { ...good, sign: new Uint8Array(64) }],
    ["with a format that is none", { ...good, ecdsaFormat: "p1363" }],
    ["with an undefined format", { ...good, ecdsaFormat: undefined }],
    ["with a timeout of zero", { ...good, timeoutMs: 0 }],
    ["with a timeout that is text", { ...good, timeoutMs: "5s" }],
    ["with a timeout that no timer can count to", { ...good, timeoutMs: 2 ** 31 }],
  ])("%s", (_name, options) => {
    expect(refusal(() => externalKey(options as ExternalKeyOptions)).code).toBe("CONFIG");
  });
});

test("an external key offers no synchronous signing, to the type checker and at run time", () => {
  const signer = createSigner({ key: external({}), issuer, audience: false, expiresIn: "5m" });
  // @ts-expect-error sign is not there
  expect(signer.sign).toBeUndefined();
});

test("an external key shows its name and nothing else", () => {
  expect(JSON.parse(JSON.stringify(external({})))).toEqual({ alg: "ES256", kid: key.kid, canSign: true });
});

describe("in a ring", () => {
  it("takes its turn, and everything is verified synchronously", async () => {
    const soon = new Date(Date.UTC(2026, 4, 1));
    let time = Date.UTC(2026, 3, 1);
    const clock = (): Date => new Date(time);
    const ring = keyRing([other, { key: external({}), signsFrom: soon }], { tokenLife: "15m", clock });
    const signer = createSigner({ key: ring, issuer, audience: false, expiresIn: "15m", clock });
    const verifier = createVerifier({ keys: ring, issuer, audience: false, clock });
    expect(verifier.verify(await signer.signAsync({})).key.kid).toBe(other.kid);
    time = soon.getTime();
    expect(verifier.verify(await signer.signAsync({})).key.kid).toBe(key.kid);
    expect(ring.jwks().keys.map(({ kid }) => kid)).toEqual([other.kid, key.kid]);
  });

  it("is published by its public half", () => {
    const { keys } = keyRing([external({})], { tokenLife: 1 }).jwks();
    expect(keys).toEqual([exportJwk(key)]);
  });
});

describe("a signer process on loopback", () => {
  it.each(["raw", "der"] as const)(
    "that answers %s signs; killed, it is an outage; when it is back, it signs",
    async (ecdsaFormat) => {
      const process_ = await remoteSigner(key, ecdsaFormat);
      const signing = external({ sign: process_.sign, ecdsaFormat, timeoutMs: 5000 });
      const before = await signWith(signing);
      await process_.kill();
      expect(await refusalOf(signWith(signing))).toMatchObject({ code: "SIGNER_UNAVAILABLE", retryable: true });
      expect(verify(signing, before).claims.sub).toBe("user_42");
      await process_.restart();
      expect(verify(signing, await signWith(signing)).claims.sub).toBe("user_42");
      await process_.kill();
    },
  );
});
