/** How a client may say who it is: RFC 6749 §2.3, RFC 7521 §4.2. What nobody can read is no client, and is asked of nobody. */
import { describe, expect, it } from "vitest";
import { readClient } from "../../src/http/client-authentication.ts";
import type { HttpRequest } from "../../src/http/exchange.ts";
import { refusalOf } from "../fixtures/refusals.ts";
import { segment } from "../fixtures/tokens.ts";

type Parameters = Readonly<Record<string, string>>;

const JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const read = (parameters: Parameters, authorization?: string) => {
  const request: HttpRequest = {
    method: "POST",
    target: "/oauth",
    values: (name) => (name === "authorization" && authorization !== undefined ? [authorization] : []),
  };
  return readClient(request, new Map(Object.entries(parameters)));
};
const encode = (bytes: string | Uint8Array): string => Buffer.from(bytes as Uint8Array).toString("base64");
const basic = (bytes: string | Uint8Array) => read({}, `Basic ${encode(bytes)}`);
const assertionOf = (claims: object | string): string => `e30.${segment(claims)}.c2ln`;
const assert = (clientAssertion: string, more: Parameters = {}) =>
  read({ client_assertion: clientAssertion, client_assertion_type: JWT_BEARER, ...more });

describe("Basic", () => {
  it.each<[string, string, string]>([
    ["app:secret", "app", "secret"],
    ["a:secret", "a", "secret"],
    ["app:", "app", ""],
    ["app:a:b", "app", "a:b"],
    ["my+app:se%3Acret+%2B%25", "my app", "se:cret +%"],
    ["app:%C3%A9", "app", "é"],
  ])("%s is decoded as a form is, each half by itself", (text, clientId, clientSecret) => {
    expect(basic(text)).toEqual({ method: "client_secret_basic", clientId, clientSecret });
  });

  it("may be in any case, with more than one space", () => {
    expect(read({}, `bAsIc   ${encode("app:secret")} `)).toMatchObject({ clientId: "app", clientSecret: "secret" });
  });

  it.each<[string, string | Uint8Array]>([
    ["without a colon", "app"],
    ["without an id", ":secret"],
    ["that is empty", ""],
    ["whose id cannot be decoded", "%zz:secret"],
    ["whose secret cannot be decoded", "app:%zz"],
    ["that is not UTF-8", new Uint8Array([0x61, 0xff, 0x3a, 0x62])],
    ["of an id that is not ASCII", "%C3%A9:secret"],
  ])("%s names no client", (_name, text) => {
    expect(basic(text)).toBeUndefined();
  });

  it.each(["Bearer YXBwOng=", "Basic", "Basic %%%", "Basic YXBwOng= YXBwOng=", "XBasic YXBwOng="])(
    "%s names no client",
    (authorization) => {
      expect(read({}, authorization)).toBeUndefined();
    },
  );

  it("may repeat its id in the form, where a second one is refused", () => {
    const authorization = `Basic ${encode("app:secret")}`;
    expect(read({ client_id: "app" }, authorization)).toMatchObject({ method: "client_secret_basic", clientId: "app" });
    expect(refusalOf(() => read({ client_id: "other" }, authorization))).toMatchObject({
      code: "REQUEST_INVALID",
      message: "the request names two clients",
    });
  });

  it("that cannot be read names no client, whatever the form says", () => {
    expect(read({ client_id: "public" }, "Basic %%%")).toBeUndefined();
  });
});

describe("the form", () => {
  it("may hold the secret, or name a public client", () => {
    expect(read({ client_id: "app", client_secret: "secret" })).toEqual({
      method: "client_secret_post",
      clientId: "app",
      clientSecret: "secret",
    });
    expect(read({ client_id: "public" })).toEqual({ method: "none", clientId: "public" });
  });

  it("without an id names no client, though it has a secret", () => {
    expect(read({})).toBeUndefined();
    expect(read({ client_secret: "secret" })).toBeUndefined();
  });

  it.each<[string, Parameters, string?]>([
    ["a secret beside the header", { client_id: "app", client_secret: "secret" }, `Basic ${encode("app:secret")}`],
    ["an assertion beside the header", { client_assertion: assertionOf({ sub: "app" }) }, "Basic %%%"],
    ["an assertion beside a secret", { client_secret: "secret", client_assertion: assertionOf({ sub: "app" }) }],
  ])("%s is refused", (_name, parameters, authorization) => {
    expect(refusalOf(() => read(parameters, authorization))).toMatchObject({
      code: "REQUEST_INVALID",
      message: "the client authenticates itself in more than one way",
    });
  });
});

describe("an assertion", () => {
  const named = assertionOf({ sub: "app" });

  it("is of the client that the form names, or else of its own subject", () => {
    expect(assert(named)).toEqual({ method: "client_assertion", clientId: "app", clientAssertion: named });
    expect(assert(named, { client_id: "other" })).toMatchObject({ clientId: "other" });
    expect(assert("opaque", { client_id: "other" })).toMatchObject({ clientId: "other", clientAssertion: "opaque" });
  });

  it.each<[string, string]>([
    ["is no token", "opaque"],
    ["is no JSON", assertionOf("{")],
    ["has no subject", assertionOf({})],
    ["has an empty subject", assertionOf({ sub: "" })],
    ["has a number as its subject", assertionOf({ sub: 7 })],
    ["has a list as its subject", assertionOf({ sub: ["app"] })],
  ])("that %s names no client", (_name, text) => {
    expect(assert(text)).toBeUndefined();
  });

  it.each(["saml", "", JWT_BEARER.toUpperCase()])("of the type %j names no client", (type) => {
    expect(assert(named, { client_id: "app", client_assertion_type: type })).toBeUndefined();
  });
});
