/** Who is asked: the rules of rotation over one record, with texts that cost nothing to make. */
import type { Epochs, Family, RotateCommand } from "../../src/store/contract.ts";
import {
  type Decision,
  decideRotation,
  endFamily,
  nextEpoch,
  type Presentation,
  startFamily,
} from "../../src/store/family.ts";
import type { Terms } from "./terms.ts";

export interface Token {
  readonly text: string;
  readonly generation: number;
}

export interface Request {
  readonly token: Token;
  /** What the sender made for this refresh; `proven` where it sends the verifier itself, as a retry does. */
  readonly attempt: { readonly verifier: string; readonly proven: boolean } | undefined;
  /** The key that the sender can prove to hold. */
  readonly key: string | undefined;
  /** Index of the app server that the request reaches. */
  readonly appServer: number;
}

export type Answer =
  | { readonly outcome: "rotated" | "replayed"; readonly successor: Token }
  | { readonly outcome: "reused" | "binding"; readonly successor?: undefined }
  | { readonly outcome: "ended"; readonly reason: string; readonly successor?: undefined };

export interface Server {
  start(): Token | Promise<Token>;
  refresh(request: Request): Answer | Promise<Answer>;
  logOut(how: "session" | "subject" | "everyone"): void | Promise<void>;
}

/** The rules of this package, or of one that gets them wrong. Only the latter look at the app server's clock. */
export type Rules = (presentation: Presentation, appClockMs: number) => Decision;

const session = "session";
const address = { subject: "ann", shard: 0, tags: [] };

/** A server that runs the rules in one step, as every store must. Of a text, the hash is the text. */
export function familyServer(
  terms: Terms,
  storeMs: () => number,
  trueMs: () => number,
  rules: Rules = decideRotation,
): Server {
  let epochs: Epochs = { subject: 0, everyone: 0 };
  let family: Family | undefined;
  let salts = 0;
  return {
    start() {
      const { key, idleMs, absoluteMs } = terms;
      const binding = key === undefined ? undefined : { jkt: key };
      const command = { sessionId: session, address, secretHash: "s0", keyId: "k", idleMs, absoluteMs, binding };
      family = startFamily(
        { ...command, metadata: "{}", expectedEpoch: undefined, limit: undefined },
        epochs,
        storeMs(),
      );
      return { text: "s0", generation: 0 };
    },
    refresh({ token, attempt, key, appServer }) {
      const { graceMs, attemptWindowMs, idleMs, maxReplayStreak } = terms;
      const salt = `s${++salts}`;
      const command: RotateCommand = {
        sessionId: session,
        generation: token.generation,
        presentedHash: token.text,
        proposal: { secretHash: successorOf(token, salt).text, salt, keyId: "k" },
        attempt: attempt && { hash: `${token.generation} ${attempt.verifier}`, verified: attempt.proven },
        binding: key === undefined ? undefined : { jkt: key },
        graceMs,
        attemptWindowMs,
        idleMs,
        maxReplayStreak,
        onRegressed: "end",
      };
      const appClockMs = trueMs() + (terms.skewsMs[appServer] ?? 0);
      const { outcome, next } = rules({ family, epochs, command, clockMs: storeMs() }, appClockMs);
      if (next !== undefined) family = next;
      switch (outcome.outcome) {
        case "rotated":
        case "replayed":
          return { outcome: outcome.outcome, successor: successorOf(token, String(outcome.family.salt)) };
        case "ended":
          return { outcome: "ended", reason: outcome.reason };
        default:
          return { outcome: outcome.outcome };
      }
    },
    logOut(how) {
      if (how === "session" && family !== undefined) family = endFamily(family, "logout", storeMs());
      else epochs = { ...epochs, [how]: nextEpoch(epochs[how === "subject" ? how : "everyone"], storeMs()) };
    },
  };
}

/** Derived from what was presented and the stored salt, like the real one. */
function successorOf({ text, generation }: Token, salt: string): Token {
  // Only the nearest ancestor: texts would grow with every generation, and the ancestors of one text are its own.
  return { text: `${generation + 1} ${salt} ${text.slice(0, 12)}`, generation: generation + 1 };
}
