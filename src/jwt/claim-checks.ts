/** One function for each claim. Each takes what the token says, what is asked, and the time. RFC 7519 §4.1. */
import { tokenError } from "../errors.ts";

/** A payload whose signature held: an object, its claims not judged yet. */
export type Payload = Readonly<Record<string, unknown>>;

/**
 * Registered claims have their types, whether they are asked for or not. RFC 7519 §4.1.
 * @throws CLAIM_INVALID
 */
export function checkTypes({ iss, sub, jti, exp, nbf, iat, aud }: Payload): void {
  // One line for each: a loop over their names takes twice the time.
  if (!isTextOrAbsent(iss)) throw wrongType("iss", "text");
  if (!isTextOrAbsent(sub)) throw wrongType("sub", "text");
  if (!isTextOrAbsent(jti)) throw wrongType("jti", "text");
  if (!isTimeOrAbsent(exp)) throw wrongType("exp", "a finite number");
  if (!isTimeOrAbsent(nbf)) throw wrongType("nbf", "a finite number");
  if (!isTimeOrAbsent(iat)) throw wrongType("iat", "a finite number");
  if (!isTextOrAbsent(aud) && !isTextArray(aud)) throw wrongType("aud", "text or an array of text");
}

/** @throws CLAIM_MISSING for the first of `names` that the payload lacks */
export function checkPresent(payload: Payload, names: readonly string[]): void {
  for (const name of names) if (!Object.hasOwn(payload, name)) throw missing(name);
}

/** RFC 7519 §4.1.1: exact comparison, no patterns. @throws ISSUER */
export function checkIssuer({ iss }: Payload, allowed: readonly string[]): void {
  if (!allowed.includes(iss as string)) {
    throw tokenError("ISSUER", "the token is from another issuer", { claim: "iss", expected: allowed.join(", ") });
  }
}

/**
 * RFC 7519 §4.1.3: one of the token's audiences is one of ours. Where we are no audience, the token must name none:
 * "the JWT MUST be rejected" if it has an aud and we do not identify with a value in it.
 * @throws AUDIENCE
 */
export function checkAudience({ aud }: Payload, allowed: readonly string[]): void {
  if (aud === undefined && allowed.length === 0) return;
  const holds = Array.isArray(aud) ? aud.some((one) => allowed.includes(one)) : allowed.includes(aud as string);
  if (!holds) {
    throw tokenError("AUDIENCE", "the token is for another audience", { claim: "aud", expected: allowed.join(", ") });
  }
}

/** RFC 7519 §4.1.2. @throws SUBJECT, CLAIM_MISSING */
export function checkSubject({ sub }: Payload, expected: string): void {
  if (sub === undefined) throw missing("sub");
  if (sub !== expected) throw tokenError("SUBJECT", "the token is of another subject", { claim: "sub", expected });
}

/** A claim that must be exactly what the caller gave: `jti`, `nonce`. @throws CLAIM_INVALID, CLAIM_MISSING */
export function checkEqual(payload: Payload, claim: "jti" | "nonce", expected: string): void {
  if (payload[claim] === undefined) throw missing(claim);
  if (payload[claim] !== expected) {
    throw tokenError("CLAIM_INVALID", `the token's ${claim} is not the expected one`, { claim });
  }
}

/** RFC 7519 §4.1.4: at the second of `exp` itself the token has expired. @throws EXPIRED */
export function checkExpiry({ exp }: Payload, now: number, skew: number): void {
  if (exp !== undefined && now - skew >= (exp as number)) {
    throw tokenError("EXPIRED", "the token has expired", { claim: "exp" });
  }
}

/** RFC 7519 §4.1.5: from the second of `nbf` itself on. @throws NOT_YET_VALID */
export function checkNotBefore({ nbf }: Payload, now: number, skew: number): void {
  if (nbf !== undefined && now + skew < (nbf as number)) {
    throw tokenError("NOT_YET_VALID", "the token is not valid yet", { claim: "nbf" });
  }
}

/**
 * Seconds by which `iat` alone may lie ahead. It opens no validity (exp and nbf do that, without this allowance), and
 * the clocks of a fleet differ by parts of a second, so that a token used at once would be refused now and then.
 */
const ISSUED_AHEAD = 5;

/** RFC 7519 §4.1.6: a token from the future tells of a wrong clock here or there. @throws NOT_YET_VALID */
export function checkIssuedAt({ iat }: Payload, now: number, skew: number): void {
  if (iat !== undefined && now + Math.max(skew, ISSUED_AHEAD) < (iat as number)) {
    throw issuedAhead();
  }
}

/**
 * Not older than `maxAge` seconds, by `iat`. A token from the future would be younger than it is, for ever.
 * @throws TOO_OLD, NOT_YET_VALID, CLAIM_MISSING
 */
export function checkAge({ iat }: Payload, now: number, skew: number, maxAge: number): void {
  if (iat === undefined) throw missing("iat");
  if (now + skew < (iat as number)) throw issuedAhead();
  if (now - skew - (iat as number) > maxAge) {
    throw tokenError("TOO_OLD", `the token is older than ${maxAge} s`, { claim: "iat" });
  }
}

/** RFC 7800 §3: a token that is bound to a key is worth nothing to who only holds the token. @throws PROOF_REQUIRED */
export function checkUnbound(payload: Payload): void {
  if (Object.hasOwn(payload, "cnf")) {
    throw tokenError(
      "PROOF_REQUIRED",
      "the token is bound to a key (cnf), whose proof this verifier does not ask for",
      {
        claim: "cnf",
      },
    );
  }
}

/**
 * RFC 7800 §3.1, RFC 9449 §6.1: bound to the key of this thumbprint and to no other: a second confirmation that nobody
 * has checked would go unmet. An unbound token is refused too, since the proof would say nothing about it.
 * @throws PROOF_REQUIRED, CLAIM_MISSING
 */
export function checkBound({ cnf }: Payload, thumbprint: string): void {
  if (cnf === undefined) throw missing("cnf");
  const members = typeof cnf === "object" && cnf !== null && !Array.isArray(cnf) ? Object.entries(cnf) : [];
  const [name, value] = members[0] ?? [];
  if (members.length !== 1 || name !== "jkt" || value !== thumbprint) {
    throw tokenError("PROOF_REQUIRED", "the token is bound to another key than the one proved", { claim: "cnf" });
  }
}

function isTextOrAbsent(value: unknown): boolean {
  return value === undefined || typeof value === "string";
}

function isTimeOrAbsent(value: unknown): boolean {
  return value === undefined || Number.isFinite(value);
}

function isTextArray(value: unknown): boolean {
  return Array.isArray(value) && value.every((one) => typeof one === "string");
}

function issuedAhead(): Error {
  return tokenError("NOT_YET_VALID", "the token was issued in the future", { claim: "iat" });
}

function missing(claim: string): Error {
  return tokenError("CLAIM_MISSING", `the token has no ${claim}`, { claim });
}

function wrongType(claim: string, type: string): Error {
  return tokenError("CLAIM_INVALID", `the token's ${claim} is not ${type}`, { claim });
}
