/** Every refusal says what is wrong, which claim it is about and what was expected, in words that hold nothing of the token. */
import { describe, expect, it, test } from "vitest";
import {
  createSigner,
  createVerifier,
  decode,
  generateKey,
  inspect,
  keyRing,
  verifierByIssuer,
} from "../../src/index.ts";
import { hs256 } from "../fixtures/keys.ts";
import { KEY, verifierWith } from "../fixtures/policies.ts";
import { refusalOf, rejectionOf } from "../fixtures/refusals.ts";
import { AUDIENCE, CLAIMS, clockAt, forge, ISSUER, NOON } from "../fixtures/tokens.ts";

const token = forge(KEY);
const claims = (changes: object): string => forge(KEY, { ...CLAIMS, ...changes });
const all = { key: KEY, issuer: ISSUER, audience: AUDIENCE, expiresIn: "15m", clock: clockAt(NOON) } as const;
const usedUp = { markUsed: async () => false };
const broken = { markUsed: async () => Promise.reject(new Error("down")) };

interface Fault {
  readonly message: string;
  readonly claim?: string;
  readonly expected?: string;
}

describe("a refused token hears", () => {
  test.each<[Fault, string, object?, object?]>([
    [{ message: "the token's iss is not text", claim: "iss" }, claims({ iss: 1 })],
    [{ message: "the token's sub is not text", claim: "sub" }, claims({ sub: null })],
    [{ message: "the token's jti is not text", claim: "jti" }, claims({ jti: {} })],
    [{ message: "the token's exp is not a finite number", claim: "exp" }, claims({ exp: "1" })],
    [{ message: "the token's iat is not a finite number", claim: "iat" }, claims({ iat: "1" })],
    [{ message: "the token's nbf is not a finite number", claim: "nbf" }, claims({ nbf: true })],
    [{ message: "the token's aud is not text or an array of text", claim: "aud" }, claims({ aud: [1] })],
    [{ message: "the token has no iss", claim: "iss" }, claims({ iss: undefined })],
    [{ message: "the token has no exp", claim: "exp" }, claims({ exp: undefined })],
    [{ message: "the token has no sub", claim: "sub" }, claims({ sub: undefined }), { required: ["sub"] }],
    [{ message: "the token has no iat", claim: "iat" }, claims({ iat: undefined }), { maxAge: "1h" }],
    [{ message: "the token is from another issuer", claim: "iss", expected: "a, b" }, token, { issuer: ["a", "b"] }],
    [{ message: "the token is for another audience", claim: "aud", expected: "a, b" }, token, { audience: ["a", "b"] }],
    [{ message: "the token has expired", claim: "exp" }, claims({ exp: NOON })],
    [{ message: "the token is not valid yet", claim: "nbf" }, claims({ nbf: NOON + 1 })],
    [{ message: "the token was issued in the future", claim: "iat" }, claims({ iat: NOON + 6 })],
    [{ message: "the token is older than 60 s", claim: "iat" }, claims({ iat: NOON - 61 }), { maxAge: 60 }],
    [
      { message: "the token's typ is not JWT: it was made for another purpose", expected: "JWT" },
      forge(KEY, CLAIMS, { typ: "at+jwt" }),
    ],
    [
      {
        message: "the token's typ is not application/at+jwt: it was made for another purpose",
        expected: "application/at+jwt",
      },
      token,
      { typ: "at+jwt" },
    ],
    [
      { message: "the token is bound to a key (cnf), whose proof this verifier does not ask for", claim: "cnf" },
      claims({ cnf: { jkt: "k" } }),
    ],
    [{ message: "the token has no cnf", claim: "cnf" }, token, {}, { provenKey: "k" }],
    ...[{ jkt: "other" }, { jkt: "k", x5t: "k" }, { x5t: "k" }, {}, [], "jkt", null].map(
      (cnf): [Fault, string, object, object] => [
        { message: "the token is bound to another key than the one proved", claim: "cnf" },
        claims({ cnf }),
        {},
        { provenKey: "k" },
      ],
    ),
    [{ message: "the token is of another subject", claim: "sub", expected: "ann" }, token, {}, { subject: "ann" }],
    [{ message: "the token's jti is not the expected one", claim: "jti" }, claims({ jti: "1" }), {}, { jwtId: "2" }],
    [
      { message: "the token's nonce is not the expected one", claim: "nonce" },
      claims({ nonce: "1" }),
      {},
      { nonce: "2" },
    ],
  ])("$message", (fault, refused, options = {}, call = {}) => {
    const { message, claim, expected } = refusalOf(() => verifierWith(options).verify(refused, call));
    expect({ message, claim, expected }).toEqual(fault);
  });

  test.each<[Fault, object, string]>([
    [{ message: "a single-use token needs jti", claim: "jti" }, usedUp, token],
    [{ message: "the token works once, and was used already", claim: "jti" }, usedUp, claims({ jti: "1" })],
    [{ message: "the store of used tokens did not answer" }, broken, claims({ jti: "1" })],
  ])("$message", async (fault, once, refused) => {
    const error = await rejectionOf(verifierWith().verifyAsync(refused, { once } as never));
    expect(error).toMatchObject(fault);
  });

  it("that the schema threw, and nothing of what it said", async () => {
    const schemaOf = (validate: () => unknown) => ({ "~standard": { version: 1, vendor: "x", validate } }) as never;
    const throwing = schemaOf(() => {
      throw new Error("a secret");
    });
    const message = "the schema threw while it looked at the claims";
    expect(refusalOf(() => verifierWith({ schema: throwing }).verify(token))).toMatchObject({ message });
    const rejecting = schemaOf(async () => Promise.reject(new Error("a secret")));
    const answer = createVerifier({ ...policy, schemaAsync: rejecting }).verifyAsync(token);
    expect(await rejectionOf(answer)).toMatchObject({ message });
  });

  test.each<[string, unknown]>([
    ["the token is not text", 42],
    ["the token is longer than 8192 bytes", "x".repeat(8193)],
    ["the header is not JSON", "YQ.e30.AAAA"],
    ["the payload is not JSON", "eyJhbGciOiJIUzI1NiJ9.YQ.AAAA"],
  ])("%s: decode", (message, wrong) => {
    expect(refusalOf(() => decode(wrong as string)).message).toBe(message);
  });

  it("that its issuer is none of those of a verifier for several", () => {
    const error = refusalOf(() => verifierByIssuer([verifierWith({ issuer: "https://other.example" })]).verify(token));
    expect(error).toMatchObject({ message: "the token's issuer is none of this verifier's", claim: "iss" });
  });
});

const policy = { keys: KEY, issuer: ISSUER, audience: AUDIENCE, clock: clockAt(NOON) } as const;
const creating = (changes: object) => (): unknown => createVerifier({ ...policy, ...changes } as never);
const signing = (changes: object) => (): unknown => createSigner({ ...all, ...changes } as never);
const signed = (value: object, options?: object) => (): unknown =>
  createSigner({ ...all }).sign(value as never, options as never);
const asked = (options: object) => (): unknown => verifierWith().verify(token, options);
const known = 'option "required" may name iss, sub, aud, exp, nbf, iat, jti: for other claims use "schema"';
const schema = { "~standard": { version: 1, vendor: "x", validate: () => ({ value: 1 }) } };

describe("a mistaken call hears", () => {
  test.each<[string, () => unknown]>([
    ['createVerifier: option "expiry" must be "required" or "optional"', creating({ expiry: "never" })],
    [
      "keyRing: signsFrom must be a valid Date",
      () => keyRing([{ key: hs256(1, "a"), signsFrom: Object.create(Date.prototype) as Date }], { tokenLife: 60 }),
    ],
    [
      "keyRing: `jwksResponse` takes the request's If-None-Match, which is text",
      () => keyRing([hs256(1, "a")], { tokenLife: 60 }).jwksResponse({} as string),
    ],
    [
      'createVerifier: options "profile" and "typ" both say which typ: leave one out',
      creating({ profile: "at+jwt", typ: "x" }),
    ],
    [
      'createVerifier: options "schema" and "schemaAsync" exclude each other',
      creating({ schema, schemaAsync: schema }),
    ],
    ['createVerifier: option "schema" must be a Standard Schema (zod, valibot, arktype, …)', creating({ schema: "x" })],
    ["createVerifier: the schema must answer an object", () => verifierWith({ schema }).verify(token)],
    [
      'createVerifier: option "schema" answered a promise: pass it as schemaAsync',
      () => {
        const slow = { "~standard": { ...schema["~standard"], validate: async () => ({ value: {} }) } };
        return verifierWith({ schema: slow }).verify(token);
      },
    ],
    ['createVerifier: option "clock" must be a function', creating({ clock: 1 })],
    ["createVerifier.crit: the options must be an object", creating({ crit: [] })],
    ['createVerifier: option "issuer" must be non-empty text, an array of it, or false', creating({ issuer: "" })],
    ['createVerifier: option "audience" must be non-empty text, an array of it, or false', creating({ audience: [] })],
    [
      'createVerifier: option "issuer" must be non-empty text, an array of it, or false',
      creating({ issuer: new Array(2) }),
    ],
    [
      'createVerifier: option "audience" must be non-empty text, an array of it, or false',
      creating({ audience: new Array(2) }),
    ],
    [
      "key: a key made by secretKey, generateKey, importPem or importJwk is needed, not undefined",
      creating({ keys: new Array(2) }),
    ],
    [`createVerifier: ${known}`, creating({ required: ["name"] })],
    ['createVerifier: option "typ" must be non-empty text', creating({ typ: "" })],
    ['createVerifier: option "profile" must be one of at+jwt', creating({ profile: "id" })],
    ['createVerifier: option "profile" must be one of at+jwt', creating({ profile: ["at+jwt"] })],
    [
      'createVerifier.cache: there is no option "max". The options are: maxTokens, maxBytes',
      creating({ cache: { max: 1 } }),
    ],
    [
      'createVerifier: option "cache.maxTokens" must be a whole number of at least 1',
      creating({ cache: { maxTokens: 0 } }),
    ],
    [
      'createVerifier: option "cache.maxBytes" must be a whole number of at least 1',
      creating({ cache: { maxTokens: 1, maxBytes: 0 } }),
    ],
    ['createVerifier: option "revocations" must come from createRevocationList', creating({ revocations: {} })],
    ['createVerifier: option "revocations" must come from createRevocationList', creating({ revocations: null })],
    ['createVerifier: option "keys" is empty: nothing could ever be verified', creating({ keys: [] })],
    [
      'verify: there is no option "sub". The options are: subject, jwtId, nonce, maxAge, requireFresh, provenKey',
      asked({ sub: "x" }),
    ],
    ['verify: option "subject" must be non-empty text', asked({ subject: "" })],
    ['verify: option "jwtId" must be non-empty text', asked({ jwtId: 1 })],
    ['verify: option "nonce" must be non-empty text', asked({ nonce: "" })],
    ['verify: option "requireFresh" must be a boolean', asked({ requireFresh: 1 })],
    [
      'verify: option "requireFresh" asks a revocation list: give the verifier `revocations`',
      asked({ requireFresh: true }),
    ],
    ['verify: option "once" asks a store: use verifyAsync', asked({ once: usedUp })],
    ["verify: the options must be an object", asked([])],
    ['createSigner: option "clock" must be a function', signing({ clock: 1 })],
    ['createSigner: option "issuer" must be non-empty text', signing({ issuer: "" })],
    ['createSigner: option "typ" must be non-empty text', signing({ typ: "" })],
    ['createSigner: option "audience" must be non-empty text, or an array of it', signing({ audience: [""] })],
    [
      'createSigner: options "profile" and "typ" both say which typ: leave one out',
      signing({ profile: "at+jwt", typ: "x" }),
    ],
    ...(["issuer", "audience", "expiresIn"] as const).map((name): [string, () => unknown] => [
      'createSigner: profile "at+jwt" needs an issuer, an audience and an expiry (RFC 9068 §2.2)',
      signing({ profile: "at+jwt", [name]: false }),
    ]),
    [
      'createSigner: option "expiresIn" is 901 s, and the ring\'s tokenLife 900 s: raise tokenLife',
      signing({ key: keyRing([hs256(1, "k")], { tokenLife: "15m" }), expiresIn: 901 }),
    ],
    [
      'sign: profile "at+jwt" asks for the claim "client_id" (RFC 9068 §2.2)',
      () => createSigner({ ...all, profile: "at+jwt" }).sign({ sub: "a", jti: "1" }),
    ],
    [
      "sign: the token has 8217 bytes, and verifiers refuse over 8192: sign less, or raise limits.maxBytes here and there",
      signed({ text: "x".repeat(6000) }),
    ],
    ['sign: there is no option "exp". The options are: audience, expiresIn, notBefore', signed({}, { exp: 1 })],
    [
      "sign: the claim a.b[1].c is function, which JSON does not carry unchanged",
      signed({ a: { b: [0, { c: () => 1 }] } }),
    ],
    ["inspect: the options must be an object", () => inspect(token, [] as never)],
    ['inspect: option "clock" must be a function', () => inspect(token, { clock: 1 as never })],
    ["verifierByIssuer: at least one verifier is needed", () => verifierByIssuer([] as never)],
    ["verifierByIssuer: at least one verifier is needed", () => verifierByIssuer("x" as never)],
    ["verifierByIssuer: every verifier must come from createVerifier", () => verifierByIssuer([{} as never])],
    [
      "verifierByIssuer: at most one verifier may have issuer: false",
      () => verifierByIssuer([verifierWith({ issuer: false }), verifierWith({ issuer: false })]),
    ],
    [
      `verifierByIssuer: two verifiers are for the issuer ${ISSUER}`,
      () => verifierByIssuer([verifierWith(), verifierWith()]),
    ],
  ])("%s", (message, run) => {
    const error = refusalOf(run);
    expect(error.message).toBe(message);
    expect(error.code).toBe("CONFIG");
  });

  it("the option by its name where a duration is malformed", () => {
    for (const [where, run] of [
      ['createVerifier: option "maxAge"', creating({ maxAge: "x" })],
      ['createVerifier: option "clockSkew"', creating({ clockSkew: -1 })],
      ['createSigner: option "expiresIn"', signing({ expiresIn: 0 })],
      ['createSigner: option "notBefore"', signing({ notBefore: "x" })],
      ['sign: option "expiresIn"', signed({}, { expiresIn: 0 })],
      ['sign: option "notBefore"', signed({}, { notBefore: "x" })],
      ['verify: option "maxAge"', asked({ maxAge: "x" })],
    ] as const) {
      expect(refusalOf(run).message.startsWith(`${where} `), where).toBe(true);
    }
  });

  it("which call it was, where there are two", async () => {
    const wrong = { nothing: 1 } as never;
    const { verifyAsync, safeVerify, safeVerifyAsync } = verifierWith();
    const names = "subject, jwtId, nonce, maxAge, requireFresh, provenKey";
    const asynchronous = `verifyAsync: there is no option "nothing". The options are: ${names}, once`;
    expect((await rejectionOf(verifyAsync(token, wrong))).message).toBe(asynchronous);
    expect((await rejectionOf(safeVerifyAsync(token, wrong))).message).toBe(asynchronous);
    const synchronous = `verify: there is no option "nothing". The options are: ${names}`;
    expect(refusalOf(() => safeVerify(token, wrong)).message).toBe(synchronous);
    const once = { once: {} } as never;
    expect((await rejectionOf(verifyAsync(token, once))).message).toBe(
      'verifyAsync: option "once" must be a store with markUsed',
    );
    const signer = createSigner({ ...all, key: await generateKey("ES256") });
    expect((await rejectionOf(signer.signAsync({ iss: "x" } as never))).message).toMatch(/^signAsync: "iss" is set by/);
    expect(refusalOf(() => signer.sign({ iss: "x" } as never)).message).toMatch(/^sign: "iss" is set by/);
  });
});
