/**
 * What the verifier refuses, one block a rule. The order is: size, shape, base64url, JSON, header, key, signature, claims.
 * Nothing about claims is judged or revealed before the signature holds.
 */
import { constants, createPublicKey, createSecretKey, sign } from "node:crypto";
import { describe, expect, it, test } from "vitest";
import {
  createSigner,
  importJwk,
  importPem,
  type Jwk,
  type Key,
  secretKey,
  type TokenErrorCode,
} from "../../src/index.ts";
import { createKey } from "../../src/jwk/key.ts";
import { hs256, keyFor, keyObjectFor, publicKeyFor, SUPPORTED_ALGS, weakRsa } from "../fixtures/keys.ts";
import { KEY, verifierWith } from "../fixtures/policies.ts";
import { codeOf, refusalOf } from "../fixtures/refusals.ts";
import {
  AUDIENCE,
  CLAIMS,
  forge,
  ISSUER,
  NOON,
  segment,
  signatureBytes,
  signatureOf,
  withSignature,
} from "../fixtures/tokens.ts";

type Code = TokenErrorCode | "accepted";
const PEM = createPublicKey(keyObjectFor("RS256")).export({ type: "spki", format: "pem" }) as string;
const verifying = (token: unknown, options: object = {}): Code =>
  codeOf(() => verifierWith(options).verify(token as string));
const [goodHeader = "", goodPayload = "", goodSignature = ""] = forge(KEY).split(".");

it("an ordinary token is accepted, so that the refusals below mean something", () => {
  expect(verifying(forge(KEY))).toBe("accepted");
});

describe("the algorithm is exactly the key's", () => {
  test.each(SUPPORTED_ALGS.filter((alg) => alg !== "HS256"))("a token of %s is refused by an HS256 key", (alg) => {
    expect(verifying(forge(keyFor(alg)))).toBe("ALG");
  });

  test.each(["none", "None", "NONE", "nOnE", "", "hs256", "HS256 ", "HS2", "constructor"])(
    "a token of alg %j is refused",
    (alg) => {
      expect(verifying(forge(KEY, CLAIMS, { alg }))).toBe("ALG");
    },
  );

  test.each(["none", "None"])("an unsigned token of alg %s is refused before its alg is looked at", (alg) => {
    expect(verifying(`${segment({ alg })}.${goodPayload}.`)).toBe("MALFORMED");
  });

  it("an HMAC made with a public key's text is refused by that public key (key confusion)", () => {
    const attacker = secretKeyUnchecked(PEM);
    const token = forge(attacker, CLAIMS, { alg: "HS256" });
    expect(verifying(token, { keys: importPem(PEM, { alg: "RS256" }) })).toBe("ALG");
  });

  it("another algorithm of the same key type is refused", () => {
    for (const [made, asked] of [
      ["RS256", "PS256"],
      ["PS256", "RS256"],
      ["RS256", "RS512"],
      ["EdDSA", "ES256"],
    ] as const) {
      expect(verifying(forge(keyFor(made)), { keys: publicKeyFor(asked) })).toBe("ALG");
    }
  });

  it("a header that names the key's algorithm over a signature of another is refused", () => {
    expect(verifying(forge(keyFor("PS256"), CLAIMS, { alg: "RS256" }), { keys: publicKeyFor("RS256") })).toBe(
      "SIGNATURE",
    );
  });

  it("an empty list of keys is a mistake, not an open door", () => {
    expect(codeOf(() => verifierWith({ keys: [] }))).toBe("CONFIG");
  });
});

describe("keys are strong enough, on verify too", () => {
  it.each([
    ["HS256", 31],
    ["HS384", 47],
    ["HS512", 63],
  ] as const)("%s with %i bytes is refused", (alg, size) => {
    expect(codeOf(() => secretKey(new Uint8Array(size), { alg }))).toBe("KEY_WEAK");
  });

  it("RSA of 1024 bits is refused, private or public", () => {
    const pem = createPublicKey(weakRsa).export({ type: "spki", format: "pem" }) as string;
    expect(codeOf(() => importPem(pem, { alg: "RS256" }))).toBe("KEY_WEAK");
    expect(codeOf(() => importPem(weakRsa.export({ type: "pkcs8", format: "pem" }) as string, { alg: "PS256" }))).toBe(
      "KEY_WEAK",
    );
  });

  it("RSA with e = 1 is refused", () => {
    const jwk = createPublicKey(keyObjectFor("RS256")).export({ format: "jwk" });
    expect(codeOf(() => importJwk({ ...jwk, e: "AQ" }, { alg: "RS256" }))).toBe("KEY_WEAK");
  });

  it("a key on another curve than the algorithm's is refused: secp256k1 under ES256", () => {
    const jwk = createPublicKey(keyObjectFor("ES256K")).export({ format: "jwk" });
    expect(codeOf(() => importJwk({ ...jwk }, { alg: "ES256" }))).toBe("KEY_INVALID");
  });
});

describe("PEM or JWK text is no HMAC secret", () => {
  it.each([
    ["PEM", PEM],
    ["a JWK", JSON.stringify(createPublicKey(keyObjectFor("RS256")).export({ format: "jwk" }))],
  ])("%s", (_what, text) => {
    expect(codeOf(() => secretKey(text, { alg: "HS256" }))).toBe("KEY_INVALID");
    const k = Buffer.from(text).toString("base64url");
    expect(codeOf(() => importJwk({ kty: "oct", k, alg: "HS256" }))).toBe("KEY_INVALID");
  });
});

describe("a signature has one form", () => {
  it.each(SUPPORTED_ALGS)("%s of another length is refused", (alg) => {
    const token = forge(keyFor(alg));
    const bytes = signatureBytes(token);
    const keys = keyFor(alg);
    for (const wrong of [
      bytes.slice(1),
      bytes.slice(0, -1),
      Buffer.concat([bytes, Buffer.alloc(1)]),
      Buffer.alloc(1),
    ]) {
      expect(verifying(withSignature(token, wrong), { keys })).toBe("SIGNATURE");
    }
    expect(verifying(token, { keys })).toBe("accepted");
  });

  it.each(["ES256", "ES384", "ES512", "ES256K"] as const)("%s with r or s of zero, or in DER, is refused", (alg) => {
    const keys = publicKeyFor(alg);
    const token = forge(keyFor(alg));
    const bytes = signatureBytes(token);
    const half = bytes.length / 2;
    const zeroR = Buffer.from(bytes).fill(0, 0, half);
    const zeroS = Buffer.from(bytes).fill(0, half);
    const digest = { ES256: "sha256", ES384: "sha384", ES512: "sha512", ES256K: "sha256" }[alg];
    const der = sign(digest, Buffer.from(token.slice(0, token.lastIndexOf("."))), keyObjectFor(alg));
    for (const wrong of [zeroR, zeroS, Buffer.alloc(bytes.length), Buffer.alloc(bytes.length, 255), der]) {
      expect(verifying(withSignature(token, wrong), { keys })).toBe("SIGNATURE");
    }
  });

  it("PS256 with a salt of another length than the hash is refused", () => {
    const token = forge(keyFor("PS256"));
    const input = Buffer.from(token.slice(0, token.lastIndexOf(".")));
    for (const [saltLength, code] of [
      [0, "SIGNATURE"],
      [20, "SIGNATURE"],
      [32, "accepted"],
      [222, "SIGNATURE"],
    ] as const) {
      const options = { key: keyObjectFor("PS256"), padding: constants.RSA_PKCS1_PSS_PADDING, saltLength };
      expect(verifying(withSignature(token, sign("sha256", input, options)), { keys: publicKeyFor("PS256") })).toBe(
        code,
      );
    }
  });
});

describe("crit is understood, or the token is refused", () => {
  const understood = { crit: { ext: () => {} } };
  it.each<[string, object, Code]>([
    ["without a handler", { crit: ["other"], other: 1 }, "CRIT"],
    ["empty", { crit: [] }, "CRIT"],
    ["with a name twice", { crit: ["ext", "ext"], ext: 1 }, "CRIT"],
    ["not an array", { crit: "ext", ext: 1 }, "CRIT"],
    ["null", { crit: null }, "CRIT"],
    ["of a registered member", { crit: ["alg"] }, "CRIT"],
    ["of exp", { crit: ["exp"], exp: 1 }, "CRIT"],
    ["of b64 (RFC 7797 §7)", { crit: ["b64"], b64: true }, "CRIT"],
    ["of b64 false", { crit: ["b64"], b64: false }, "CRIT"],
    ["of a member that is absent", { crit: ["ext"] }, "CRIT"],
    ["with a handler", { crit: ["ext"], ext: 1 }, "accepted"],
  ])("%s: %j is %s", (_what, header, code) => {
    expect(verifying(forge(KEY, CLAIMS, header), understood)).toBe(code);
  });

  it("a handler is asked only when the signature holds", () => {
    let asked = 0;
    const options = { crit: { ext: () => void asked++ } };
    expect(verifying(forge(hs256(2), CLAIMS, { crit: ["ext"], ext: 1 }), options)).toBe("SIGNATURE");
    expect(asked).toBe(0);
    expect(verifying(forge(KEY, CLAIMS, { crit: ["ext"], ext: 1 }), options)).toBe("accepted");
    expect(asked).toBe(1);
  });
});

describe("jwk, jku, x5u and x5c are no source of keys", () => {
  const attacker = keyFor("ES256");
  const jwk = createPublicKey(keyObjectFor("ES256")).export({ format: "jwk" });
  it.each<[string, object]>([
    ["jwk", { jwk }],
    ["jku", { jku: "https://attacker.example/jwks" }],
    ["x5u", { x5u: "https://attacker.example/cert" }],
    ["x5c", { x5c: ["MIIB"] }],
  ])("a token that brings its own key as %s is refused", (_name, header) => {
    const verifier = { keys: importJwk(createPublicKey(keyObjectFor("Ed25519")).export({ format: "jwk" }) as Jwk) };
    expect(verifying(forge(attacker, CLAIMS, header), verifier)).toBe("ALG");
    expect(verifying(forge(hs256(9), CLAIMS, header))).toBe("SIGNATURE");
    // And where the signature is the verifier's own key's, they mean nothing.
    expect(verifying(forge(KEY, CLAIMS, header))).toBe("accepted");
  });
});

describe("kid only indexes a map", () => {
  it.each<[string, unknown, Code]>([
    ["a number", 1, "MALFORMED"],
    ["null", null, "MALFORMED"],
    ["an array", ["a"], "MALFORMED"],
    ["an object", { $ne: "" }, "MALFORMED"],
    ["257 characters", "k".repeat(257), "MALFORMED"],
    ["256 characters", "k".repeat(256), "KEY_UNKNOWN"],
    ["a path", "../../../dev/null", "KEY_UNKNOWN"],
    ["a query", "a' OR 'a'='a", "KEY_UNKNOWN"],
    ["a name of Object", "__proto__", "KEY_UNKNOWN"],
    ["a name of Map", "constructor", "KEY_UNKNOWN"],
    ["the key's own", "mine", "accepted"],
    ["the key's own in capitals", "MINE", "KEY_UNKNOWN"],
  ])("%s: %#", (_what, kid, code) => {
    expect(verifying(forge(KEY, CLAIMS, { kid }), { keys: hs256(1, "mine") })).toBe(code);
  });
});

describe("base64url has one spelling, in every segment", () => {
  const spell = (at: number, edit: (text: string) => string): string => {
    const parts = [goodHeader, goodPayload, goodSignature];
    parts[at] = edit(parts[at] ?? "");
    return parts.join(".");
  };
  it.each<[string, (text: string) => string]>([
    ["padding", (text) => `${text}=`],
    ["padding of two", (text) => `${text}==`],
    ["a space at the end", (text) => `${text} `],
    ["a line feed within", (text) => `${text.slice(0, 4)}\n${text.slice(4)}`],
    ["the other alphabet", (text) => `+${text.slice(1)}`],
    ["a slash", (text) => `/${text.slice(1)}`],
    ["a percent sign", (text) => `%${text.slice(1)}`],
  ])("%s is MALFORMED", (_what, edit) => {
    for (const at of [0, 1, 2]) expect(verifying(spell(at, edit))).toBe("MALFORMED");
  });

  it("non-zero trailing bits are MALFORMED", () => {
    // 32 bytes leave four spare bits in the last letter.
    const last = goodSignature.at(-1) ?? "";
    const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const next = alphabet[alphabet.indexOf(last) + 1] ?? "";
    expect(Buffer.from(goodSignature.slice(0, -1) + next, "base64url")).toEqual(
      Buffer.from(goodSignature, "base64url"),
    );
    expect(verifying(spell(2, (text) => text.slice(0, -1) + next))).toBe("MALFORMED");
  });

  it("is asked before the signature, and with it", () => {
    const padded = `${goodPayload}=`;
    expect(verifying(`${goodHeader}.${padded}.${signatureOf(KEY, goodHeader, padded)}`)).toBe("MALFORMED");
  });
});

describe("header and payload are JSON objects with one reading", () => {
  const spellings: [string, string | Uint8Array][] = [
    ["invalid UTF-8", Buffer.from('{"alg":"HS256","x":"\xff"}', "latin1")],
    ["a byte order mark", '\ufeff{"alg":"HS256"}'],
    ["a lone surrogate", '{"alg":"HS256","x":"\\ud800"}'],
    ["a member twice", '{"alg":"HS256","x":1,"x":2}'],
    ["__proto__", '{"alg":"HS256","__proto__":{"x":1}}'],
    ["an array", '["HS256"]'],
    ["text", '"HS256"'],
    ["null", "null"],
    ["a number", "1"],
    ["nothing", ""],
    ["129 levels", `{"alg":"HS256","x":${"[".repeat(128)}${"]".repeat(128)}}`],
    ["a number beyond a double", '{"alg":"HS256","x":1e400}'],
    ["no JSON", "{alg:HS256}"],
  ];
  it.each(spellings)("a header of %s is MALFORMED", (_what, header) => {
    expect(verifying(forge(KEY, CLAIMS, header))).toBe("MALFORMED");
  });

  it.each(spellings)("a payload of %s is MALFORMED, once the signature holds", (_what, payload) => {
    expect(verifying(forge(KEY, payload))).toBe("MALFORMED");
    expect(verifying(forge(hs256(2), payload))).toBe("SIGNATURE");
  });

  it("128 levels are enough, and 129 are not", () => {
    const deep = (levels: number): string =>
      JSON.stringify({ ...CLAIMS, x: 0 }).replace('"x":0', `"x":${"[".repeat(levels)}${"]".repeat(levels)}`);
    expect(verifying(forge(KEY, deep(127)))).toBe("accepted");
    expect(verifying(forge(KEY, deep(128)))).toBe("MALFORMED");
    expect(verifying(forge(KEY, deep(2)), { limits: { maxDepth: 3 } })).toBe("accepted");
    expect(verifying(forge(KEY, deep(3)), { limits: { maxDepth: 3 } })).toBe("MALFORMED");
  });

  it("8192 bytes are enough, and 8193 are not", () => {
    for (const length of [8192, 8193]) {
      const token = tokenOf(length);
      expect(token).toHaveLength(length);
      expect(verifying(token)).toBe(length === 8192 ? "accepted" : "TOO_LARGE");
    }
    expect(verifying(tokenOf(8193), { limits: { maxBytes: 8193 } })).toBe("accepted");
    expect(verifying(tokenOf(8193), { limits: { maxBytes: 8192 } })).toBe("TOO_LARGE");
  });

  it("the size is asked before anything else", () => {
    expect(verifying("x".repeat(8193))).toBe("TOO_LARGE");
    expect(verifying("x".repeat(8192))).toBe("MALFORMED");
  });
});

describe("registered claims have their types", () => {
  it.each<[string, unknown]>([
    ...["iss", "sub", "jti"].flatMap((claim) =>
      [null, 1, true, ["a"], {}].map((value): [string, unknown] => [claim, value]),
    ),
    ...["exp", "nbf", "iat"].flatMap((claim) =>
      [null, "1777636800", true, [NOON], {}].map((value): [string, unknown] => [claim, value]),
    ),
    ...[null, 1, {}, [1], ["a", null], [["a"]]].map((value): [string, unknown] => ["aud", value]),
  ])("%s of %j is CLAIM_INVALID, asked for or not", (claim, value) => {
    const open = { issuer: false, audience: false, expiry: "optional" };
    const error = refusalOf(() => verifierWith(open).verify(forge(KEY, { [claim]: value })));
    expect(error).toMatchObject({ code: "CLAIM_INVALID", claim, status: 401, bearerError: "invalid_token" });
    expect(codeOf(() => verifierWith().verify(forge(KEY, { ...CLAIMS, [claim]: value })))).toBe("CLAIM_INVALID");
  });

  it.each(["exp", "nbf", "iat"])("%s beyond every number is MALFORMED", (claim) => {
    const payload = JSON.stringify({ ...CLAIMS, [claim]: 0 }).replace(`"${claim}":0`, `"${claim}":1e999`);
    expect(verifying(forge(KEY, payload))).toBe("MALFORMED");
  });

  it("exp at the exact second is expired, and one second before it is not", () => {
    const token = forge(KEY);
    expect(codeOf(() => verifierWith({}, CLAIMS.exp - 1).verify(token))).toBe("accepted");
    expect(codeOf(() => verifierWith({}, CLAIMS.exp - 0.001).verify(token))).toBe("accepted");
    expect(codeOf(() => verifierWith({}, CLAIMS.exp).verify(token))).toBe("EXPIRED");
  });

  it.each([
    ["iss", {}],
    ["aud", {}],
    ["exp", {}],
    ["sub", { required: ["sub"] }],
    ["jti", { required: ["jti"] }],
    ["nbf", { required: ["nbf"] }],
    ["iat", { maxAge: "1h" }],
  ])("%s that was asked for and is absent is CLAIM_MISSING", (claim, options) => {
    const token = forge(KEY, { ...CLAIMS, sub: "s", jti: "j", nbf: NOON, [claim]: undefined });
    expect(refusalOf(() => verifierWith(options).verify(token))).toMatchObject({ code: "CLAIM_MISSING", claim });
  });
});

describe("issuer and audience are compared exactly", () => {
  it.each([
    `${ISSUER}/`,
    ISSUER.toUpperCase(),
    ` ${ISSUER}`,
    `${ISSUER}.attacker.example`,
    ISSUER.slice(0, -1),
    "",
    "*",
    ".*",
    "https://auth_example",
  ])("an issuer of %j is another issuer", (iss) => {
    expect(refusalOf(() => verifierWith().verify(forge(KEY, { ...CLAIMS, iss })))).toMatchObject({
      code: "ISSUER",
      claim: "iss",
      expected: ISSUER,
    });
  });

  it.each<[unknown, Code]>([
    [AUDIENCE, "accepted"],
    [[AUDIENCE], "accepted"],
    [["https://other.example", AUDIENCE], "accepted"],
    [`${AUDIENCE}/`, "AUDIENCE"],
    [[`${AUDIENCE}/v1`], "AUDIENCE"],
    [[], "AUDIENCE"],
    [[""], "AUDIENCE"],
    [AUDIENCE.slice(0, 10), "AUDIENCE"],
    ["*", "AUDIENCE"],
  ])("an audience of %j is %s", (aud, code) => {
    expect(verifying(forge(KEY, { ...CLAIMS, aud }))).toBe(code);
  });

  it("a pattern is no issuer and no audience", () => {
    expect(codeOf(() => verifierWith({ issuer: /auth/ }))).toBe("CONFIG");
    expect(codeOf(() => verifierWith({ audience: [/api/] }))).toBe("CONFIG");
  });
});

describe("typ is the one that was asked for", () => {
  it.each<[string | undefined, string | false | undefined, Code]>([
    ["JWT", undefined, "accepted"],
    ["jwt", undefined, "accepted"],
    ["application/jwt", undefined, "accepted"],
    ["Application/JWT", undefined, "accepted"],
    [undefined, undefined, "accepted"],
    ["at+jwt", undefined, "TYP"],
    ["reset+jwt", undefined, "TYP"],
    ["", undefined, "TYP"],
    ["text/jwt", undefined, "TYP"],
    ["at+jwt", "at+jwt", "accepted"],
    ["AT+JWT", "at+jwt", "accepted"],
    ["application/at+jwt", "at+jwt", "accepted"],
    ["at+jwt", "application/at+jwt", "accepted"],
    ["at+jwt", "AT+JWT", "accepted"],
    ["JWT", "at+jwt", "TYP"],
    [undefined, "at+jwt", "TYP"],
    ["xat+jwt", "at+jwt", "TYP"],
    ["at+jwt", "JWT", "TYP"],
    [undefined, "JWT", "TYP"],
    ["anything", false, "accepted"],
    [undefined, false, "accepted"],
  ])("a token of typ %j where %j is asked for is %s", (typ, asked, code) => {
    const token = forge(KEY, CLAIMS, { typ });
    expect(verifying(token, asked === undefined ? {} : { typ: asked })).toBe(code);
  });

  it("a password-reset token is no access token", () => {
    const reset = createSigner({
      key: KEY,
      issuer: ISSUER,
      audience: AUDIENCE,
      expiresIn: 60,
      typ: "password-reset+jwt",
      clock: () => new Date(NOON * 1000),
    });
    expect(verifying(reset.sign({ sub: "user_42" }))).toBe("TYP");
  });
});

describe("nothing about claims is judged before the signature holds", () => {
  it.each<[string, object]>([
    ["expired", { ...CLAIMS, exp: 1 }],
    ["of another issuer", { ...CLAIMS, iss: "x" }],
    ["of wrong types", { ...CLAIMS, sub: 1 }],
    ["bound to a key", { ...CLAIMS, cnf: {} }],
    ["empty", {}],
  ])("a token that is %s and of another key is SIGNATURE", (_what, payload) => {
    expect(verifying(forge(hs256(2), payload))).toBe("SIGNATURE");
  });

  it("the key is looked for before the signature, the header before the key", () => {
    expect(verifying(forge(hs256(2), "not json", { alg: "none" }))).toBe("ALG");
    expect(verifying(forge(KEY, CLAIMS, { alg: "none", crit: [] }))).toBe("CRIT");
    expect(verifying(forge(KEY, CLAIMS, { alg: "none", typ: "x" }))).toBe("TYP");
  });
});

/** A key that this package would refuse to make: the attacker is not so nice. */
function secretKeyUnchecked(text: string): Key {
  return createKey("HS256", createSecretKey(Buffer.from(text)), undefined);
}

/** A good token of this many characters: header and payload may both grow. */
function tokenOf(length: number): string {
  for (const jti of ["", "x", "xx", "xxx"]) {
    for (let extra = 5600; extra < 6100; extra++) {
      const token = forge(KEY, { ...CLAIMS, jti, pad: "p".repeat(extra) });
      if (token.length === length) return token;
      if (token.length > length) break;
    }
  }
  throw new Error("no such length");
}
