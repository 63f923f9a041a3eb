/** What every feed in a database does alike with the entries that it keeps. */
import { configError } from "../options.ts";
import { formatRevocation, parseRevocation, REVOCATION_MARGIN_MS, type Revocation } from "./revocation.ts";
import type { RevocationRequest } from "./revocation-feed.ts";

/** For how long an entry is kept after it was written, unless it says its own end. */
export function keptForMs(maxTokenLifeMs: number): number {
  return maxTokenLifeMs + REVOCATION_MARGIN_MS;
}

/**
 * Refuses what no reader could read again: an entry that is kept and not understood would leave every list blind.
 * @throws CONFIG
 */
export function checkRequest(where: string, request: RevocationRequest): void {
  const example = exampleOf(request);
  if (example === undefined || parseRevocation(formatRevocation(example)) === undefined) {
    throw configError(where, "what is revoked must be text of 1 to 1024 characters, and the end of a token a time");
  }
}

/** When the entry of a token ends, in whole milliseconds. */
export function endOfToken(expiresAtMs: number): number {
  return Math.ceil(expiresAtMs) + REVOCATION_MARGIN_MS;
}

function exampleOf(request: RevocationRequest): Revocation | undefined {
  const times = { epoch: undefined, atMs: 0, untilMs: 0 };
  switch (request.kind) {
    case "token":
      return { kind: "token", jti: request.jti, untilMs: endOfToken(request.expiresAtMs) };
    case "session":
      return { ...request, untilMs: 0 };
    case "subject":
      return { ...request, ...times };
    case "everyone":
      return { kind: "everyone", shard: 0, ...times };
    case "key":
      return request;
    default:
      return undefined;
  }
}

/** The entry that a database kept. @throws where it is of a later version, or none: passing over it would be silence */
export function revocationFrom(text: string): Revocation {
  const revocation = parseRevocation(text);
  if (revocation === undefined) throw new Error("the feed holds an entry that this version does not understand");
  return revocation;
}
