/** The interface of jsonwebtoken: callbacks, error classes, key forms, payloads. */
import { createPublicKey, createSecretKey, generateKeyPairSync } from "node:crypto";
import { describe, expect, it, test } from "vitest";
import jwt, {
  decode,
  JsonWebTokenError,
  type JwtHeader,
  NotBeforeError,
  type SigningKeyCallback,
  sign,
  TokenExpiredError,
  verify,
} from "../../src/compat/jsonwebtoken.ts";
import { isTokenError } from "../../src/index.ts";
import { keyObjectFor } from "../fixtures/keys.ts";
import { EC, NOW, RSA, SECRET } from "./tokens.ts";

/** The error that a call throws. */
function thrown(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}

const token = sign({ sub: "user_42", iat: NOW }, SECRET, { expiresIn: 60 });
const at = (clockTimestamp: number): { readonly clockTimestamp: number } => ({ clockTimestamp });

describe("the exports", () => {
  it("are the default export's members too", () => {
    expect(jwt).toEqual({ decode, sign, verify, JsonWebTokenError, NotBeforeError, TokenExpiredError });
  });
});

describe("the errors", () => {
  it("an expired token is a TokenExpiredError that says since when", () => {
    const error = thrown(() => verify(token, SECRET, at(NOW + 60)));
    expect(error).toBeInstanceOf(TokenExpiredError);
    expect(error).toBeInstanceOf(JsonWebTokenError);
    expect(error).toMatchObject({
      name: "TokenExpiredError",
      message: "jwt expired",
      expiredAt: new Date((NOW + 60) * 1000),
    });
  });

  it("a token that is not valid yet is a NotBeforeError that says from when on", () => {
    const later = sign({ iat: NOW }, SECRET, { notBefore: 60 });
    const error = thrown(() => verify(later, SECRET, at(NOW)));
    expect(error).toBeInstanceOf(NotBeforeError);
    expect(error).toMatchObject({
      name: "NotBeforeError",
      message: "jwt not active",
      date: new Date((NOW + 60) * 1000),
    });
  });

  it("what the core refused is in inner, with its code", () => {
    const error = thrown(() => verify(`${token}A`, SECRET)) as JsonWebTokenError;
    expect(error).toBeInstanceOf(JsonWebTokenError);
    expect(isTokenError(error.inner)).toBe(true);
    expect(thrown(() => verify(token, "x".repeat(31)))).toMatchObject({ inner: { code: "KEY_WEAK" } });
  });

  it("hold no token, no secret and no payload", () => {
    for (const run of [
      () => verify(token, SECRET, at(NOW + 60)),
      () => verify(`${token}A`, SECRET),
      () => verify(token, `geheim${"x".repeat(60)}`),
      () => verify(token, "geheim"),
      () => verify(token, "-----BEGIN PUBLIC KEY-----\ngeheim\n-----END PUBLIC KEY-----"),
      () => sign({}, "-----BEGIN PRIVATE KEY-----\ngeheim\n-----END PRIVATE KEY-----", { algorithm: "RS256" }),
      () => sign({ geheim: "\ud800" }, SECRET),
    ]) {
      const { stack, message, inner } = thrown(run) as JsonWebTokenError;
      for (const text of [message, stack, String(inner)]) {
        expect(text).not.toContain("geheim\n");
        expect(text).not.toContain(SECRET);
        expect(text).not.toContain(token.slice(10));
      }
    }
  });
});

describe("a callback", () => {
  it("of verify is called before verify returns, with the payload or with the error", () => {
    const calls: unknown[] = [];
    verify(token, SECRET, at(NOW), (error, payload) => calls.push([error, payload]));
    expect(calls).toEqual([[null, { sub: "user_42", iat: NOW, exp: NOW + 60 }]]);
    verify(token, SECRET, at(NOW + 60), (error, payload) => calls.push([error?.name, payload]));
    expect(calls[1]).toEqual(["TokenExpiredError", undefined]);
    verify("rubbish", SECRET, (error) => calls.push(error?.message));
    expect(calls[2]).toBe("jwt malformed");
  });

  it("of verify may throw, and is not called again for it", () => {
    let calls = 0;
    const run = (): void =>
      verify(token, SECRET, at(NOW), () => {
        calls++;
        throw new Error("the caller's own");
      });
    expect(run).toThrow("the caller's own");
    expect(calls).toBe(1);
  });

  it("of sign is called later, with the token or with the error", async () => {
    const results: unknown[] = [];
    const done = new Promise<void>((resolve) => {
      sign({ iat: NOW }, RSA.private, { algorithm: "RS256" }, (error, signed) => {
        results.push(error, verify(signed ?? "", RSA.public));
        sign({}, "", (failure, none) => {
          results.push(failure?.message, none);
          resolve();
        });
      });
    });
    expect(results).toEqual([]);
    await done;
    expect(results).toEqual([null, { iat: NOW }, "secretOrPrivateKey must have a value", undefined]);
  });

  it("for the key gets the header, and its answer counts once", async () => {
    const keyed = sign({ iat: NOW }, RSA.private, { algorithm: "RS256", keyid: "a" });
    const headers: JwtHeader[] = [];
    const answers: unknown[] = [];
    const getKey = (header: JwtHeader, callback: SigningKeyCallback): void => {
      headers.push(header);
      setImmediate(() => {
        callback(null, RSA.public);
        callback(null, EC.public);
        callback(new Error("too late"));
      });
    };
    await new Promise<void>((resolve) => {
      verify(keyed, getKey, (error, payload) => {
        answers.push(error, payload);
        resolve();
      });
    });
    expect(headers).toEqual([{ alg: "RS256", typ: "JWT", kid: "a" }]);
    expect(answers).toEqual([null, { iat: NOW }]);
  });

  it("for the key may fail, and its words are in the message", () => {
    const errors: unknown[] = [];
    verify(
      token,
      (_header, callback) => callback(new Error("no such key")),
      (error) => errors.push(error?.message),
    );
    verify(
      token,
      (_header, callback) => callback(null),
      (error) => errors.push(error?.message),
    );
    expect(errors).toEqual([
      "error in secret or public key callback: no such key",
      "secret or public key must be provided",
    ]);
  });

  it("for the key is not asked about a token that is none", () => {
    const errors: unknown[] = [];
    verify(
      "a.b",
      () => expect.unreachable(),
      (error) => errors.push(error?.message),
    );
    expect(errors).toEqual(["jwt malformed"]);
  });

  it("for the key needs one for the answer", () => {
    const run = (): unknown => verify(token, (() => {}) as never);
    expect(thrown(run)).toMatchObject({ message: expect.stringContaining("must be called asynchronous") });
  });
});

describe("a key", () => {
  const pair = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    privateKeyEncoding: { type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "open" },
    publicKeyEncoding: { type: "spki", format: "pem" },
  });
  test.each<[string, never, never, "HS256" | "RS256" | "ES256"]>([
    ["text", SECRET as never, SECRET as never, "HS256"],
    ["bytes", Buffer.from(SECRET) as never, new Uint8Array(Buffer.from(SECRET)) as never, "HS256"],
    ["a secret KeyObject", createSecretKey(Buffer.from(SECRET)) as never, SECRET as never, "HS256"],
    ["PEM", RSA.private as never, RSA.public as never, "RS256"],
    ["PEM as bytes", Buffer.from(RSA.private) as never, Buffer.from(RSA.public) as never, "RS256"],
    ["KeyObjects", keyObjectFor("ES256") as never, createPublicKey(keyObjectFor("ES256")) as never, "ES256"],
    ["the private key alone", RSA.private as never, RSA.private as never, "RS256"],
    ["encrypted PEM", { key: pair.privateKey, passphrase: "open" } as never, pair.publicKey as never, "RS256"],
    ["JWKs", jwkInput(false) as never, jwkInput(true) as never, "ES256"],
  ])("may be %s", (_what, signing, verifying, algorithm) => {
    const signed = sign({ iat: NOW }, signing, { algorithm });
    expect(verify(signed, verifying)).toEqual({ iat: NOW });
    expect(verify(signed, verifying, { algorithms: [algorithm] })).toEqual({ iat: NOW });
  });

  test.each<[string, unknown]>([
    ["a number", 42],
    ["an object", {}],
    ["a public key", RSA.public],
    ["PEM of nothing", "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----"],
  ])("to sign with is not %s", (_what, key) => {
    expect(thrown(() => sign({}, key as never, { algorithm: "RS256" }))).toBeInstanceOf(Error);
  });
});

function jwkInput(isPublic: boolean): object {
  const key = isPublic ? createPublicKey(keyObjectFor("ES256")) : keyObjectFor("ES256");
  return { key: key.export({ format: "jwk" }), format: "jwk" };
}

describe("a payload", () => {
  it("may be text or bytes, which come back as text", () => {
    expect(verify(sign("some text", SECRET), SECRET)).toBe("some text");
    expect(verify(sign(Buffer.from("bytes"), SECRET), SECRET)).toBe("bytes");
  });

  it("is not changed, unless one asks for it", () => {
    const payload = { a: 1 };
    sign(payload, SECRET, { expiresIn: 1 });
    expect(payload).toEqual({ a: 1 });
    sign(payload, SECRET, { expiresIn: 1, mutatePayload: true });
    expect(Object.keys(payload)).toEqual(["a", "iat", "exp"]);
  });

  it("gets iat, unless one asks for none", () => {
    const before = Math.floor(Date.now() / 1000);
    const { iat } = decode(sign({}, SECRET), { json: true }) ?? {};
    expect(iat).toBeGreaterThanOrEqual(before);
    expect(iat).toBeLessThanOrEqual(Date.now() / 1000);
    expect(decode(sign({ iat: 1 }, SECRET, { noTimestamp: true }))).toEqual({});
  });

  it("comes back with header and signature where one asks for all", () => {
    const complete = verify(token, SECRET, { ...at(NOW), complete: true });
    expect(complete).toEqual({
      header: { alg: "HS256", typ: "JWT" },
      payload: { sub: "user_42", iat: NOW, exp: NOW + 60 },
      signature: token.split(".")[2],
    });
  });
});

describe("the time", () => {
  it("is this machine's where none is given", () => {
    const now = Math.floor(Date.now() / 1000);
    expect(verify(sign({ exp: now + 60 }, SECRET), SECRET)).toMatchObject({ exp: now + 60 });
    expect(thrown(() => verify(sign({ exp: now - 1 }, SECRET), SECRET))).toBeInstanceOf(TokenExpiredError);
  });
});
