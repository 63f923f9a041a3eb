/** What the operations of one `createSessions` share, and the reply that two of them give. */
import type { Family } from "../store/contract.ts";
import type { AccessToken, AccessTokens, FamilyMoment } from "./access-token.ts";
import type { Emit } from "./events.ts";
import type { GuardedStore } from "./guarded-store.ts";
import type { Policy } from "./policy.ts";
import type { RefreshSecrets } from "./refresh-secrets.ts";
import type { Tokens } from "./types.ts";

export interface SessionContext {
  readonly policy: Policy;
  readonly store: GuardedStore;
  readonly secrets: RefreshSecrets;
  readonly accessTokens: AccessTokens;
  readonly emit: Emit;
}

/** The reply for a family that was just stored, or replayed. */
export function tokensOf(
  { accessTokens }: SessionContext,
  { family, nowMs }: FamilyMoment,
  refreshToken: string,
  accessToken: AccessToken,
): Tokens {
  const ageSeconds = Math.max(0, Math.floor((nowMs - accessToken.issuedAtMs) / 1000));
  return {
    accessToken: accessToken.text,
    refreshToken,
    tokenType: isBoundToKey(family) ? "DPoP" : "Bearer",
    expiresIn: Math.max(0, accessTokens.expiresIn - ageSeconds),
    refreshExpiresIn: Math.max(0, Math.floor((family.idleExpiresAtMs - nowMs) / 1000)),
    sessionId: family.sessionId,
  };
}

function isBoundToKey({ binding }: Family): boolean {
  return binding?.jkt !== undefined;
}
