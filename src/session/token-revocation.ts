/** Revoking a token that a client hands in: RFC 7009 §2.1. */
import { isTokenError } from "../errors.ts";
import { tokenKind } from "../jwt/token-kind.ts";
import type { AsyncVerifier } from "../jwt/verifier.ts";
import { sessionOfClaims, verifiedClaims } from "./presented-token.ts";
import type { Sessions } from "./types.ts";

export interface RevocationSources {
  readonly sessions: Pick<Sessions, "find" | "end" | "endByToken">;
  /** Of the access tokens; without it none can be revoked. */
  readonly verifier?: AsyncVerifier<object> | undefined;
  /** The client that asks: it may revoke its own tokens and those that are bound to no client. */
  readonly clientId: string;
}

/**
 * `revoked`: it is good no more, also where it never was (RFC 7009 §2.2). `unsupported`: an access token that no session
 * made, so that nothing remembers it. `foreign`: it was issued to another client, and lives on.
 */
export type TokenRevocation = "revoked" | "unsupported" | "foreign";

/**
 * Ends the session of a refresh token, or of an access token that is good now: a session is the grant, and its tokens
 * live and die together (RFC 7009 §2.1). What is no token, or no longer good, is revoked already.
 * @throws STORE_UNAVAILABLE, KEYS_UNAVAILABLE: it may still live, so ask again
 */
export async function revokeToken(token: string, sources: RevocationSources): Promise<TokenRevocation> {
  return tokenKind(token) === "refresh-token" ? revokeRefreshToken(token, sources) : revokeAccessToken(token, sources);
}

/** An old token of a live session ends it too: whoever holds one means the session. */
async function revokeRefreshToken(token: string, { sessions, clientId }: RevocationSources): Promise<TokenRevocation> {
  try {
    await sessions.endByToken(token, { clientId });
    return "revoked";
  } catch (error) {
    if (isTokenError(error) && error.code === "BINDING") return "foreign";
    throw error;
  }
}

async function revokeAccessToken(
  token: string,
  { sessions, verifier, clientId }: RevocationSources,
): Promise<TokenRevocation> {
  if (verifier === undefined) return "unsupported";
  const claims = await verifiedClaims(token, verifier);
  if (claims === undefined) return "revoked";
  const sessionId = sessionOfClaims(claims);
  if (sessionId === undefined) return "unsupported";
  const session = await sessions.find(sessionId);
  if (session === undefined) return "revoked";
  const { clientId: bound } = session.binding;
  if (bound !== undefined && bound !== clientId) return "foreign";
  await sessions.end(sessionId);
  return "revoked";
}
