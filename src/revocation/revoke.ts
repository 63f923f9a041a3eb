/** Revoking without sessions: the writer's side of a feed. */
import { isTokenError, tokenError } from "../errors.ts";
import { checkDefined, checkNames, configError, textOption } from "../options.ts";
import type { RevocationFeed, RevocationRequest } from "../store/revocation-feed.ts";
import { type Duration, durationOption } from "../time.ts";

/** What is to be revoked: one token, a session, all of a subject's or of everybody's tokens until now, or a key's. */
export type RevocationEntry =
  /** `exp` as the token has it: seconds since 1970. */
  | { readonly jti: string; readonly exp: number }
  | { readonly sessionId: string }
  | { readonly subject: string }
  | { readonly everyone: true }
  | { readonly kid: string };

const WHERE = "revoke";
const LONGEST_TEXT = 1024;

/**
 * Writes an entry. Verifiers that hold a list of this feed refuse what it matches, within their bound. Tokens issued later
 * pass: a subject, and everyone, are revoked up to the store's present time. Idempotent.
 * @param options `tokenLife`: how long the access tokens live that this must outlast
 * @throws CONFIG for a malformed entry, or tokens that live longer than the feed keeps entries; STORE_UNAVAILABLE
 */
export async function revoke(
  feed: RevocationFeed,
  entry: RevocationEntry,
  options: { readonly tokenLife: Duration },
): Promise<void> {
  if (typeof feed?.addRevocation !== "function")
    throw configError(WHERE, "the first argument must be a revocation feed");
  checkNames(WHERE, options, ["tokenLife"]);
  checkDefined(WHERE, options, ["tokenLife"]);
  const life = durationOption(WHERE, "tokenLife", options.tokenLife);
  if (life * 1000 > feed.maxTokenLifeMs) {
    throw configError(
      WHERE,
      `option "tokenLife" is more than the ${feed.maxTokenLifeMs / 1000} s for which the feed keeps entries: raise its maxTokenLife`,
    );
  }
  const request = readEntry(entry);
  try {
    await feed.addRevocation(request);
  } catch (error) {
    if (isTokenError(error)) throw error;
    throw tokenError("STORE_UNAVAILABLE", "the revocation was not written: try again", { cause: error });
  }
}

function readEntry(entry: unknown): RevocationRequest {
  checkNames(`${WHERE}: entry`, entry, ["jti", "exp", "sessionId", "subject", "everyone", "kid"]);
  const members = entry as Partial<Record<"jti" | "exp" | "sessionId" | "subject" | "everyone" | "kid", unknown>>;
  const names = Object.keys(members).sort().join(" ");
  switch (names) {
    case "exp jti": {
      const { exp } = members;
      if (typeof exp !== "number" || !Number.isFinite(exp) || exp < 0) {
        throw configError(WHERE, "the entry's `exp` must be the token's own: seconds since 1970");
      }
      return { kind: "token", jti: textOf("jti", members.jti), expiresAtMs: Math.ceil(exp * 1000) };
    }
    case "sessionId":
      return { kind: "session", sessionId: textOf("sessionId", members.sessionId) };
    case "subject":
      return { kind: "subject", subject: textOf("subject", members.subject) };
    case "kid":
      return { kind: "key", kid: textOf("kid", members.kid) };
    case "everyone":
      if (members.everyone === true) return { kind: "everyone" };
  }
  throw configError(
    WHERE,
    "the entry must be one of { jti, exp }, { sessionId }, { subject }, { everyone: true }, { kid }",
  );
}

function textOf(name: string, value: unknown): string {
  const text = textOption(`${WHERE}: entry`, name, value);
  if (text.length > LONGEST_TEXT)
    throw configError(WHERE, `the entry's ${name} is longer than ${LONGEST_TEXT} characters`);
  return text;
}
