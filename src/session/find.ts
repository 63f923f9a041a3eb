/** Looking at one session: by its id, or by the refresh token that would refresh it. Nothing is written. */
import { decideRotation, endReasonOf } from "../store/family.ts";
import type { SessionContext } from "./context.ts";
import { readSessionId } from "./ending.ts";
import { rotateCommand } from "./refresh.ts";
import { readRefreshToken } from "./refresh-token.ts";
import { sessionOf } from "./session-view.ts";
import type { Session } from "./types.ts";

/** See `Sessions.find`. */
export async function findById({ store }: SessionContext, sessionId: unknown): Promise<Session | undefined> {
  const reading = await store.read(readSessionId("find", sessionId).id);
  if (reading === undefined) return undefined;
  const { family, epochs, nowMs } = reading;
  return endReasonOf(family, epochs, nowMs) === undefined ? sessionOf(family) : undefined;
}

/** See `Sessions.findByToken`. The verdict is the one that a refresh would get, from the rules that stores run. */
export async function findByToken(context: SessionContext, text: unknown): Promise<Session | undefined> {
  const presented = readRefreshToken(text, context.secrets);
  const reading = presented && (await context.store.read(presented.sessionId));
  if (presented === undefined || reading === undefined) return undefined;
  const { family, epochs, nowMs } = reading;
  const command = { ...rotateCommand(context, presented, {}), binding: family.binding };
  const { outcome } = decideRotation({ family, epochs, command, clockMs: nowMs });
  return outcome.outcome === "rotated" || outcome.outcome === "replayed" ? sessionOf(family) : undefined;
}
