/** The options of remoteKeys: what cannot work, or would be unsafe, is CONFIG at creation. */
import { describe, expect, it } from "vitest";
import { type RemoteKeysOptions, remoteKeys } from "../../src/jwk/remote-keys.ts";
import { createVerifier } from "../../src/jwt/verifier.ts";
import { refusal } from "./refusal.ts";

const url = "https://issuer.example/jwks";
const good = { algs: ["ES256"] } as const;

describe("the URL", () => {
  it.each<[string, unknown, object?]>([
    ["undefined", undefined],
    ["no URL", "issuer.example"],
    ["empty", ""],
    ["http", "http://issuer.example/jwks"],
    ["http, with allowHttp as text", "http://issuer.example/jwks", { allowHttp: "true" }],
    ["a file", "file:///etc/passwd"],
    ["data", "data:application/json,{}", { allowHttp: true }],
    ["with a password", "https://user:hunter2@issuer.example/jwks"],
    ["with a user", new URL("https://user@issuer.example/jwks")],
  ])("%s", (_name, given, options = {}) => {
    const error = refusal(() => remoteKeys(given as string, { ...good, ...options }));
    expect(error.code).toBe("CONFIG");
    expect(error.message).not.toContain("hunter2");
  });

  it.each([
    ["https", url, {}],
    ["https as an object", new URL(url), {}],
    ["http, where that is said to be safe", "http://keycloak:8080/certs", { allowHttp: true }],
  ])("may be %s", (_name, given, options) => {
    expect(remoteKeys(given, { ...good, ...options })["~verifies"]).toBe("async");
  });
});

describe("options are refused", () => {
  it.each<[string, unknown]>([
    ["that are none", undefined],
    ["without algs", {}],
    ["with an undefined algs", { algs: undefined }],
    ["with no alg", { algs: [] }],
    ["with an alg as text", { algs: "ES256" }],
    ["with a secret's alg", { algs: ["ES256", "HS256"] }],
    ["with another name", { ...good, cacheMaxAge: 5 }],
    ["with a maxAge that is undefined", { ...good, maxAge: undefined }],
    ["with a maxAge without unit", { ...good, maxAge: "600" }],
    ["with a negative cooldown", { ...good, cooldown: -1 }],
    ["with a staleIfError of no duration", { ...good, staleIfError: Number.NaN }],
    ["with a maxBytes of zero", { ...good, maxBytes: 0 }],
    ["with a maxBytes of infinity", { ...good, maxBytes: Number.POSITIVE_INFINITY }],
    ["with a timeout of zero", { ...good, timeoutMs: 0 }],
    ["with a timeout that no timer can count to", { ...good, timeoutMs: 2 ** 32 }],
    ["with a fetch that is none", { ...good, fetch: {} }],
    ["with a listener that is none", { ...good, onEvent: "log" }],
    ["with a clock that is none", { ...good, clock: 5 }],
    ["with headers that are text", { ...good, headers: "authorization" }],
    ["with a header of two lines", { ...good, headers: { authorization: "hunter2\r\nx: y" } }],
    ["with a header whose name is none", { ...good, headers: { "a b": "hunter2" } }],
  ])("%s", (_name, options) => {
    const error = refusal(() => remoteKeys(url, options as RemoteKeysOptions));
    expect(error.code).toBe("CONFIG");
    expect(`${error.message} ${String(error.cause)}`).not.toContain("hunter2");
  });

  it("with an alg that nobody knows: ALG_UNSUPPORTED", () => {
    for (const alg of ["none", "RSA-OAEP", "es256"]) {
      expect(refusal(() => remoteKeys(url, { algs: [alg as "ES256"] })).code).toBe("ALG_UNSUPPORTED");
    }
  });
});

it("a verifier with remote keys verifies asynchronously, by type and at run time", () => {
  const verifier = createVerifier({ keys: remoteKeys(url, good), issuer: "https://issuer.example", audience: false });
  // @ts-expect-error verify is not there
  expect(verifier.verify).toBeUndefined();
  // @ts-expect-error safeVerify is not there
  expect(verifier.safeVerify).toBeUndefined();
});

it("what only looks like remote keys is no key", () => {
  const fake = { ...remoteKeys(url, good) };
  const options = { issuer: "https://issuer.example", audience: false } as const;
  expect(refusal(() => createVerifier({ ...options, keys: fake })).code).toBe("CONFIG");
});

it("no key at all is CONFIG", () => {
  const options = { issuer: "https://issuer.example", audience: false } as const;
  expect(refusal(() => createVerifier({ ...options, keys: [] })).code).toBe("CONFIG");
});
