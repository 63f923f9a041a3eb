/** Who a client says it is, and how it proves it: RFC 6749 §2.3, RFC 7521 §4.2. Whether it is true is asked of the application. */
import { decodeUtf8 } from "../encoding/utf8.ts";
import { isTokenError, tokenError } from "../errors.ts";
import { decode } from "../jwt/decode.ts";
import { fieldValue, type HttpRequest } from "./exchange.ts";
import type { Form } from "./form.ts";

/** What a request said; nothing of it is proved. */
export type ClientCredentials =
  | {
      readonly method: "client_secret_basic" | "client_secret_post";
      readonly clientId: string;
      /** To be compared in constant time, best as a hash. */
      readonly clientSecret: string;
    }
  | {
      /** RFC 7523 §2.2. `clientId` is the form's, or else what the assertion says: compare it with the verified `sub`. */
      readonly method: "client_assertion";
      readonly clientId: string;
      readonly clientAssertion: string;
    }
  /** A public client, which only names itself. */
  | { readonly method: "none"; readonly clientId: string };

const ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/** RFC 6749 appendix A.1, as long as a session's binding may be: of any other id nothing could be issued. */
const CLIENT_ID = /^[ -~]{1,1024}$/;
const BASIC = /^basic +([A-Za-z0-9+/]+=*) *$/i;

/**
 * The client of a request; undefined where it names none, or in a way that nobody can read.
 * @throws REQUEST_INVALID for more than one way at once: RFC 6749 §2.3
 */
export function readClient(request: HttpRequest, form: Form): ClientCredentials | undefined {
  const client = readCredentials(request, form);
  return client !== undefined && CLIENT_ID.test(client.clientId) ? client : undefined;
}

function readCredentials(request: HttpRequest, form: Form): ClientCredentials | undefined {
  const authorization = fieldValue(request, "authorization");
  const [clientId, secret] = [form.get("client_id"), form.get("client_secret")];
  const assertion = form.get("client_assertion");
  if ([authorization, secret, assertion].filter((way) => way !== undefined).length > 1) {
    throw tokenError("REQUEST_INVALID", "the client authenticates itself in more than one way");
  }
  if (authorization !== undefined) {
    const basic = readBasic(authorization);
    if (clientId !== undefined && basic !== undefined && basic.clientId !== clientId) {
      throw tokenError("REQUEST_INVALID", "the request names two clients");
    }
    return basic;
  }
  if (assertion !== undefined) return readAssertion(assertion, clientId, form.get("client_assertion_type"));
  if (clientId === undefined) return undefined;
  return secret === undefined
    ? { method: "none", clientId }
    : { method: "client_secret_post", clientId, clientSecret: secret };
}

/** RFC 6749 §2.3.1: both halves are form-encoded before they are joined. */
function readBasic(authorization: string): ClientCredentials | undefined {
  const encoded = BASIC.exec(authorization)?.[1];
  const text = encoded === undefined ? "" : textOf(Buffer.from(encoded, "base64"));
  const at = text.indexOf(":");
  const [clientId, clientSecret] = [formDecoded(text.slice(0, Math.max(at, 0))), formDecoded(text.slice(at + 1))];
  if (at < 1 || clientId === undefined || clientSecret === undefined) return undefined;
  return { method: "client_secret_basic", clientId, clientSecret };
}

function readAssertion(
  clientAssertion: string,
  clientId: string | undefined,
  type: string | undefined,
): ClientCredentials | undefined {
  if (type !== ASSERTION_TYPE) return undefined;
  const named = clientId ?? subjectOf(clientAssertion);
  return named === undefined ? undefined : { method: "client_assertion", clientId: named, clientAssertion };
}

/** RFC 7521 §4.2: the client_id is optional, since the assertion names its subject. */
function subjectOf(assertion: string): string | undefined {
  try {
    const { sub } = decode(assertion).unverifiedClaims;
    return typeof sub === "string" && sub !== "" ? sub : undefined;
  } catch (error) {
    if (isTokenError(error)) return undefined;
    throw error;
  }
}

function textOf(bytes: Uint8Array): string {
  try {
    return decodeUtf8(bytes);
  } catch (error) {
    if (isTokenError(error)) return "";
    throw error;
  }
}

function formDecoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return undefined;
  }
}
