/** The adapter between acceptance vectors and `rejwt/compat/jsonwebtoken`: it maps names, and checks nothing. */
import { createPublicKey } from "node:crypto";
import jwt from "../../dist/compat/jsonwebtoken.js";

export const name = "rejwt/compat/jsonwebtoken";

export const capabilities = [
  ...["iss", "aud", "sub", "jti", "nonce", "clockTolerance", "maxAge", "currentTime", "ignoreExpiration"],
  ...["ignoreNotBefore", "pem-x509", "pem-pkcs1", "pem-rsapss"],
];

export const algs = [
  ...["HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"],
];

export const curves = ["P-256", "P-384", "P-521"];

/** As a user of jsonwebtoken would give it. */
function keyOf({ kind, text, bytes, pem, jwk }) {
  if (kind === "secret") return text ?? Buffer.from(bytes);
  if (kind === "none") return undefined;
  return pem ?? createPublicKey({ key: jwk, format: "jwk" });
}

export async function verify({ token, key, algorithms, options = {} }) {
  const { iss, aud, sub, jti, currentTime, ...others } = options;
  const { nonce, clockTolerance, maxAge, ignoreExpiration, ignoreNotBefore } = others;
  const asked = {
    algorithms: algorithms?.filter((alg) => algs.includes(alg)),
    issuer: iss,
    audience: aud,
    subject: sub,
    jwtid: jti,
    clockTimestamp: currentTime,
    ...{ nonce, clockTolerance, maxAge, ignoreExpiration, ignoreNotBefore },
  };
  const given = Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined));
  try {
    return { accepted: true, payload: jwt.verify(token, keyOf(key), given) };
  } catch (error) {
    if (error instanceof jwt.JsonWebTokenError) return { accepted: false, code: error.message };
    throw error;
  }
}
