/** Exchanging a refresh token for its successor: RFC 6749 §6, with the rotation of RFC 9700 §4.14.2. */
import { type EndReason, tokenError } from "../errors.ts";
import { checkNames } from "../options.ts";
import type { RotateCommand, RotateOutcome } from "../store/contract.ts";
import { decideRotation } from "../store/family.ts";
import type { AccessToken } from "./access-token.ts";
import { type Attempt, hashAttempt } from "./attempt.ts";
import { type SessionContext, tokensOf } from "./context.ts";
import { endSession } from "./ending.ts";
import type { Emit } from "./events.ts";
import { hashSecret, type RefreshToken, verifyRefreshToken } from "./refresh-token.ts";
import { readBinding } from "./session-view.ts";
import { proposeSuccessor, successorOf } from "./successor.ts";
import type { RefreshedTokens } from "./types.ts";

type Success = Extract<RotateOutcome, { readonly outcome: "rotated" | "replayed" }>;

/** See `Sessions.refresh`. Nothing that can fail follows the commit, and a client that loses the reply may ask again. */
export async function refreshSession(
  context: SessionContext,
  text: unknown,
  options: unknown,
): Promise<RefreshedTokens> {
  const { store, secrets, accessTokens, emit } = context;
  // The MAC first: garbage never reaches the store.
  const presented = verifyRefreshToken(text, secrets);
  const command = rotateCommand(context, presented, options);

  let prepared: AccessToken | undefined;
  if (accessTokens.followsCommit) accessTokens.checkReady();
  else prepared = await prepare(context, command);

  const outcome = await store.rotate(command);
  report(outcome, presented, emit);
  const success = requireSuccess(outcome);
  if (prepared === undefined && !accessTokens.followsCommit) {
    // A reading behind the verdict (a replica's). Nothing is lost: the retry is a replay.
    throw tokenError("STORE_UNAVAILABLE", "the session store read an older state than it decided on; try again");
  }

  const { family } = success;
  // A family that has rotated has a salt: it came with the proposal that won.
  const refreshToken = successorOf(presented, family.salt as string, secrets.byId(family.keyId));
  const tokens = tokensOf(context, success, refreshToken, prepared ?? accessTokens.sign(success));
  return { ...tokens, outcome: success.outcome };
}

/**
 * Claims and signature, thrown away unless the rotation succeeds. Undefined where the reading says that it will not:
 * then nobody is asked, and the store gives its verdict.
 */
async function prepare(context: SessionContext, command: RotateCommand): Promise<AccessToken | undefined> {
  const reading = await context.store.read(command.sessionId);
  if (reading === undefined) return undefined;
  const { family, epochs, nowMs } = reading;
  const { outcome } = decideRotation({ family, epochs, command, clockMs: nowMs });
  if (outcome.outcome !== "rotated" && outcome.outcome !== "replayed") return undefined;
  const prepared = await context.accessTokens.prepare({ family, nowMs });
  if (prepared === undefined) {
    await endSession(context, command.sessionId, "denied");
    throw sessionEnded("denied");
  }
  return prepared;
}

/** What a store is asked with a presented token. @throws CONFIG, REQUEST_INVALID for the options */
export function rotateCommand(
  { policy, secrets }: SessionContext,
  presented: RefreshToken,
  options: unknown,
): RotateCommand {
  checkNames("refresh", options, ["attempt", "binding"]);
  const { attempt, binding } = options as { readonly attempt?: Attempt; readonly binding?: unknown };
  return {
    sessionId: presented.sessionId,
    generation: presented.generation,
    presentedHash: hashSecret(presented.secret),
    proposal: proposeSuccessor(presented, secrets.mint),
    attempt: hashAttempt(attempt, presented),
    binding: binding === undefined ? undefined : readBinding("refresh", binding),
    graceMs: policy.graceMs,
    attemptWindowMs: policy.attemptWindowMs,
    idleMs: policy.idleMs,
    maxReplayStreak: policy.maxReplayStreak,
    onRegressed: policy.onRegressed,
  };
}

function report(outcome: RotateOutcome, { sessionId, generation: presented }: RefreshToken, emit: Emit): void {
  const subject = outcome.family?.subject;
  if (outcome.outcome === "binding" || subject === undefined) {
    emit({ type: "refused", sessionId, subject, reason: outcome.outcome === "ended" ? outcome.reason : "binding" });
    return;
  }
  switch (outcome.outcome) {
    case "rotated":
    case "replayed": {
      const { generation, replayStreak } = outcome.family;
      emit({ type: outcome.outcome, sessionId, subject, generation, replayStreak });
      return;
    }
    case "reused":
      emit({ type: "reused", sessionId, subject, generation: outcome.family.generation, presented });
      emit({ type: "ended", sessionId, subject, reason: "reuse" });
      return;
    case "ended":
      emit({ type: outcome.endedNow ? "ended" : "refused", sessionId, subject, reason: outcome.reason });
  }
}

function requireSuccess(outcome: RotateOutcome): Success {
  switch (outcome.outcome) {
    case "rotated":
    case "replayed":
      return outcome;
    case "reused":
      throw tokenError(
        "REFRESH_REUSED",
        "the refresh token was used already: two may hold it, and the session was ended",
      );
    case "binding":
      throw tokenError("BINDING", "the session is bound to another key or client");
    case "ended":
      throw sessionEnded(outcome.reason);
  }
}

function sessionEnded(reason: EndReason): Error {
  return tokenError("SESSION_ENDED", `the session is over (${reason}): log in again`, { reason });
}
