/** What the guards of fetch and of Express promise their callers, beyond the answers. */
import express from "express";
import { describe, expect, expectTypeOf, it, vi } from "vitest";
import { z } from "zod";
import { tokenError } from "../../src/errors.ts";
import { bearerCheck } from "../../src/http/bearer.ts";
import { fromNode } from "../../src/http/exchange.ts";
import { guard as expressGuard } from "../../src/http/express.ts";
import { type GuardOptions, guard } from "../../src/http/index.ts";
import { secretKey } from "../../src/jwk/secret-key.ts";
import { createSigner } from "../../src/jwt/signer.ts";
import { type AsyncVerifier, createVerifier } from "../../src/jwt/verifier.ts";
import { memoryStore } from "../../src/store/memory.ts";

const key = secretKey("an HMAC secret of the tests, long enough", { alg: "HS256" });
const common = { issuer: "https://auth.example", audience: "https://api.example" } as const;
const verifier = createVerifier({ ...common, keys: key, required: ["sub"] });
const token = createSigner({ ...common, key, expiresIn: "15m" }).sign({ sub: "user_42", role: "admin" });

const request = (authorization?: string, headers: Record<string, string> = {}): Request =>
  new Request("https://api.example/me", {
    headers: authorization === undefined ? headers : { ...headers, authorization },
  });
const code = (name: string): unknown => expect.objectContaining({ code: name });

describe("options", () => {
  it.each<[string, unknown]>([
    ["an unknown name", { scopes: "a" }],
    ["a requireFresh that is text", { requireFresh: "yes" }],
    ["an undefined requireFresh", { requireFresh: undefined }],
    ["an undefined scope", { scope: undefined }],
    ["an undefined allow", { allow: undefined }],
    ["an undefined cookie", { cookie: undefined }],
    ["an allow that is no function", { allow: true }],
    ["an empty scope", { scope: "" }],
    ["a blank scope", { scope: "  " }],
    ["an empty list of scopes", { scope: [] }],
    ["one bad scope among good ones", { scope: ["orders", ""] }],
    ["a listed scope with a space", { scope: ["a b"] }],
    ["a scope with a quote", { scope: 'a"b' }],
    ["a scope that would break the header", { scope: ["a\r\nset-cookie: b"] }],
    ["a scope that is no text", { scope: [7] }],
    ["a scope that is no list", { scope: 7 }],
    ["an empty cookie name", { cookie: "" }],
    ["a cookie name with a semicolon", { cookie: "a;b" }],
    ["origins without a cookie", { origins: ["https://a.example"] }],
    ["no origins", { cookie: "access", origins: [] }],
    ["a realm with a quote", { realm: 'a"' }],
    ["a realm that would break the header", { realm: "a\nb" }],
    ["a list", []],
    ["null", null],
  ])("%s is CONFIG", (_name, options) => {
    expect(() => guard(verifier, options as GuardOptions<unknown>)).toThrow(code("CONFIG"));
    expect(() => expressGuard(verifier, options as GuardOptions<unknown>)).toThrow(code("CONFIG"));
  });

  it.each([undefined, null, {}, token])("what is no verifier is CONFIG: %#", (value) => {
    expect(() => guard(value as never)).toThrow(code("CONFIG"));
  });
});

describe("the guard of fetch", () => {
  it.each<[string, unknown]>([
    ["a request of Express", { method: "GET", url: "/me", headers: { authorization: `Bearer ${token}` } }],
    ["a context of Hono", { req: { raw: request() } }],
    ["nothing", undefined],
  ])("says of %s that it is no Request", async (_name, given) => {
    const message = "rejwt/http: a `Request` of the Fetch standard is needed; frameworks have entries of their own";
    await expect(guard(verifier)(given as never)).rejects.toMatchObject({ code: "CONFIG", message });
  });

  it("gives what the verifier proved", async () => {
    const result = await guard(verifier)(request(`Bearer ${token}`));
    expect(result).toMatchObject({ ok: true, auth: { claims: { sub: "user_42" }, key: { alg: "HS256" } } });
  });

  it("gives the error beside the response, without the token", async () => {
    const result = await guard(verifier, { scope: "orders" })(request(`Bearer ${token}`));
    if (result.ok) throw new Error("it passed");
    expect(result.error).toMatchObject({ code: "SCOPE", expected: "orders" });
    expect(result.response.status).toBe(403);
    expect(`${result.error.stack} ${JSON.stringify(result.error)}`).not.toContain(token);
  });

  it("asks the verifier for nothing when there is no token", async () => {
    const verifyAsync = vi.fn<AsyncVerifier["verifyAsync"]>();
    await guard({ verifyAsync, safeVerifyAsync: vi.fn<AsyncVerifier["safeVerifyAsync"]>() })(request());
    expect(verifyAsync).not.toHaveBeenCalled();
  });

  it("throws on what is no TokenError", async () => {
    const bug = new Error("a bug");
    const broken = { ...verifier, verifyAsync: () => Promise.reject(bug) };
    await expect(guard(broken)(request(`Bearer ${token}`))).rejects.toBe(bug);
  });

  it("throws on the programmer's mistakes, which belong in the log", async () => {
    const misused = { ...verifier, verifyAsync: () => Promise.reject(tokenError("CONFIG", "wrong")) };
    await expect(guard(misused)(request(`Bearer ${token}`))).rejects.toMatchObject({ code: "CONFIG" });
    const allow = (async () => true) as unknown as () => boolean;
    await expect(guard(verifier, { allow })(request(`Bearer ${token}`))).rejects.toMatchObject({ code: "CONFIG" });
  });

  it("asks for a fresh list where it is told to, and for nothing more where not", async () => {
    const verifyAsync = vi.fn<AsyncVerifier["verifyAsync"]>(() =>
      Promise.reject(tokenError("REVOCATIONS_STALE", "old")),
    );
    const asked = { verifyAsync, safeVerifyAsync: vi.fn<AsyncVerifier["safeVerifyAsync"]>() };
    const result = await guard(asked, { requireFresh: true })(request(`Bearer ${token}`));
    expect(result).toMatchObject({ ok: false, error: { code: "REVOCATIONS_STALE", status: 503 } });
    await guard(asked)(request(`Bearer ${token}`));
    expect(verifyAsync.mock.calls.map(([, options]) => options)).toEqual([{ requireFresh: true }, undefined]);
    // There is no list: the programmer's mistake, and no refusal.
    const mistaken = guard(verifier, { requireFresh: true })(request(`Bearer ${token}`));
    await expect(mistaken).rejects.toMatchObject({ code: "CONFIG" });
  });

  it("throws on what `allow` throws", async () => {
    const bug = new Error("a bug");
    const allow = (): boolean => {
      throw bug;
    };
    await expect(guard(verifier, { allow })(request(`Bearer ${token}`))).rejects.toBe(bug);
  });

  it.each(["b".repeat(70_000), `${" ".repeat(70_000)}!`])("refuses an oversized header: %#", async (text) => {
    const result = await guard(verifier)(request(`Bearer ${text}`));
    expect(result).toMatchObject({ ok: false, error: { code: "REQUEST_INVALID", status: 400 } });
  });

  it("hands a header of just 65536 characters to the verifier, which knows its own limit", async () => {
    const result = await guard(verifier)(request(`Bearer ${"b".repeat(65_536 - "Bearer ".length)}`));
    expect(result).toMatchObject({ ok: false, error: { code: "TOO_LARGE" } });
  });

  it("takes a token in a cookie for a plain bearer where it takes proofs too, and for none where it asks for them", async () => {
    const dpop = { origin: "https://api.example", usedProofs: memoryStore() };
    const cookies = { cookie: `access=${token}` };
    expect(await guard(verifier, { cookie: "access", dpop })(request(undefined, cookies))).toMatchObject({ ok: true });
    const asked = guard(verifier, { cookie: "access", dpop: { ...dpop, required: true } });
    expect(await asked(request(undefined, cookies))).toMatchObject({ error: { code: "PROOF_REQUIRED" } });
  });

  it("asks a WebSocket's GET with the cookie for its origin", async () => {
    const auth = guard(verifier, { cookie: "access", origins: ["https://shop.example"] });
    // The second as a proxy's question has it, without Upgrade.
    for (const field of [{ upgrade: "WebSocket" }, { "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==" }]) {
      const upgrade = { cookie: `access=${token}`, ...field };
      expect(await auth(request(undefined, { ...upgrade, origin: "https://evil.example" }))).toMatchObject({
        error: { code: "ORIGIN" },
      });
      const own = await auth(request(undefined, { ...upgrade, origin: "https://shop.example" }));
      expect(own).toMatchObject({ ok: true });
    }
  });
});

describe("the guard of Express", () => {
  it("tells of no request that it has not let pass", async () => {
    const other = expressGuard(verifier);
    const auth = expressGuard(verifier);
    const thrown = new Promise<unknown>((resolve) => {
      const app = express().use(auth, (req, res) => {
        try {
          other.of(req);
        } catch (error) {
          resolve(error);
        }
        res.end();
      });
      const server = app.listen(0, "127.0.0.1", () => {
        const { port } = server.address() as { port: number };
        void fetch(`http://127.0.0.1:${port}/`, { headers: { authorization: `Bearer ${token}` } }).finally(() =>
          server.close(),
        );
      });
    });
    expect(await thrown).toMatchObject({ code: "CONFIG" });
  });

  it("hands what is no TokenError to next", async () => {
    const bug = new Error("a bug");
    const auth = expressGuard({ ...verifier, verifyAsync: () => Promise.reject(bug) });
    const handed = await new Promise((next) => {
      auth(nodeRequest({ authorization: `Bearer ${token}` }) as never, {} as never, next);
    });
    expect(handed).toBe(bug);
  });

  it("hands a response that cannot be written to next, and crashes nothing", async () => {
    const handed = await new Promise((next) => {
      expressGuard(verifier)(nodeRequest({}) as never, {} as never, next);
    });
    expect(handed).toBeInstanceOf(TypeError);
  });

  it("works behind adapters that have no raw headers", async () => {
    const auth = expressGuard(verifier);
    const sent = nodeRequest({ authorization: `Bearer ${token}` });
    await new Promise<unknown>((next) => auth(sent as never, {} as never, next));
    expect(auth.of(sent as never).claims.sub).toBe("user_42");
  });

  it("refuses two Authorization lines, of which Node keeps one", async () => {
    const bearer = `Bearer ${token}`;
    const rawHeaders = ["Authorization", bearer, "authorization", bearer];
    const asked = bearerCheck(verifier);
    expect(await asked(fromNode({ method: "GET", headers: { authorization: bearer }, rawHeaders }))).toMatchObject({
      error: { code: "REQUEST_INVALID", message: "the request has more than one Authorization header" },
    });
  });

  it("heeds a header that a middleware before it has set", async () => {
    const auth = expressGuard(verifier);
    const sent = {
      ...nodeRequest({ authorization: `Bearer ${token}` }),
      rawHeaders: ["Authorization", "Bearer other"],
    };
    await new Promise<unknown>((next) => auth(sent as never, {} as never, next));
    expect(auth.of(sent as never).claims.sub).toBe("user_42");
  });

  it("reads a header that an adapter gives as a list", async () => {
    const auth = expressGuard(verifier);
    const sent = nodeRequest({ authorization: [`Bearer ${token}`] });
    await new Promise<unknown>((next) => auth(sent as never, {} as never, next));
    expect(auth.of(sent as never).claims.sub).toBe("user_42");
  });
});

describe("types", () => {
  const zodded = createVerifier({ ...common, keys: key, schema: z.object({ role: z.enum(["admin", "user"]) }) });

  it("carry the schema's claims", async () => {
    const auth = expressGuard(zodded, { allow: (claims) => claims.role === "admin" });
    expectTypeOf(auth.of).returns.toHaveProperty("claims").toHaveProperty("role").toEqualTypeOf<"admin" | "user">();
    const result = await guard(zodded)(request(`Bearer ${token}`));
    if (!result.ok) throw result.error;
    expectTypeOf(result.auth.claims.role).toEqualTypeOf<"admin" | "user">();
    expect(result.auth.claims.role).toBe("admin");
  });

  it("refuse a claim's value that cannot be", () => {
    // @ts-expect-error the schema knows no owner
    guard(zodded, { allow: (claims) => claims.role === "owner" });
    // @ts-expect-error a promise is no answer
    guard(zodded, { allow: async () => true });
  });

  it("let a guard stand where a handler does, in routes with parameters too", () => {
    const auth = expressGuard(zodded);
    express().get("/orders/:id", auth, (req, res) => {
      res.json({ id: req.params.id, role: auth.of(req).claims.role });
    });
  });
});

function nodeRequest(headers: Record<string, string | string[]>): object {
  return { method: "GET", headers };
}
