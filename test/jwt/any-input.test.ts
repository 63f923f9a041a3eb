/** Whatever is passed for a token: a TokenError or an answer, no other throw, and no trace left behind. */
import { inspect as show } from "node:util";
import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { decode, inspect, isTokenError, verifierByIssuer } from "../../src/index.ts";
import { verifyJws } from "../../src/jws/index.ts";
import { anyValue, jsonObject, SEED } from "../fixtures/arbitraries.ts";
import { hs256, keyFor } from "../fixtures/keys.ts";
import { KEY, verifierWith } from "../fixtures/policies.ts";
import { codeOf, rejectionOf } from "../fixtures/refusals.ts";
import { CLAIMS, forge, NOON, segment } from "../fixtures/tokens.ts";

const SECRET_BYTES = Buffer.from(new Uint8Array(32).fill(1));
const keys = [KEY, keyFor("ES256"), keyFor("RS256"), keyFor("Ed25519")];
const verifier = verifierWith({ keys });
const byIssuer = verifierByIssuer([verifier, verifierWith({ issuer: false, keys: hs256(2) })]);
const clock = (): Date => new Date(NOON * 1000);

/** Everything that takes a token. */
const READERS: Readonly<Record<string, (token: string) => unknown>> = {
  verify: (token) => verifier.verify(token),
  safeVerify: (token) => verifier.safeVerify(token),
  "verifierByIssuer verify": (token) => byIssuer.verify(token),
  "verifierByIssuer safeVerify": (token) => byIssuer.safeVerify(token),
  decode: (token) => decode(token),
  verifyJws: (token) => verifyJws(keys, token),
  inspect: (token) => inspect(token, { clock }),
};

/** Tokens with a good signature over whatever JSON, and headers of whatever members. */
const signedAnything = fc
  .record({
    payload: fc.oneof(jsonObject, fc.string({ unit: "binary" }), fc.json(), fc.uint8Array()),
    header: fc.oneof(jsonObject, fc.constant({})),
    claims: fc.constantFrom({}, CLAIMS),
  })
  .map(({ payload, header, claims }) => {
    const { alg, ...rest } = header as Record<string, unknown>;
    const isBare = typeof payload === "string" || payload instanceof Uint8Array;
    return forge(KEY, isBare ? payload : { ...claims, ...payload }, rest);
  });

/** Three segments of anything, and JSON where JSON is expected. */
const shapedAnything = fc
  .tuple(
    fc.oneof(fc.json(), fc.constantFrom('{"alg":"HS256"}', '{"alg":"ES256"}', '{"alg":"RS256","kid":"a"}')),
    fc.json(),
    fc.uint8Array({ minLength: 1, maxLength: 80 }),
  )
  .map(([header, payload, signature]) => [segment(header), segment(payload), segment(signature)].join("."));

describe.each(Object.entries(READERS))("%s", (_name, read) => {
  test.each([
    ["whatever value", anyValue],
    ["whatever segments", shapedAnything.map((token) => () => token)],
    ["whatever is signed well", signedAnything.map((token) => () => token)],
  ] as const)("of %s throws nothing but a TokenError", (_what, arbitrary) => {
    fc.assert(
      fc.property(arbitrary as typeof anyValue, (make) => {
        codeOf(() => read(make() as string));
      }),
      { seed: SEED, numRuns: 400 },
    );
  });

  it("changes no prototype", () => {
    const before = JSON.stringify(
      [Object.prototype, Array.prototype, Function.prototype].map((one) => Reflect.ownKeys(one).map(String)),
    );
    const payload = '{"__proto__":{"admin":true},"constructor":{"prototype":{"admin":true}}}';
    codeOf(() => read(forge(KEY, payload, { constructor: { prototype: { admin: true } } })));
    codeOf(() => read(forge(KEY, CLAIMS, `{"alg":"HS256","__proto__":{"admin":true}}`)));
    const after = JSON.stringify(
      [Object.prototype, Array.prototype, Function.prototype].map((one) => Reflect.ownKeys(one).map(String)),
    );
    expect(after).toBe(before);
    expect(({} as { admin?: unknown }).admin).toBeUndefined();
  });
});

it("the asynchronous ways reject with nothing but a TokenError, and never throw", async () => {
  await fc.assert(
    fc.asyncProperty(anyValue, async (make) => {
      await rejectionOf(verifier.verifyAsync(make() as string));
      await rejectionOf(byIssuer.verifyAsync(make() as string));
      expect((await verifier.safeVerifyAsync(make() as string)).ok).toBe(false);
      expect((await byIssuer.safeVerifyAsync(make() as string)).ok).toBe(false);
    }),
    { seed: SEED, numRuns: 200 },
  );
});

describe("no error shows the token, the secret, or what was in them", () => {
  /** Whatever a log might print of a value. */
  const printed = (value: unknown): string =>
    [show(value, { showHidden: true, depth: 10, getters: true }), JSON.stringify(value), String(value)].join("\n");
  const WORD = "geheimwort";

  const bad: readonly [string, string, object?][] = [
    ["of another key", forge(hs256(9), { ...CLAIMS, note: WORD })],
    ["of another alg", forge(keyFor("ES512"), { ...CLAIMS, note: WORD })],
    ["of an unknown alg", forge(KEY, CLAIMS, { alg: WORD })],
    ["of an unknown kid", forge(KEY, CLAIMS, { kid: WORD }), { keys: hs256(1, "a") }],
    ["of another typ", forge(KEY, CLAIMS, { typ: WORD })],
    ["with crit", forge(KEY, CLAIMS, { crit: [WORD], [WORD]: 1 })],
    ["that is no JSON", forge(KEY, `{"note":"${WORD}"`)],
    ["with a header that is no JSON", forge(KEY, CLAIMS, `{"alg":"HS256","${WORD}"`)],
    ["with a member twice", forge(KEY, `{"${WORD}":1,"${WORD}":2}`)],
    ["that is too large", forge(KEY, { ...CLAIMS, note: WORD.repeat(1000) })],
    ["that is cut off", WORD],
    ["of five segments", [WORD, WORD, WORD, WORD, WORD].join(".")],
    ["of another issuer", forge(KEY, { ...CLAIMS, iss: WORD })],
    ["of another audience", forge(KEY, { ...CLAIMS, aud: [WORD] })],
    ["with a sub of another type", forge(KEY, { ...CLAIMS, sub: [WORD] })],
    ["of another subject", forge(KEY, { ...CLAIMS, sub: WORD })],
    ["that has expired", forge(KEY, { ...CLAIMS, exp: 1, note: WORD })],
    ["that is bound", forge(KEY, { ...CLAIMS, cnf: { jkt: WORD } })],
  ];
  test.each(bad)("a token %s", async (_what, token, options = {}) => {
    const error = await rejectionOf(verifierWith(options).verifyAsync(token, { subject: "user_42" }));
    const text = printed(error);
    for (const hidden of [
      WORD,
      segment(WORD).slice(0, 12),
      token,
      SECRET_BYTES.toString("base64url"),
      SECRET_BYTES.toString("base64"),
    ]) {
      expect(text).not.toContain(hidden);
    }
    const [, payload = "", signature = ""] = token.split(".");
    if (payload.length > 20) expect(text).not.toContain(payload.slice(0, 20));
    if (signature.length > 20) expect(text).not.toContain(signature.slice(0, 20));
    expect(isTokenError(error)).toBe(true);
  });
});
