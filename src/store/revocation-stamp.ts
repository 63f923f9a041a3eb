/** Entries as stores write them: what is to be revoked, with the store's time on it. */
import { checkRequest, endOfToken } from "./kept-revocations.ts";
import { type Revocation, revokedUntilMs } from "./revocation.ts";
import type { RevocationRequest } from "./revocation-feed.ts";

/** What a store knows when it writes. */
export interface Stamp {
  /** Its clock, read once for the operation. */
  readonly atMs: number;
  readonly maxTokenLifeMs: number;
}

/** The entry of a session that ended. */
export function sessionRevocation(sessionId: string, { atMs, maxTokenLifeMs }: Stamp): Revocation {
  return { kind: "session", sessionId, untilMs: revokedUntilMs(atMs, maxTokenLifeMs) };
}

/** The entry of a subject whose sessions ended. @param epoch what it was raised to; undefined where no session was asked */
export function subjectRevocation(
  subject: string,
  epoch: number | undefined,
  { atMs, maxTokenLifeMs }: Stamp,
): Revocation {
  return { kind: "subject", subject, epoch, atMs, untilMs: revokedUntilMs(atMs, maxTokenLifeMs) };
}

/** The entry of a shard whose sessions ended. */
export function everyoneRevocation(
  shard: number,
  epoch: number | undefined,
  { atMs, maxTokenLifeMs }: Stamp,
): Revocation {
  return { kind: "everyone", shard, epoch, atMs, untilMs: revokedUntilMs(atMs, maxTokenLifeMs) };
}

/**
 * The entry that somebody asked for who has no sessions.
 * @param shard the one that it is written to
 * @throws CONFIG for what no reader would understand
 */
export function requestedRevocation(
  where: string,
  request: RevocationRequest,
  shard: number,
  stamp: Stamp,
): Revocation {
  checkRequest(where, request);
  switch (request.kind) {
    case "token":
      return { kind: "token", jti: request.jti, untilMs: endOfToken(request.expiresAtMs) };
    case "session":
      return sessionRevocation(request.sessionId, stamp);
    case "subject":
      return subjectRevocation(request.subject, undefined, stamp);
    case "everyone":
      return everyoneRevocation(shard, undefined, stamp);
    case "key":
      return request;
  }
}
