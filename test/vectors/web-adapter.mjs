/** The thin adapter between a corpus of acceptance vectors and the built `rejwt/web`: it maps names, and checks nothing. */
import { createVerifier, importJwk, importPem, isTokenError, secretKey } from "../../dist/web/index.js";

export const name = "rejwt/web";

export const capabilities = [
  ...["jwk", "algorithms-required"],
  ...["iss", "aud", "sub", "jti", "typ", "nonce", "clockTolerance", "maxAge", "currentTime", "require-spec", "crit"],
  ...["pem-x509", "pem-pkcs1"],
];

const HMAC = ["HS256", "HS384", "HS512"];

/** What WebCrypto has. */
export const algs = [
  ...HMAC,
  ...["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"],
  ...["ES256", "ES384", "ES512", "EdDSA", "Ed25519"],
];

export const curves = ["Ed25519", "P-256", "P-384", "P-521"];

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
  const keys = [];
  let problem;
  for (const alg of new Set(algorithms.filter((alg) => algs.includes(alg)))) {
    try {
      keys.push(keyFor(key, alg));
    } catch (error) {
      problem ??= error;
    }
  }
  if (keys.length === 0 && problem !== undefined) throw problem;
  // One that reads both names of its algorithm stands for the one that reads the old name alone.
  return keys.some((made) => made?.alg === "Ed25519") ? keys.filter((made) => made?.alg !== "EdDSA") : keys;
}

export async function verify({ token, key, algorithms, options = {} }) {
  try {
    const { iss, aud, sub, jti, nonce, typ, clockTolerance, maxAge, currentTime, require, crit } = options;
    const verifier = createVerifier({
      keys: keysFor(key, algorithms),
      issuer: iss ?? false,
      audience: aud ?? false,
      expiry: "optional",
      typ: typ ?? false,
      clockSkew: clockTolerance,
      ...(maxAge === undefined ? {} : { maxAge }),
      ...(require === undefined ? {} : { required: require }),
      ...(crit === undefined ? {} : { crit: Object.fromEntries(crit.map((extension) => [extension, () => {}])) }),
      ...(currentTime === undefined ? {} : { clock: () => new Date(currentTime * 1000) }),
    });
    const { claims } = await verifier.verifyAsync(token, {
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
