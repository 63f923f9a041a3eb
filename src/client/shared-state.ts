/** What the tabs of one session must agree on, in storage that outlives each of them. No token is ever in it. */
import { encodeBase64url } from "./base64url.ts";
import type { TextStorage } from "./platform.ts";

export interface SharedState {
  /** The verifier of a refresh that was sent, or was about to be, and has had no final answer. */
  readonly attempt?: string | undefined;
  /** A refresh that nobody answered may arrive until then: its successor must not be presented before. Milliseconds since 1970. */
  readonly mayArriveUntilMs?: number | undefined;
  /** Names the newest access token that any tab got. */
  readonly newest?: string | undefined;
  /** Names the last sign-out: what was got before it is worth nothing after. */
  readonly ended?: string | undefined;
}

export interface SharedStateFile {
  read(): SharedState;
  /** Lays `changes` over what is there. */
  write(changes: SharedState): void;
}

/** The state of the session behind one refresh endpoint. */
export function sharedState(storage: TextStorage, refreshUrl: string): SharedStateFile {
  const name = `rejwt:${refreshUrl}`;
  const read = (): SharedState => parse(storage.getItem(name));
  return {
    read,
    write: (changes) => {
      try {
        storage.setItem(name, JSON.stringify({ ...read(), ...changes }));
      } catch {
        // A full disk costs what this is for, a retry after this tab is killed, and no more.
      }
    },
  };
}

/** A name that nobody else makes: 128 random bits. */
export function freshName(): string {
  return encodeBase64url(crypto.getRandomValues(new Uint8Array(16)));
}

/** Any script of the origin may have written here. */
function parse(text: string | null): SharedState {
  let value: unknown;
  try {
    value = JSON.parse(text ?? "{}");
  } catch {
    return {};
  }
  if (typeof value !== "object" || value === null) return {};
  const { attempt, mayArriveUntilMs, newest, ended } = value as Record<string, unknown>;
  return {
    attempt: typeof attempt === "string" && /^[\w-]{22,86}$/.test(attempt) ? attempt : undefined,
    mayArriveUntilMs: typeof mayArriveUntilMs === "number" ? mayArriveUntilMs : undefined,
    newest: typeof newest === "string" ? newest : undefined,
    ended: typeof ended === "string" ? ended : undefined,
  };
}
