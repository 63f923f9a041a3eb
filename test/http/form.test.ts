/** The form of an OAuth endpoint, read strictly: bytes, or what a framework's parser has made of them. RFC 6749 §3.2. */
import { describe, expect, it } from "vitest";
import { formOf } from "../../src/http/fetch-form.ts";
import { type Content, type FormRequest, readForm } from "../../src/http/form.ts";

const FORM = "application/x-www-form-urlencoded";
const LIMIT = 64;

interface Changes {
  readonly method?: string;
  readonly target?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly content?: Content;
}

/** @returns the parameters, or the answer's status and what it tells, and whether the body was asked for */
async function read({ method = "POST", target = "/oauth", headers = {}, content = bytes("token=x") }: Changes = {}) {
  const fields: Readonly<Record<string, string>> = { "content-type": FORM, ...headers };
  let isRead = false;
  const request: FormRequest = {
    method,
    target,
    values: (name) => [fields[name] ?? []].flat(),
    body: async () => {
      isRead = true;
      return content;
    },
  };
  const result = await readForm(request, LIMIT);
  if (result.ok) return { form: Object.fromEntries(result.form), isRead };
  const { error_description: told } = JSON.parse(result.answer.body) as { readonly error_description?: string };
  return { status: result.answer.status, told, isRead };
}

const bytes = (text: string): Uint8Array => Buffer.from(text);
const malformed = { status: 400, told: "the body must be UTF-8, with each parameter once" };
const ofAnotherType = { status: 400, told: `the content type must be ${FORM}`, isRead: false };
const inTheAddress = {
  status: 400,
  told: "tokens and secrets belong in the body, never in the address",
  isRead: false,
};

describe("a form", () => {
  it("has each parameter once, decoded, and leaves out those without a value", async () => {
    expect(await read({ content: bytes("token=a%20b+c&token_type_hint=&scope") })).toEqual({
      form: { token: "a b c" },
      isRead: true,
    });
    expect(await read({ content: { token: "a b c", token_type_hint: "" } })).toMatchObject({
      form: { token: "a b c" },
    });
  });

  it.each<[string, Content]>([
    ["a parameter twice", bytes("token=x&token=x")],
    ["a parameter twice, once without a value", bytes("token=x&token=")],
    ["bytes that are not UTF-8", new Uint8Array([0x74, 0x3d, 0xff])],
    ["a list, as a parser leaves two", { token: ["x", "y"] }],
    ["an object, as a parser of nested forms leaves it", { token: { of: "x" } }],
    ["a number", { token: 7 }],
    ["nothing", { token: undefined }],
  ])("with %s is refused", async (_name, content) => {
    expect(await read({ content })).toMatchObject(malformed);
  });
});

describe("the content type", () => {
  it.each([
    "application/x-www-form-urlencoded",
    "Application/X-WWW-Form-Urlencoded",
    "application/x-www-form-urlencoded;charset=UTF-8",
    "application/x-www-form-urlencoded ; charset=UTF-8",
  ])("may be %s", async (type) => {
    expect(await read({ headers: { "content-type": type } })).toMatchObject({ form: { token: "x" } });
  });

  it.each(["application/json", `${FORM}2`, `${FORM}, ${FORM}`, `text/plain;${FORM}`, ""])(
    "%j is refused, and the body left alone",
    async (type) => {
      expect(await read({ headers: { "content-type": type } })).toEqual(ofAnotherType);
    },
  );

  it("must be told", async () => {
    expect(await read({ headers: { "content-type": undefined as never } })).toEqual(ofAnotherType);
  });
});

describe("the address", () => {
  it.each(["token", "access_token", "refresh_token", "client_secret", "client_assertion", "refresh_attempt_verifier"])(
    "may not hold %s",
    async (name) => {
      for (const query of [`${name}=x`, name, `page=2&${name}=x`, `a=?&${name}=x`, `a?&${name}=x`]) {
        expect(await read({ target: `/oauth?${query}` })).toEqual(inTheAddress);
      }
    },
  );

  it("may hold what is no secret, and names that only end like one", async () => {
    for (const target of [
      "/oauth?tenant=7",
      "/token/access_token",
      "/oauth?my_token=x",
      "/oauth?a=?token=x",
      "/oauth?a=x&?token=x",
    ]) {
      expect(await read({ target })).toMatchObject({ form: { token: "x" } });
    }
  });
});

describe("a body", () => {
  it("of fetch that is not there is empty", async () => {
    expect(await formOf(new Request("https://auth.example/oauth", { method: "POST" })).body(LIMIT)).toHaveLength(0);
  });

  it("that says it is longer than the limit is 413 unread, and one of just the limit is read", async () => {
    expect(await read({ headers: { "content-length": String(LIMIT + 1) } })).toEqual({
      status: 413,
      told: "the body is too long",
      isRead: false,
    });
    expect(await read({ headers: { "content-length": String(LIMIT) } })).toMatchObject({ form: { token: "x" } });
  });

  it("by another method than POST is 405 unread", async () => {
    expect(await read({ method: "GET" })).toEqual({ status: 405, told: undefined, isRead: false });
  });
});
