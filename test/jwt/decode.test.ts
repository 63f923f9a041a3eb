/** Looking at a token without trusting it: decode, and what kind of token a text is. */
import { describe, expect, it, test } from "vitest";
import { decode } from "../../src/index.ts";
import { tokenKind } from "../../src/jwt/token-kind.ts";
import { hs256 } from "../fixtures/keys.ts";
import { KEY } from "../fixtures/policies.ts";
import { codeOf } from "../fixtures/refusals.ts";
import { CLAIMS, forge, segment, withSignature } from "../fixtures/tokens.ts";

describe("decode", () => {
  it("shows header and claims, and says that nothing is verified", () => {
    expect(decode(forge(KEY))).toEqual({ unverifiedHeader: { alg: "HS256", typ: "JWT" }, unverifiedClaims: CLAIMS });
  });

  it("proves nothing: any signature will do, and any alg", () => {
    for (const token of [
      forge(hs256(9)),
      withSignature(forge(KEY), "AAAA"),
      forge(KEY, CLAIMS, { alg: "none" }),
      withSignature(forge(KEY), "!"),
    ]) {
      expect(decode(token).unverifiedClaims).toEqual(CLAIMS);
    }
  });

  it("shows what a verifier would refuse: no alg, wrong types, an expired token", () => {
    expect(decode(forge(KEY, { exp: "never" }, { alg: undefined, kid: 1 }))).toEqual({
      unverifiedHeader: { typ: "JWT", kid: 1 },
      unverifiedClaims: { exp: "never" },
    });
  });

  test.each<[string, unknown, string]>([
    ["undefined", undefined, "MALFORMED"],
    ["nothing", "", "MALFORMED"],
    ["two segments", "a.b", "MALFORMED"],
    ["no signature", `${segment({})}.${segment({})}.`, "MALFORMED"],
    ["a payload that is no object", forge(KEY, "[]"), "MALFORMED"],
    ["a member twice", forge(KEY, '{"a":1,"a":2}'), "MALFORMED"],
    ["padding", forge(KEY).replace(".", "=."), "MALFORMED"],
    ["129 levels", forge(KEY, `{"a":${"[".repeat(128)}${"]".repeat(128)}}`), "MALFORMED"],
    ["8193 bytes", `${"x".repeat(8191)}.a`, "TOO_LARGE"],
    ["8192 bytes", `${"x".repeat(8190)}.a`, "MALFORMED"],
  ])("of %s is refused: %#", (_what, token, code) => {
    expect(codeOf(() => decode(token as string))).toBe(code);
  });

  it("makes its answer afresh", () => {
    const token = forge(KEY, { ...CLAIMS, roles: ["user"] });
    const first = decode(token) as unknown as {
      unverifiedClaims: { roles: string[] };
      unverifiedHeader: { alg: string };
    };
    first.unverifiedClaims.roles.push("admin");
    first.unverifiedHeader.alg = "none";
    expect(decode(token)).toEqual({
      unverifiedHeader: { alg: "HS256", typ: "JWT" },
      unverifiedClaims: { ...CLAIMS, roles: ["user"] },
    });
  });
});

describe("the kind of a text", () => {
  const refresh = `rjt1${"A".repeat(132)}`;
  test.each([
    ["a.b.c", "jws"],
    ["a-_.B9.c", "jws"],
    ["a.b.", "jws"],
    ["..", "jws"],
    ["a.b.c.d.e", "jwe"],
    ["....", "jwe"],
    [refresh, "refresh-token"],
    [`${refresh}A`, "not-a-token"],
    [refresh.slice(0, -1), "not-a-token"],
    [`RJT1${refresh.slice(4)}`, "not-a-token"],
    [`${refresh.slice(0, -1)}=`, "not-a-token"],
    ["", "not-a-token"],
    ["a", "not-a-token"],
    ["a.b", "not-a-token"],
    ["a.b.c.d", "not-a-token"],
    ["a.b.c.d.e.f", "not-a-token"],
    ["a.b.c=", "not-a-token"],
    ["a b.c.d", "not-a-token"],
    ["a.b\n.c", "not-a-token"],
    ["a.b.c\n", "not-a-token"],
    ["a.ü.c", "not-a-token"],
  ])("%j is %s", (text, kind) => {
    expect(tokenKind(text)).toBe(kind);
  });
});
