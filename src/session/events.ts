/** What happened to sessions, told to `onEvent` and to the `node:diagnostics_channel` named "rejwt:session". */
import { channel } from "node:diagnostics_channel";
import type { EndReason } from "../errors.ts";

/** No event holds a token or anything that could be used as one. */
export type SessionEvent =
  | { readonly type: "started"; readonly sessionId: string; readonly subject: string; readonly generation: number }
  | {
      /** `replayed`: a retry got the same successor. A streak that keeps growing is a second holder within the window. */
      readonly type: "rotated" | "replayed";
      readonly sessionId: string;
      readonly subject: string;
      /** Of the token that was given out. */
      readonly generation: number;
      /** Generations in a row with a replay that no attempt explained. */
      readonly replayStreak: number;
    }
  | {
      /** Theft: two hold the session, and it was ended. Told once; an `ended` event follows. */
      readonly type: "reused";
      readonly sessionId: string;
      readonly subject: string;
      /** The session's, and the presented token's. */
      readonly generation: number;
      readonly presented: number;
    }
  /** An operation ended the session. Told once. A session that expires, or ends with everyone's, does so untold. */
  | { readonly type: "ended"; readonly sessionId: string; readonly subject: string; readonly reason: EndReason }
  | {
      /** A refresh that changed nothing: the session was over, or the key or client was another. */
      readonly type: "refused";
      readonly sessionId: string;
      /** Undefined where there is no record of the session. */
      readonly subject: string | undefined;
      readonly reason: EndReason | "binding";
    };

export type Emit = (event: SessionEvent) => void;

const CHANNEL = /* @__PURE__ */ channel("rejwt:session");

/** Tells both audiences. A listener that throws, or rejects, changes no outcome. */
export function createEmit(onEvent: ((event: SessionEvent) => unknown) | undefined): Emit {
  return (event) => {
    Object.freeze(event);
    CHANNEL.publish(event);
    if (onEvent === undefined) return;
    try {
      Promise.resolve(onEvent(event)).catch(warn);
    } catch (error) {
      warn(error);
    }
  };
}

function warn(error: unknown): void {
  const name = error instanceof Error ? error.name : typeof error;
  process.emitWarning(`onEvent of createSessions threw (${name})`, { type: "RejwtWarning", code: "REJWT_LISTENER" });
}
