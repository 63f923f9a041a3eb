/** The form that an OAuth endpoint is sent, read strictly: RFC 6749 §3.2, RFC 7009 §2.1, RFC 7662 §2.1. */
import { decodeUtf8 } from "../encoding/utf8.ts";
import { isTokenError } from "../errors.ts";
import { type Answer, methodAnswer } from "./answers.ts";
import { fieldValue, type HttpRequest } from "./exchange.ts";
import { oauthError } from "./oauth-answers.ts";

/** A request with content. */
export interface FormRequest extends HttpRequest {
  /**
   * The whole content; undefined where it is longer.
   * @throws CONFIG where somebody else has read it; REQUEST_INVALID where it broke off
   */
  body(mostBytes: number): Promise<Content | undefined>;
}

/** Bytes, or what a framework's own parser of forms has made of them: text for a parameter, a list where it came twice. */
export type Content = Uint8Array | { readonly [name: string]: unknown };

/** Each parameter once; one without a value is as good as none. */
export type Form = ReadonlyMap<string, string>;

export type FormResult = { readonly ok: true; readonly form: Form } | { readonly ok: false; readonly answer: Answer };

/** In the address they would be in logs, in histories and in `Referer`: RFC 6749 §2.3.1, RFC 6750 §5.3. */
const NEVER_IN_THE_QUERY = [
  "access_token",
  "client_assertion",
  "client_secret",
  "refresh_token",
  "refresh_attempt_verifier",
  "token",
];

export async function readForm(request: FormRequest, mostBytes: number): Promise<FormResult> {
  if (request.method !== "POST") return refused(methodAnswer("POST"));
  const query = new URLSearchParams(request.target.split("?").slice(1).join("?"));
  if (NEVER_IN_THE_QUERY.some((name) => query.has(name))) {
    return refused(oauthError(400, "invalid_request", "tokens and secrets belong in the body, never in the address"));
  }
  const [type] = (fieldValue(request, "content-type") ?? "").split(";");
  if (type?.trim().toLowerCase() !== "application/x-www-form-urlencoded") {
    return refused(oauthError(400, "invalid_request", "the content type must be application/x-www-form-urlencoded"));
  }
  const isLonger = Number(fieldValue(request, "content-length")) > mostBytes;
  const content = isLonger ? undefined : await request.body(mostBytes);
  if (content === undefined) return refused(oauthError(413, "invalid_request", "the body is too long"));
  const form = readParameters(content instanceof Uint8Array ? parse(content) : Object.entries(content));
  if (form === undefined) {
    return refused(oauthError(400, "invalid_request", "the body must be UTF-8, with each parameter once"));
  }
  return { ok: true, form };
}

/** Undefined for what is not UTF-8. */
function parse(bytes: Uint8Array): Iterable<readonly [string, unknown]> | undefined {
  const text = textOf(bytes);
  return text === undefined ? undefined : new URLSearchParams(text);
}

/** Undefined for a parameter that comes twice, which is a list or a pair twice: which one counts would be anybody's guess. */
function readParameters(pairs: Iterable<readonly [string, unknown]> | undefined): Form | undefined {
  if (pairs === undefined) return undefined;
  const form = new Map<string, string>();
  for (const [name, value] of pairs) {
    if (form.has(name) || typeof value !== "string") return undefined;
    form.set(name, value);
  }
  for (const [name, value] of form) if (value === "") form.delete(name);
  return form;
}

function textOf(bytes: Uint8Array): string | undefined {
  try {
    return decodeUtf8(bytes);
  } catch (error) {
    if (isTokenError(error)) return undefined;
    throw error;
  }
}

function refused(answer: Answer): FormResult {
  return { ok: false, answer };
}
