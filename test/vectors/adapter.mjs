/** The thin adapter between a corpus of acceptance vectors and the built package: it maps names, and checks nothing. */
import { createVerifier, importJwk, importJwks, importPem, isTokenError, secretKey } from "../../dist/index.js";
import { verifyBytes, verifyJws } from "../../dist/jws/index.js";

export const name = "rejwt";

export const capabilities = [
  ...["jws", "jwk", "jwks", "jwks-oct", "algorithms-required"],
  ...["iss", "aud", "sub", "jti", "typ", "nonce", "clockTolerance", "maxAge", "currentTime", "require-spec", "crit"],
  ...["pem-x509", "pem-pkcs1", "pem-rsapss"],
];

const HMAC = ["HS256", "HS384", "HS512"];

export const algs = [
  ...HMAC,
  ...["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"],
  ...["ES256", "ES384", "ES512", "ES256K", "EdDSA", "Ed25519", "Ed448"],
];

export const curves = ["Ed25519", "Ed448", "P-256", "P-384", "P-521", "secp256k1"];

/** One key for one algorithm, as a user of the package would make it. */
function keyFor(key, alg) {
  switch (key.kind) {
    case "secret":
      return secretKey(key.text ?? key.bytes, { alg });
    case "pem":
      return HMAC.includes(alg) ? secretKey(key.pem, { alg }) : importPem(key.pem, { alg });
    case "asym":
    case "jwk":
      return importJwk(key.jwk, { alg });
    default:
      return undefined;
  }
}

/** A key of this package is bound to one algorithm, so an allow-list of several becomes several keys. */
function keysFor(key, algorithms) {
  const known = new Set(algorithms.filter((alg) => algs.includes(alg)));
  if (key.kind === "jwks") return importJwks(key.jwks, { algs: [...known] });
  if (key.kind === "jwk" && known.size > 1) return importJwks({ keys: [key.jwk] }, { algs: [...known] });
  const keys = [];
  let problem;
  for (const alg of known) {
    try {
      keys.push(keyFor(key, alg));
    } catch (error) {
      problem ??= error;
    }
  }
  if (keys.length === 0 && problem !== undefined) throw problem;
  return keys;
}

export async function verify({ token, key, algorithms, options = {}, layer }) {
  try {
    const keys = keysFor(key, algorithms);
    if (layer === "jws") {
      verifyJws(keys, token);
      return { accepted: true };
    }
    const { iss, aud, sub, jti, nonce, typ, clockTolerance, maxAge, currentTime, require, crit } = options;
    const verifier = createVerifier({
      keys,
      issuer: iss ?? false,
      audience: aud ?? false,
      expiry: "optional",
      typ: typ ?? false,
      clockSkew: clockTolerance,
      ...(maxAge === undefined ? {} : { maxAge }),
      ...(require === undefined ? {} : { required: require }),
      ...(crit === undefined ? {} : { crit: Object.fromEntries(crit.map((extension) => [extension, () => {}])) }),
      ...(currentTime === undefined ? {} : { clock: () => new Date(Math.round(currentTime * 1000)) }),
    });
    const { claims } = verifier.verify(token, {
      ...(sub === undefined ? {} : { subject: sub }),
      ...(jti === undefined ? {} : { jwtId: jti }),
      ...(nonce === undefined ? {} : { nonce }),
    });
    return { accepted: true, payload: claims };
  } catch (error) {
    if (isTokenError(error)) return { accepted: false, code: error.code };
    throw error;
  }
}

/** The signature primitive alone. */
export async function verifyRaw({ alg, key, data, signature }) {
  try {
    return verifyBytes(keyFor(key.jwk === undefined ? key : { kind: "jwk", ...key }, alg), data, signature);
  } catch (error) {
    if (isTokenError(error)) return false;
    throw error;
  }
}
