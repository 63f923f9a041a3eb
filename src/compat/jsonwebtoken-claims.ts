/** The claims that jsonwebtoken judges, in its order and its words. */
import { checkUnbound } from "../jwt/claim-checks.ts";
import { now, systemClock } from "../time.ts";
import { JsonWebTokenError, NotBeforeError, TokenExpiredError } from "./jsonwebtoken-errors.ts";
import { secondsOf } from "./jsonwebtoken-timespan.ts";
import type { JwtPayload, VerifyOptions } from "./jsonwebtoken-types.ts";

/** @throws JsonWebTokenError, TokenExpiredError, NotBeforeError; PROOF_REQUIRED for a token that is bound to a key */
export function checkJudgedClaims(payload: JwtPayload | string, options: VerifyOptions): void {
  // A text payload has no claims: what is asked of them is not there.
  const claims: JwtPayload = typeof payload === "string" ? {} : payload;
  const time = options.clockTimestamp ?? Math.floor(now(systemClock));
  const tolerance = options.clockTolerance ?? 0;
  checkNotBefore(claims, time, tolerance, options);
  checkExpiry(claims, time, tolerance, options);
  checkAudience(claims, options);
  checkEqual("issuer", claims.iss, options.issuer);
  checkEqual("subject", claims.sub, options.subject);
  checkEqual("jwtid", claims.jti, options.jwtid);
  checkEqual("nonce", claims.nonce, options.nonce);
  checkAge(claims, time, tolerance, options);
  checkUnbound(claims);
}

function checkNotBefore({ nbf }: JwtPayload, time: number, tolerance: number, options: VerifyOptions): void {
  if (nbf === undefined || options.ignoreNotBefore === true) return;
  if (typeof nbf !== "number") throw new JsonWebTokenError("invalid nbf value");
  if (nbf > time + tolerance) throw new NotBeforeError("jwt not active", new Date(nbf * 1000));
}

function checkExpiry({ exp }: JwtPayload, time: number, tolerance: number, options: VerifyOptions): void {
  if (exp === undefined || options.ignoreExpiration === true) return;
  if (typeof exp !== "number") throw new JsonWebTokenError("invalid exp value");
  if (time >= exp + tolerance) throw new TokenExpiredError("jwt expired", new Date(exp * 1000));
}

/** RFC 7519 §4.1.3: a token that names an audience, and whose verifier names none, is not for this verifier. */
function checkAudience({ aud }: JwtPayload, { audience }: VerifyOptions): void {
  if (audience === undefined) {
    if (aud === undefined) return;
    throw new JsonWebTokenError('jwt audience invalid. the token names one: pass the option "audience"');
  }
  const expected = [audience].flat();
  const named: readonly unknown[] = Array.isArray(aud) ? aud : [aud];
  if (!named.some((one) => expected.includes(one as string))) {
    throw new JsonWebTokenError(`jwt audience invalid. expected: ${expected.join(" or ")}`);
  }
}

function checkEqual(name: string, value: unknown, expected: string | readonly string[] | undefined): void {
  if (expected === undefined || [expected].flat().includes(value as string)) return;
  throw new JsonWebTokenError(`jwt ${name} invalid. expected: ${expected}`);
}

function checkAge({ iat }: JwtPayload, time: number, tolerance: number, { maxAge }: VerifyOptions): void {
  if (maxAge === undefined) return;
  if (typeof iat !== "number") throw new JsonWebTokenError("iat required when maxAge is specified");
  // A token from the future would be young for ever.
  if (iat > time + tolerance) throw new NotBeforeError("jwt issued in the future", new Date(iat * 1000));
  const end = Math.floor(iat + (secondsOf(maxAge) ?? 0));
  if (time >= end + tolerance) throw new TokenExpiredError("maxAge exceeded", new Date(end * 1000));
}
