/** A Standard Schema judges the payload and shapes the claims: zod, valibot, arktype, and hostile ones. */
import { type } from "arktype";
import * as v from "valibot";
import { describe, expect, it, test, vi } from "vitest";
import { z } from "zod";
import { createVerifier } from "../../src/index.ts";
import { KEY, verifierWith } from "../fixtures/policies.ts";
import { asyncCodeOf, codeOf, refusalOf, rejectionOf } from "../fixtures/refusals.ts";
import { AUDIENCE, CLAIMS, clockAt, forge, ISSUER, NOON } from "../fixtures/tokens.ts";

const admin = forge(KEY, { ...CLAIMS, role: "admin" });
const owner = forge(KEY, { ...CLAIMS, role: "owner" });

/** A schema that does as it is told. */
const schemaOf = (validate: (value: unknown) => unknown): { readonly "~standard": object } => ({
  "~standard": { version: 1, vendor: "test", validate },
});
const boom = (): never => {
  throw new Error("geheim");
};

describe.each([
  ["zod", z.object({ role: z.enum(["admin", "user"]) })],
  ["valibot", v.object({ role: v.picklist(["admin", "user"]) })],
  ["arktype", type({ role: "'admin' | 'user'" })],
])("a schema of %s", (_vendor, schema) => {
  test.each(["schema", "schemaAsync"])("as %s accepts and refuses, and the error names the claim", async (option) => {
    const verifier = verifierWith({ [option]: schema });
    const { claims } = await verifier.verifyAsync(admin);
    expect(claims).toMatchObject({ role: "admin", sub: "user_42", exp: CLAIMS.exp });
    const error = await rejectionOf(verifier.verifyAsync(owner));
    expect(error).toMatchObject({ code: "CLAIM_INVALID", claim: "role", status: 401 });
    expect(error.message).toContain("role");
    expect(error.message).not.toContain("owner");
    expect(error.cause).toBeUndefined();
  });

  it("works synchronously too", () => {
    const verifier = verifierWith({ schema });
    expect(verifier.verify(admin).claims).toMatchObject({ role: "admin", sub: "user_42" });
    expect(refusalOf(() => verifier.verify(owner))).toMatchObject({ code: "CLAIM_INVALID", claim: "role" });
    expect(codeOf(() => verifier.verify(forge(KEY)))).toBe("CLAIM_INVALID");
  });
});

describe("the output of a schema", () => {
  it("is laid over the registered claims, which stay where it does not name them", () => {
    const schema = z.object({ role: z.string() });
    const token = forge(KEY, { ...CLAIMS, role: "admin", jti: "j", nbf: NOON, other: 1 });
    expect(verifierWith({ schema }).verify(token).claims).toEqual({ ...CLAIMS, jti: "j", nbf: NOON, role: "admin" });
  });

  it("may rename and retype a registered claim", () => {
    const schema = z.object({ exp: z.number().transform((seconds) => new Date(seconds * 1000)) });
    const verifier = createVerifier({ keys: KEY, issuer: ISSUER, audience: AUDIENCE, clock: clockAt(NOON), schema });
    const until: Date = verifier.verify(admin).claims.exp;
    expect(until).toEqual(new Date(CLAIMS.exp * 1000));
  });

  it("has the defaults and transforms of the schema", () => {
    const schema = z.object({
      scope: z
        .string()
        .default("a b")
        .transform((text) => text.split(" ")),
    });
    expect(verifierWith({ schema }).verify(admin).claims.scope).toEqual(["a", "b"]);
  });

  it("keeps everything where the schema is loose", () => {
    const schema = z.looseObject({ role: z.string() });
    expect(verifierWith({ schema }).verify(forge(KEY, { ...CLAIMS, role: "a", other: 1 })).claims).toMatchObject({
      other: 1,
    });
  });

  it("is made afresh: what a schema answers twice is not shared", () => {
    const shared = { role: "user" };
    const verifier = verifierWith({ schema: schemaOf(() => ({ value: shared })) });
    (verifier.verify(admin).claims as unknown as { role: string }).role = "admin";
    expect(verifier.verify(admin).claims.role).toBe("user");
    expect(shared.role).toBe("user");
  });

  it("cannot take registered claims away by changing the payload", async () => {
    const greedy = schemaOf((value) => {
      const payload = value as Record<string, unknown>;
      payload.sub = "root";
      payload.exp = Number.POSITIVE_INFINITY;
      return { value: { role: "x" } };
    });
    expect(verifierWith({ schema: greedy }).verify(admin).claims).toEqual({ ...CLAIMS, role: "x" });
    expect((await verifierWith({ schemaAsync: greedy }).verifyAsync(admin)).claims).toEqual({ ...CLAIMS, role: "x" });
  });

  test.each([undefined, null, "text", 1, true, [], [{}], Symbol("x")])(
    "that is no object is CONFIG: case %#",
    async (value) => {
      const schema = schemaOf(() => ({ value }));
      expect(codeOf(() => verifierWith({ schema }).verify(admin))).toBe("CONFIG");
      expect(await asyncCodeOf(verifierWith({ schema }).safeVerifyAsync(admin))).toBe("CONFIG");
      expect(await asyncCodeOf(verifierWith({ schemaAsync: schema }).verifyAsync(admin))).toBe("CONFIG");
    },
  );
});

describe("a schema that answers a promise", () => {
  const slow = z.object({ role: z.string().refine(async (role) => role === "admin") });

  it("is CONFIG as schema, and never an accept", async () => {
    const verifier = verifierWith({ schema: slow });
    for (const token of [admin, owner]) {
      expect(codeOf(() => verifier.verify(token))).toMatch(/CONFIG|CLAIM_INVALID/);
      expect(await asyncCodeOf(verifier.verifyAsync(token))).toMatch(/CONFIG|CLAIM_INVALID/);
    }
    const promising = verifierWith({ schema: schemaOf(async () => ({ value: {} })) });
    expect(codeOf(() => promising.verify(admin))).toBe("CONFIG");
    expect(codeOf(() => promising.safeVerify(admin))).toBe("CONFIG");
    expect(refusalOf(() => promising.verify(admin)).message).toContain("schemaAsync");
  });

  it("that rejects, as schema, leaves no unhandled rejection behind", async () => {
    const unhandled = vi.fn();
    process.on("unhandledRejection", unhandled);
    expect(codeOf(() => verifierWith({ schema: schemaOf(async () => boom()) }).verify(admin))).toBe("CONFIG");
    await new Promise((resolve) => setImmediate(resolve));
    process.off("unhandledRejection", unhandled);
    expect(unhandled).not.toHaveBeenCalled();
  });

  it("is awaited as schemaAsync", async () => {
    const verifier = verifierWith({ schemaAsync: slow });
    expect((await verifier.verifyAsync(admin)).claims).toMatchObject({ role: "admin", sub: "user_42" });
    expect(await rejectionOf(verifier.verifyAsync(owner))).toMatchObject({ code: "CLAIM_INVALID", claim: "role" });
  });
});

describe("a schema that throws, or answers what is no answer", () => {
  test.each<[string, (value: unknown) => unknown]>([
    ["throws an Error", boom],
    [
      "throws undefined",
      () => {
        throw undefined;
      },
    ],
    ["answers nothing", () => undefined],
    ["answers null", () => null],
    ["answers null for issues", () => ({ issues: null })],
    ["answers text for issues", () => ({ issues: "geheim" })],
    ["answers issues without a shape", () => ({ issues: [null] })],
    ["answers a path without a shape", () => ({ issues: [{ message: "geheim", path: [null] }] })],
    ["answers a path that throws", () => ({ issues: [{ message: "geheim", path: [{ key: { toString: boom } }] }] })],
    ["answers a getter that throws", () => Object.defineProperty({}, "issues", { get: boom })],
    [
      "answers a value that throws",
      () => ({ value: Object.defineProperty({}, "role", { get: boom, enumerable: true }) }),
    ],
    ["answers a proxy that throws", () => ({ value: new Proxy({}, { ownKeys: boom }) })],
  ])("%s: CLAIM_INVALID, without what it said", async (_what, validate) => {
    const options = [
      { schema: schemaOf(validate) },
      { schemaAsync: schemaOf(validate) },
      { schemaAsync: schemaOf(async (value) => validate(value)) },
    ];
    for (const option of options) {
      const error = await rejectionOf(verifierWith(option).verifyAsync(admin));
      expect(error.code).toBe("CLAIM_INVALID");
      expect(error.message).not.toContain("geheim");
      expect(error.cause).toBeUndefined();
    }
    expect(codeOf(() => verifierWith({ schema: schemaOf(validate) }).verify(admin))).toBe("CLAIM_INVALID");
  });

  it("that throws a TokenError of its own is CLAIM_INVALID all the same", async () => {
    const inner = (): unknown => verifierWith().verify("not a token");
    expect(codeOf(() => verifierWith({ schema: schemaOf(inner) }).verify(admin))).toBe("CLAIM_INVALID");
    expect(await asyncCodeOf(verifierWith({ schemaAsync: schemaOf(inner) }).verifyAsync(admin))).toBe("CLAIM_INVALID");
  });
});

describe("the refusal of a schema", () => {
  const refuse = (...issues: object[]): ReturnType<typeof refusalOf> =>
    refusalOf(() => verifierWith({ schema: schemaOf(() => ({ issues })) }).verify(admin));

  it("names where the payload is wrong, by its whole path", () => {
    expect(refuse({ message: "x", path: ["realm", "roles", 0] })).toMatchObject({
      claim: "realm",
      message: "the schema refuses realm.roles.0",
    });
    expect(refuse({ message: "x", path: [{ key: "realm" }, { key: 1 }] })).toMatchObject({
      claim: "realm",
      message: "the schema refuses realm.1",
    });
  });

  it("names a claim with dots in its name whole", () => {
    expect(refuse({ message: "x", path: ["https://acme.example/roles", 0] }).claim).toBe("https://acme.example/roles");
  });

  it("names at most five places, and the first one's claim", () => {
    const error = refuse(...[1, 2, 3, 4, 5, 6].map((at) => ({ message: "x", path: [`c${at}`] })));
    expect(error).toMatchObject({ claim: "c1", message: "the schema refuses c1, c2, c3, c4, c5" });
  });

  it("names the payload where no place is named", () => {
    for (const issues of [[], [{ message: "x" }], [{ message: "x", path: [] }], [{ message: "x", path: [""] }]]) {
      const error = refuse(...issues);
      expect(error.message).toBe("the schema refuses the payload");
      expect(error.claim).toBeUndefined();
    }
  });

  it("skips places without a name", () => {
    expect(refuse({ message: "x" }, { message: "x", path: ["role"] })).toMatchObject({
      claim: "role",
      message: "the schema refuses role",
    });
  });

  it("spells symbols, and never shows the schema's own message", () => {
    expect(refuse({ message: "geheim", path: [Symbol("s")] }).message).toBe("the schema refuses Symbol(s)");
  });
});

it("a schema is asked only when the token holds, and before it is used up", async () => {
  const validate = vi.fn((value: unknown) => ({ value }));
  const verifier = verifierWith({ schema: schemaOf(validate) });
  for (const token of [
    "",
    forge(KEY, { ...CLAIMS, exp: NOON }),
    forge(KEY, { ...CLAIMS, iss: "x" }),
    forge(KEY, { ...CLAIMS, cnf: {} }),
  ]) {
    expect(codeOf(() => verifier.verify(token))).not.toBe("accepted");
  }
  expect(validate).not.toHaveBeenCalled();
  const markUsed = vi.fn(async () => true);
  const refusing = verifierWith({ schema: schemaOf(() => ({ issues: [] })) });
  expect(await asyncCodeOf(refusing.verifyAsync(forge(KEY, { ...CLAIMS, jti: "j" }), { once: { markUsed } }))).toBe(
    "CLAIM_INVALID",
  );
  expect(markUsed).not.toHaveBeenCalled();
});

it("a function may be a schema, as arktype's are", () => {
  const schema = Object.assign(
    () => {},
    schemaOf((value) => ({ value })),
  );
  expect(codeOf(() => verifierWith({ schema }).verify(admin))).toBe("accepted");
});
