/** Ending sessions: one, one by its token, a subject's, everyone's. All idempotent. */
import { type EndReason, isTokenError, tokenError } from "../errors.ts";
import { checkDefined, checkNames } from "../options.ts";
import { parseSessionId } from "../store/session-id.ts";
import { addressOf } from "./address.ts";
import type { SessionContext } from "./context.ts";
import { readRefreshToken } from "./refresh-token.ts";
import { REPLICA_OPTIONS, readReplicaWish, requireReplicas } from "./replicas.ts";

/** Ends one session, and tells it where this call was the one. */
export async function endSession({ store, emit }: SessionContext, sessionId: string, reason: EndReason): Promise<void> {
  const family = await store.endFamily(sessionId, reason);
  if (family !== undefined) emit({ type: "ended", sessionId, subject: family.subject, reason });
}

/** See `Sessions.end`. */
export async function endById(context: SessionContext, sessionId: unknown, options: object): Promise<void> {
  checkNames("end", options, REPLICA_OPTIONS);
  const wish = readReplicaWish("end", options, context);
  const { id, shard } = readSessionId("end", sessionId);
  await endSession(context, id, "logout");
  await requireReplicas(context, shard, wish);
}

/** See `Sessions.endByToken`. Logging out with an old token is no theft: there is nothing left to steal. */
export async function endByToken(context: SessionContext, text: unknown, options: unknown): Promise<void> {
  checkNames("endByToken", options, ["clientId"]);
  checkDefined("endByToken", options as object, ["clientId"]);
  const { clientId } = options as { readonly clientId?: unknown };
  const token = readRefreshToken(text, context.secrets);
  if (token === undefined) return;
  if (clientId !== undefined) {
    const bound = (await context.store.read(token.sessionId))?.family.binding?.clientId;
    if (bound !== undefined && bound !== clientId)
      throw tokenError("BINDING", "the session is bound to another client");
  }
  await endSession(context, token.sessionId, "logout");
}

/** See `Sessions.endAll`. */
export async function endAll(context: SessionContext, subject: unknown, options: unknown): Promise<void> {
  const { store, secrets, emit } = context;
  checkNames("endAll", options, ["except", ...REPLICA_OPTIONS]);
  // `{ except: undefined }` would end the session that was to stay.
  checkDefined("endAll", options as object, ["except"]);
  const wish = readReplicaWish("endAll", options as object, context);
  const { except } = options as { readonly except?: unknown };
  const kept = except === undefined ? undefined : readSessionId("endAll: except", except).id;
  const address = addressOf("endAll", subject, secrets, store.shards);
  const { ended } = await store.bumpSubject(address, { except: kept });
  for (const sessionId of ended) emit({ type: "ended", sessionId, subject: address.subject, reason: "logout" });
  await requireReplicas(context, address.shard, wish);
}

/** See `Sessions.endEveryone`. */
export async function endEveryone({ store }: SessionContext): Promise<void> {
  const shards = Array.from({ length: store.shards }, (_, shard) => shard);
  const results = await Promise.allSettled(shards.map((shard) => untilAcknowledged(() => store.bumpEveryone(shard))));
  const failed = results.find((result) => result.status === "rejected");
  if (failed !== undefined) throw failed.reason;
}

const ATTEMPTS = 5;
const FIRST_PAUSE_MS = 50;

/** Retries an outage, with pauses that double: raising an epoch once more than needed harms nobody. */
async function untilAcknowledged(call: () => Promise<unknown>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await call();
      return;
    } catch (error) {
      if (attempt === ATTEMPTS || !isTokenError(error) || !error.retryable) throw error;
      await new Promise((resolve) => setTimeout(resolve, FIRST_PAUSE_MS * 2 ** (attempt - 1)));
    }
  }
}

/** @throws REQUEST_INVALID for what is no session id */
export function readSessionId(where: string, sessionId: unknown): { readonly id: string; readonly shard: number } {
  // A subject or a token passed by mistake must not look like a logout that worked.
  const parsed = parseSessionId(sessionId);
  if (parsed !== undefined) return { id: sessionId as string, shard: parsed.shard };
  throw tokenError("REQUEST_INVALID", `${where}: this is not a session id`);
}
