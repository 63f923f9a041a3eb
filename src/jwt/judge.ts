/** The one judge of claims, for every verifier: a payload whose signature held, against a policy and a call. RFC 7519 §7.2. */
import { parseJsonObject } from "../encoding/json.ts";
import { configError } from "../options.ts";
import { now } from "../time.ts";
import {
  checkAge,
  checkAudience,
  checkBound,
  checkEqual,
  checkExpiry,
  checkIssuedAt,
  checkIssuer,
  checkNotBefore,
  checkPresent,
  checkSubject,
  checkTypes,
  checkUnbound,
  type Payload,
} from "./claim-checks.ts";
import type { Policy } from "./policy.ts";
import { useOnce } from "./single-use.ts";
import { runSchema, runSchemaAsync } from "./standard-schema.ts";
import type { RegisteredClaims, RegisteredName } from "./verified.ts";
import type { Asked } from "./verify-options.ts";

/** What a signature proved, and with which key. */
export interface Signed {
  /** The bytes of the payload segment, or their text. */
  readonly payload: Uint8Array | string;
  /** The same, read before and deeply frozen; what of it no call and no time changes was judged then, by the same policy. */
  readonly claims?: Payload | undefined;
  readonly key: { readonly kid: string | undefined };
}

/**
 * The claims of a payload, each that the policy and the call ask about judged, the schema's output laid over them.
 * @throws TokenError of every kind that is about claims; REVOKED; REVOCATIONS_STALE; CONFIG where the schema answers a promise
 */
export function claimsOf(signed: Signed, policy: Policy, asked: Asked): object {
  const payload = judge(signed, policy, asked);
  if (policy.schema === undefined) return payload;
  const registered = registeredOf(payload);
  return { ...registered, ...runSchema(policy.schema, payload) };
}

/** The same with what takes its time: a schema that answers a promise, a store of used tokens. */
export async function claimsOfAsync(signed: Signed, policy: Policy, asked: Asked): Promise<object> {
  const payload = judge(signed, policy, asked);
  // Taken before a schema sees the payload: it may change what it is given.
  const registered = registeredOf(payload);
  const output = await schemaOutput(policy, payload);
  if (asked.once !== undefined) await useOnce(registered, policy.clockSkew, asked.once);
  return output === undefined ? payload : { ...registered, ...output };
}

function judge(signed: Signed, policy: Policy, asked: Asked): Payload {
  const { key } = signed;
  const payload = read(signed, policy);
  const time = now(policy.clock);
  const { clockSkew } = policy;

  if (payload !== signed.claims) checkStanding(payload, policy);
  checkExpiry(payload, time, clockSkew);
  checkNotBefore(payload, time, clockSkew);
  checkIssuedAt(payload, time, clockSkew);
  const maxAge = asked.maxAge ?? policy.maxAge;
  if (maxAge !== undefined) checkAge(payload, time, clockSkew, maxAge);
  if (asked.subject !== undefined) checkSubject(payload, asked.subject);
  if (asked.jwtId !== undefined) checkEqual(payload, "jti", asked.jwtId);
  if (asked.nonce !== undefined) checkEqual(payload, "nonce", asked.nonce);
  if (asked.provenKey === undefined) checkUnbound(payload);
  else checkBound(payload, asked.provenKey);
  if (asked.requireFresh && policy.revocations === undefined) {
    throw configError("verify", 'option "requireFresh" asks a revocation list: give the verifier `revocations`');
  }
  policy.revocations?.check(payload, key.kid, time, asked.requireFresh);
  return payload;
}

/** What holds for good once it holds: neither the time nor a call has a say in it. */
function checkStanding(payload: Payload, policy: Policy): void {
  checkTypes(payload);
  checkPresent(payload, policy.required);
  if (policy.issuers !== undefined) checkIssuer(payload, policy.issuers);
  checkAudience(payload, policy.audiences);
}

/** A schema may change what it is given, so that it is given its own. */
function read({ payload, claims }: Signed, { schema, schemaAsync, limits }: Policy): Payload {
  const isShared = claims !== undefined && schema === undefined && schemaAsync === undefined;
  return isShared ? claims : parseJsonObject(payload, limits.maxDepth, "payload");
}

async function schemaOutput({ schema, schemaAsync }: Policy, payload: Payload): Promise<object | undefined> {
  if (schemaAsync !== undefined) return runSchemaAsync(schemaAsync, payload);
  return schema && runSchema(schema, payload);
}

// `sid` and `rv` are what sessions write, and what a revocation list asks for again in claims that were verified before.
const STAY: readonly (RegisteredName | "sid" | "rv")[] = ["iss", "sub", "aud", "exp", "nbf", "iat", "jti", "sid", "rv"];

/** The claims that stay in the result even where a schema does not name them. */
function registeredOf(payload: Payload): RegisteredClaims {
  const present = STAY.filter((name) => Object.hasOwn(payload, name));
  return Object.fromEntries(present.map((name) => [name, payload[name]]));
}
