/** `rejwt`: sign, verify, inspect, and start and refresh sessions. */
export type { JsonObject, JsonValue } from "./encoding/json.ts";
export type {
  BearerError,
  EndReason,
  ErrorStatus,
  Misuse,
  RequestFault,
  SessionFault,
  TokenErrorCode,
  TokenFault,
  Unavailable,
} from "./errors.ts";
export { isTokenError, TokenError } from "./errors.ts";
export type { Alg, AsymmetricAlg, HmacAlg } from "./jwa/algorithm.ts";
export type { RemoteKeys } from "./jwk/candidates.ts";
export type { ExternalKey, ExternalKeyOptions } from "./jwk/external-key.ts";
export { externalKey } from "./jwk/external-key.ts";
export type { GenerateKeyOptions } from "./jwk/generate.ts";
export { generateKey } from "./jwk/generate.ts";
export type { ExportJwkOptions, ImportJwkOptions, Jwk, Jwks } from "./jwk/jwk.ts";
export { exportJwk, importJwk } from "./jwk/jwk.ts";
export type { ImportJwksOptions } from "./jwk/jwks.ts";
export { importJwks } from "./jwk/jwks.ts";
export type { Key } from "./jwk/key.ts";
export type { JwksResponse, KeyRing, KeyRingOptions, KeyTooSoon } from "./jwk/key-ring.ts";
export { keyRing } from "./jwk/key-ring.ts";
export type { VerifyingKeys } from "./jwk/key-sources.ts";
export type { ExportPemOptions, ImportPemOptions } from "./jwk/pem.ts";
export { exportPem, importPem } from "./jwk/pem.ts";
export type { RingEntry } from "./jwk/ring-schedule.ts";
export type { SecretEncoding, SecretKeyOptions } from "./jwk/secret-key.ts";
export { secretKey } from "./jwk/secret-key.ts";
export type { CritHandlers } from "./jws/crit.ts";
export type { Header } from "./jws/header.ts";
export type { Limits } from "./jws/limits.ts";
export { verifierByIssuer } from "./jwt/by-issuer.ts";
export type { CacheOptions } from "./jwt/cache-options.ts";
export type { Unverified } from "./jwt/decode.ts";
export { decode } from "./jwt/decode.ts";
export type { Finding, InspectedSegment } from "./jwt/finding.ts";
export type { Inspection, InspectOptions } from "./jwt/inspect.ts";
export { inspect } from "./jwt/inspect.ts";
export type { VerifierOptions } from "./jwt/policy.ts";
export type { Profile } from "./jwt/profile.ts";
export type { Revocations } from "./jwt/revocation-check.ts";
export type { JsonSafe, ManagedClaims, SignClaims } from "./jwt/signable.ts";
export type { AsyncSigner, Signer } from "./jwt/signer.ts";
export { createSigner } from "./jwt/signer.ts";
export type { SignerOptions, SigningKey, SignOptions } from "./jwt/signer-options.ts";
export type { UsedTokens } from "./jwt/single-use.ts";
export type { SchemaOutput, SchemaResult, StandardSchema } from "./jwt/standard-schema.ts";
export type { TokenKind } from "./jwt/token-kind.ts";
export type {
  ClaimsFrom,
  Present,
  RegisteredClaims,
  RegisteredName,
  Verified,
  VerifiedClaims,
  VerifiedMark,
  WithSchema,
} from "./jwt/verified.ts";
export type { AsyncVerifier, ClaimsOf, Result, Verifier } from "./jwt/verifier.ts";
export { createVerifier } from "./jwt/verifier.ts";
export type { VerifyAsyncOptions, VerifyOptions } from "./jwt/verify-options.ts";
export { createRevocationList, type RevocationListOptions } from "./revocation/create-revocation-list.ts";
export type { RevocationEvent } from "./revocation/events.ts";
export type { ListState } from "./revocation/freshness.ts";
export type { RevocationList, RevocationStatus } from "./revocation/revocation-list.ts";
export { type RevocationEntry, revoke } from "./revocation/revoke.ts";
export type { Attempt } from "./session/attempt.ts";
export type { SessionEvent } from "./session/events.ts";
export { createSessions } from "./session/sessions.ts";
export type {
  RefreshedTokens,
  RefreshOptions,
  ReplicaOptions,
  Session,
  SessionBinding,
  SessionPage,
  Sessions,
  SessionsOptions,
  StartInput,
  Tokens,
} from "./session/types.ts";
export type {
  Binding,
  CreateFamily,
  CreateOutcome,
  Ending,
  Epochs,
  Family,
  FamilyReading,
  ReplicaWish,
  RotateCommand,
  RotateOutcome,
  SessionStore,
  SubjectAddress,
  SubjectReading,
} from "./store/contract.ts";
export type { MemoryStoreOptions } from "./store/memory.ts";
export { memoryStore } from "./store/memory.ts";
export type {
  Revocation,
  RevokedEveryone,
  RevokedKey,
  RevokedSession,
  RevokedSubject,
  RevokedToken,
} from "./store/revocation.ts";
export type {
  FeedChanges,
  FeedCursor,
  FeedReader,
  FeedSnapshot,
  RevocationFeed,
  RevocationRequest,
} from "./store/revocation-feed.ts";
export type { Clock, Duration } from "./time.ts";
export { seconds } from "./time.ts";
