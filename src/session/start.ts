/** Starting a session. */
import { tokenError } from "../errors.ts";
import { checkDefined, checkNames, countOption } from "../options.ts";
import type { CreateFamily } from "../store/contract.ts";
import { startFamily } from "../store/family.ts";
import type { AccessToken } from "./access-token.ts";
import { addressOf, createSessionId } from "./address.ts";
import { type SessionContext, tokensOf } from "./context.ts";
import { takeRandom } from "./random-pool.ts";
import { formatRefreshToken, hashSecret, TOKEN_SECRET_BYTES } from "./refresh-token.ts";
import { metadataText, readNewBinding } from "./session-view.ts";
import type { Tokens } from "./types.ts";

/** See `Sessions.start`. Nothing that can fail follows the commit. */
export async function startSession(context: SessionContext, input: unknown): Promise<Tokens> {
  const { store, secrets, accessTokens, emit } = context;
  const secret = takeRandom(TOKEN_SECRET_BYTES);
  const command = createCommand(context, input, hashSecret(secret));

  let prepared: AccessToken | undefined;
  if (accessTokens.followsCommit) accessTokens.checkReady();
  else prepared = await prepare(context, command);

  const result = await store.create(command);
  if (result.outcome === "full") throw tokenError("SESSION_LIMIT", "the subject has as many sessions as it may have");
  if (result.outcome === "epoch-moved") {
    throw tokenError("SESSION_ENDED", "the subject was logged out everywhere while it logged in", { reason: "epoch" });
  }

  const { family, evicted } = result;
  const { sessionId, subject, generation } = family;
  for (const id of evicted) emit({ type: "ended", sessionId: id, subject, reason: "evicted" });
  emit({ type: "started", sessionId, subject, generation });
  const refreshToken = formatRefreshToken({ sessionId, generation, secret }, secrets.mint);
  return tokensOf(context, result, refreshToken, prepared ?? accessTokens.sign(result));
}

/** Claims and signature from what the session will be, as far as the store can say before it exists. */
async function prepare({ store, accessTokens }: SessionContext, command: CreateFamily): Promise<AccessToken> {
  const { nowMs, epochs } = await store.readSubject(command.address);
  const prepared = await accessTokens.prepare({ family: startFamily(command, epochs, nowMs), nowMs });
  if (prepared === undefined) {
    throw tokenError("SESSION_ENDED", "`claims` denied the session, and it was not started", { reason: "denied" });
  }
  return prepared;
}

function createCommand({ policy, store, secrets }: SessionContext, input: unknown, secretHash: string): CreateFamily {
  checkNames("start", input, ["subject", "metadata", "binding", "epoch"]);
  const { subject, metadata, binding, epoch } = input as Readonly<Record<string, unknown>>;
  checkDefined("start", input as object, ["binding", "epoch"]);
  const address = addressOf("start", subject, secrets, store.shards);
  return {
    sessionId: createSessionId(address, secrets.mint),
    address,
    secretHash,
    keyId: secrets.mint.id,
    idleMs: policy.idleMs,
    absoluteMs: policy.absoluteMs,
    binding: binding === undefined ? undefined : readNewBinding(binding),
    metadata: metadataText(metadata),
    expectedEpoch: epoch === undefined ? undefined : countOption("start", "epoch", epoch, 0),
    limit: policy.limit,
  };
}
