/** Compact JWS over any bytes, and the steps by which it is made and checked. RFC 7515 §5. */
import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { externalKey, type Key } from "../../src/index.ts";
import {
  decodeBase64url,
  encodeBase64url,
  signBytes,
  signJws,
  splitCompact,
  verifyBytes,
  verifyJws,
} from "../../src/jws/index.ts";
import { anyValue, SEED } from "../fixtures/arbitraries.ts";
import { hs256, keyFor, PAIR_ALGS, publicKeyFor, SUPPORTED_ALGS } from "../fixtures/keys.ts";
import { codeOf, refusalOf } from "../fixtures/refusals.ts";
import { forge, segment, signatureBytes, withSignature } from "../fixtures/tokens.ts";

const PAYLOAD = Buffer.from("any bytes at all \0\xff", "latin1");
const headerOf = (token: string): unknown => JSON.parse(Buffer.from(token.split(".")[0] ?? "", "base64url").toString());

describe.each(SUPPORTED_ALGS)("a JWS signed with %s", (alg) => {
  const key = keyFor(alg, "k");
  const token = signJws(key, PAYLOAD, { typ: "x+jws", cty: "text/plain" });

  it("is verified, and gives back payload and header", () => {
    const { payload, header } = verifyJws(key, token);
    expect(Buffer.from(payload)).toEqual(PAYLOAD);
    expect(header).toEqual({ alg, typ: "x+jws", cty: "text/plain", kid: "k" });
    expect(verifyJws([key], token).header).toEqual(header);
  });

  it("is refused where any of its segments differs", () => {
    const { header, payload, signature } = splitCompact(token);
    const other = segment("other bytes");
    const bytes = signatureBytes(token);
    expect(codeOf(() => verifyJws(key, `${header}.${other}.${signature}`))).toBe("SIGNATURE");
    expect(codeOf(() => verifyJws(key, `${segment({ alg, kid: "k", typ: "y" })}.${payload}.${signature}`))).toBe(
      "SIGNATURE",
    );
    expect(codeOf(() => verifyJws(key, withSignature(token, bytes.slice(0, -1))))).toBe("SIGNATURE");
    expect(
      codeOf(() =>
        verifyJws(
          key,
          withSignature(
            token,
            bytes.map((byte, at) => (at === 3 ? byte ^ 4 : byte)),
          ),
        ),
      ),
    ).toBe("SIGNATURE");
  });
});

test.each(PAIR_ALGS)("a JWS of %s is verified with the public key, which does not sign", (alg) => {
  const token = signJws(keyFor(alg, "k"), PAYLOAD);
  expect(Buffer.from(verifyJws(publicKeyFor(alg, "k"), token).payload)).toEqual(PAYLOAD);
  expect(codeOf(() => signJws(publicKeyFor(alg), PAYLOAD))).toBe("CONFIG");
  expect(codeOf(() => signBytes(publicKeyFor(alg), PAYLOAD))).toBe("CONFIG");
});

describe("the header that is written", () => {
  it("has alg, then typ, cty and kid where there are any", () => {
    expect(Object.keys(headerOf(signJws(hs256(1, "k"), PAYLOAD, { typ: "a", cty: "b" })) as object)).toEqual([
      "alg",
      "typ",
      "cty",
      "kid",
    ]);
    expect(headerOf(signJws(hs256(1), PAYLOAD))).toEqual({ alg: "HS256" });
  });

  test.each<[unknown]>([
    [null],
    ["JWT"],
    [{ kid: "mine" }],
    [{ alg: "none" }],
    [{ typ: "" }],
    [{ typ: 1 }],
    [{ typ: null }],
    [{ cty: "" }],
    [{ cty: {} }],
  ])("cannot be %j", (header) => {
    expect(codeOf(() => signJws(hs256(1), PAYLOAD, header as never))).toBe("CONFIG");
  });

  it("leaves out what is undefined", () => {
    expect(headerOf(signJws(hs256(1), PAYLOAD, { typ: undefined, cty: undefined } as never))).toEqual({ alg: "HS256" });
  });
});

describe("verifyJws", () => {
  it("tries the keys that the header names, and says what was wrong", () => {
    const token = signJws(hs256(1, "a"), PAYLOAD);
    expect(codeOf(() => verifyJws([hs256(2, "b"), hs256(1, "a")], token))).toBe("accepted");
    expect(codeOf(() => verifyJws([hs256(2, "b")], token))).toBe("KEY_UNKNOWN");
    expect(codeOf(() => verifyJws([hs256(2, "a")], token))).toBe("SIGNATURE");
    expect(codeOf(() => verifyJws(keyFor("ES256"), token))).toBe("ALG");
    expect(codeOf(() => verifyJws([], token))).toBe("CONFIG");
  });

  it("tries keys without kid one after the other", () => {
    const token = signJws(hs256(3), PAYLOAD);
    expect(codeOf(() => verifyJws([hs256(1), hs256(2), hs256(3)], token))).toBe("accepted");
    expect(codeOf(() => verifyJws([hs256(1), hs256(2)], token))).toBe("SIGNATURE");
  });

  it("understands no critical extension", () => {
    expect(codeOf(() => verifyJws(hs256(1), forge(hs256(1), "x", { crit: ["ext"], ext: 1 })))).toBe("CRIT");
  });

  it("takes payloads that are no JSON, and empty ones", () => {
    expect(codeOf(() => verifyJws(hs256(1), forge(hs256(1), "no JSON")))).toBe("accepted");
    expect(verifyJws(hs256(1), signJws(hs256(1), new Uint8Array())).payload).toHaveLength(0);
  });

  it("refuses 8193 bytes and takes 8192", () => {
    const room = 8192 - signJws(hs256(1), new Uint8Array()).length;
    const fitting = signJws(hs256(1), new Uint8Array(Math.floor((room * 3) / 4)));
    expect(fitting.length).toBeGreaterThan(8188);
    expect(codeOf(() => verifyJws(hs256(1), fitting))).toBe("accepted");
    expect(codeOf(() => verifyJws(hs256(1), signJws(hs256(1), new Uint8Array(Math.floor((room * 3) / 4) + 3))))).toBe(
      "TOO_LARGE",
    );
  });

  it("answers a TokenError for whatever is passed for a token", () => {
    const keys = [hs256(1), keyFor("ES256"), keyFor("Ed25519")];
    fc.assert(
      fc.property(anyValue, (make) => {
        expect(["MALFORMED", "TOO_LARGE"]).toContain(codeOf(() => verifyJws(keys, make() as string)));
      }),
      { seed: SEED, numRuns: 500 },
    );
  });
});

describe("verifyBytes and signBytes", () => {
  const key = keyFor("ES256");
  const signature = signBytes(key, PAYLOAD);

  it("answer for any bytes, of whatever length", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (wrong) => {
        expect(verifyBytes(key, PAYLOAD, wrong)).toBe(false);
        expect(verifyBytes(hs256(1), PAYLOAD, wrong)).toBe(false);
      }),
      { seed: SEED, numRuns: 200 },
    );
    expect(verifyBytes(key, PAYLOAD, signature)).toBe(true);
  });

  it("want bytes and a key", () => {
    const notBytes = [undefined, null, "text", 1, [1], {}, new ArrayBuffer(64), new Uint16Array(32), Symbol("x")];
    for (const value of notBytes) {
      for (const anyKey of [key, hs256(1)]) {
        expect(codeOf(() => verifyBytes(anyKey, value as never, signature))).toBe("CONFIG");
        expect(codeOf(() => verifyBytes(anyKey, PAYLOAD, value as never))).toBe("CONFIG");
        expect(codeOf(() => signBytes(anyKey, value as never))).toBe("CONFIG");
        expect(codeOf(() => signJws(anyKey, value as never))).toBe("CONFIG");
      }
      expect(codeOf(() => encodeBase64url(value as never))).toBe("CONFIG");
      expect(codeOf(() => verifyBytes(value as never, PAYLOAD, signature))).toBe("CONFIG");
      expect(codeOf(() => signBytes(value as never, PAYLOAD))).toBe("CONFIG");
      expect(codeOf(() => verifyJws(value as never, "a.b.c"))).toBe("CONFIG");
    }
  });

  it("leave a key that signs elsewhere to signAsync", () => {
    const elsewhere = externalKey({ publicKey: publicKeyFor("ES256"), sign: async () => signature }) as unknown as Key;
    expect(verifyBytes(elsewhere, PAYLOAD, signature)).toBe(true);
    expect(refusalOf(() => signBytes(elsewhere, PAYLOAD)).message).toContain("signAsync");
  });
});

it("the steps by hand make the token that signJws makes", () => {
  const key = hs256(1, "lesson");
  const header = encodeBase64url(Buffer.from(JSON.stringify({ alg: "HS256", kid: "lesson" })));
  const payload = encodeBase64url(PAYLOAD);
  const token = `${header}.${payload}.${encodeBase64url(signBytes(key, Buffer.from(`${header}.${payload}`)))}`;
  expect(token).toBe(signJws(key, PAYLOAD));
  const parts = splitCompact(token);
  expect(verifyBytes(key, Buffer.from(parts.signingInput), decodeBase64url(parts.signature))).toBe(true);
});
