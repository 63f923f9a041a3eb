/** `rejwt/web`: the same signer and verifier where `node:crypto` is absent, on WebCrypto: edge runtimes, workers, browsers. */
export { isTokenError, TokenError } from "../errors.ts";
export type { RemoteKeys } from "../jwk/candidates.ts";
export type { ImportJwkOptions, Jwk } from "../jwk/jwk.ts";
export type { SecretEncoding, SecretKeyOptions } from "../jwk/secret-key.ts";
export { verifierByIssuer } from "../jwt/by-issuer.ts";
export { decode } from "../jwt/decode.ts";
export { inspect } from "../jwt/inspect.ts";
export type { AsyncSigner } from "../jwt/signer.ts";
export type { AsyncVerifier } from "../jwt/verifier.ts";
export { importJwk } from "./jwk.ts";
export type { WebKey } from "./key.ts";
export type { ImportPemOptions } from "./pem.ts";
export { importPem } from "./pem.ts";
export { secretKey } from "./secret-key.ts";
export type { WebSignerOptions } from "./signer.ts";
export { createSigner } from "./signer.ts";
export type { WebVerifierOptions } from "./verifier.ts";
export { createVerifier } from "./verifier.ts";
