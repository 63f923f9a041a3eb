/** Tokens that work once. */
import { describe, expect, it, test, vi } from "vitest";
import { hs256 } from "../fixtures/keys.ts";
import { KEY, verifierWith } from "../fixtures/policies.ts";
import { asyncCodeOf, rejectionOf } from "../fixtures/refusals.ts";
import { CLAIMS, forge, ISSUER, NOON } from "../fixtures/tokens.ts";

/** Remembers ids in one step, as a store must. */
function usedTokens(): { readonly ids: Map<string, Date>; markUsed(id: string, until: Date): Promise<boolean> } {
  const ids = new Map<string, Date>();
  return {
    ids,
    async markUsed(id, until) {
      if (ids.has(id)) return false;
      ids.set(id, until);
      return true;
    },
  };
}

const token = forge(KEY, { ...CLAIMS, jti: "id-1" });

describe("a single-use token", () => {
  it("works once, and then is ALREADY_USED", async () => {
    const once = usedTokens();
    const verifier = verifierWith();
    expect((await verifier.verifyAsync(token, { once })).claims.jti).toBe("id-1");
    expect(await rejectionOf(verifier.verifyAsync(token, { once }))).toMatchObject({
      code: "ALREADY_USED",
      claim: "jti",
      status: 401,
    });
    const result = await verifier.safeVerifyAsync(token, { once });
    expect(!result.ok && result.error.code).toBe("ALREADY_USED");
  });

  it("works once of many that come at the same time", async () => {
    const once = usedTokens();
    const codes = await Promise.all(
      Array.from({ length: 20 }, () => asyncCodeOf(verifierWith().verifyAsync(token, { once }))),
    );
    expect(codes.filter((code) => code === "accepted")).toHaveLength(1);
    expect(codes.filter((code) => code === "ALREADY_USED")).toHaveLength(19);
  });

  it("is not used up by looking at it", async () => {
    const once = usedTokens();
    expect(verifierWith().safeVerify(token).ok).toBe(true);
    expect((await verifierWith().safeVerifyAsync(token)).ok).toBe(true);
    expect(await asyncCodeOf(verifierWith().verifyAsync(token, { once }))).toBe("accepted");
  });

  test.each<[string, string, object]>([
    ["of another key", forge(hs256(2), { ...CLAIMS, jti: "id-1" }), {}],
    ["expired", forge(KEY, { ...CLAIMS, jti: "id-1", exp: NOON }), {}],
    ["of another issuer", forge(KEY, { ...CLAIMS, jti: "id-1", iss: "x" }), {}],
    ["of another subject", token, { subject: "x" }],
    ["without jti", forge(KEY), {}],
  ])("that is refused is not used up: %s", async (_what, bad, options) => {
    const markUsed = vi.fn(async () => true);
    expect(await asyncCodeOf(verifierWith().verifyAsync(bad, { ...options, once: { markUsed } }))).not.toBe("accepted");
    expect(markUsed).not.toHaveBeenCalled();
  });

  it("needs jti and exp", async () => {
    const once = usedTokens();
    expect(await rejectionOf(verifierWith().verifyAsync(forge(KEY), { once }))).toMatchObject({
      code: "CLAIM_MISSING",
      claim: "jti",
    });
    const endless = forge(KEY, { ...CLAIMS, jti: "id-1", exp: undefined });
    expect(await rejectionOf(verifierWith({ expiry: "optional" }).verifyAsync(endless, { once }))).toMatchObject({
      code: "CLAIM_MISSING",
      claim: "exp",
    });
  });

  it("is remembered until it has expired, the skew added", async () => {
    const once = usedTokens();
    await verifierWith({ clockSkew: 30 }).verifyAsync(token, { once });
    expect([...once.ids.values()]).toEqual([new Date((CLAIMS.exp + 30) * 1000)]);
  });

  it("that lives for ever is remembered as long as a Date can say", async () => {
    const once = usedTokens();
    await verifierWith().verifyAsync(forge(KEY, { ...CLAIMS, jti: "id-1", exp: 1e300 }), { once });
    expect([...once.ids.values()]).toEqual([new Date(8.64e15)]);
  });

  it("of another issuer is another token, however the two names are cut", async () => {
    const once = usedTokens();
    const verifier = verifierWith({ issuer: false });
    const pairs = [
      ["a", "b"],
      ["a,b", ""],
      ["a", "b,"],
      ['a","b', "c"],
      ["", "a"],
      [undefined, "a"],
      ["null", "a"],
      [ISSUER, "a"],
    ];
    for (const [iss, jti] of pairs) {
      expect(await asyncCodeOf(verifier.verifyAsync(forge(KEY, { ...CLAIMS, iss, jti }), { once }))).toBe("accepted");
    }
    expect(once.ids.size).toBe(pairs.length);
  });

  it("keeps its own jti where a schema takes it away", async () => {
    const once = usedTokens();
    const schema = { "~standard": { version: 1, vendor: "test", validate: () => ({ value: { jti: "another" } }) } };
    expect(await asyncCodeOf(verifierWith({ schema }).verifyAsync(token, { once }))).toBe("accepted");
    expect([...once.ids.keys()]).toEqual([JSON.stringify([ISSUER, "id-1"])]);
  });
});

describe("a store of used tokens", () => {
  const cause = new Error("connection refused");
  test.each<[string, () => unknown]>([
    ["rejects", () => Promise.reject(cause)],
    [
      "throws",
      () => {
        throw cause;
      },
    ],
  ])("that %s is an outage, and the token is not accepted", async (_what, markUsed) => {
    const error = await rejectionOf(verifierWith().verifyAsync(token, { once: { markUsed } as never }));
    expect(error).toMatchObject({ code: "STORE_UNAVAILABLE", status: 503, retryable: true, cause });
    expect(error.bearerError).toBeUndefined();
  });

  test.each([undefined, null, 1, "OK", {}, [true]])(
    "that answers anything but true says that it was used: case %#",
    async (answer) => {
      expect(
        await asyncCodeOf(verifierWith().verifyAsync(token, { once: { markUsed: async () => answer as never } })),
      ).toBe("ALREADY_USED");
    },
  );

  it("may answer at once", async () => {
    expect(await asyncCodeOf(verifierWith().verifyAsync(token, { once: { markUsed: () => true as never } }))).toBe(
      "accepted",
    );
  });

  it("keeps its own this", async () => {
    class Store {
      readonly seen = new Set<string>();
      async markUsed(id: string): Promise<boolean> {
        return !this.seen.has(id) && this.seen.add(id) !== undefined;
      }
    }
    expect(await asyncCodeOf(verifierWith().verifyAsync(token, { once: new Store() }))).toBe("accepted");
  });

  test.each([undefined, null, "store", {}, { markUsed: true }, () => true])(
    "is an object with markUsed: not case %#",
    async (once) => {
      expect(await asyncCodeOf(verifierWith().verifyAsync(token, { once } as never))).toBe("CONFIG");
    },
  );
});
