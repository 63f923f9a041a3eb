/** `createSessions`: logins that last, over any session store. */
import type { JsonObject } from "../encoding/json.ts";
import { sessionMintOf } from "../jwt/session-mint.ts";
import { startEpoch } from "../store/family.ts";
import { systemClock } from "../time.ts";
import { createAccessTokens } from "./access-token.ts";
import { addressOf } from "./address.ts";
import type { SessionContext } from "./context.ts";
import { endAll, endById, endByToken, endEveryone } from "./ending.ts";
import { createEmit } from "./events.ts";
import { findById, findByToken } from "./find.ts";
import { guardStore } from "./guarded-store.ts";
import { listSessions } from "./list.ts";
import { readPolicy } from "./policy.ts";
import { refreshSession } from "./refresh.ts";
import { readRefreshSecrets } from "./refresh-secrets.ts";
import { startSession } from "./start.ts";
import { createSweeper } from "./sweeper.ts";
import type { Session, SessionPage, Sessions, SessionsOptions } from "./types.ts";

/**
 * Sessions with refresh tokens that are rotated at every use, so that a stolen one is noticed.
 * @throws CONFIG for an option that is unknown, missing, undefined or out of range; KEY_WEAK or KEY_INVALID for a
 *   refresh secret
 */
export function createSessions<M extends JsonObject = JsonObject>(options: SessionsOptions<M>): Sessions<M> {
  const policy = readPolicy(options);
  const { clock = systemClock } = options;
  const context: SessionContext = Object.freeze({
    policy,
    store: guardStore(options.store),
    secrets: readRefreshSecrets(options.refreshSecrets),
    accessTokens: createAccessTokens(sessionMintOf(options.signer), options.claims),
    emit: createEmit(options.onEvent),
  });
  const { store, secrets } = context;
  const sweep = createSweeper(store, clock);

  return Object.freeze<Sessions<M>>({
    epoch: async (subject) => {
      const { epochs } = await store.readSubject(addressOf("epoch", subject, secrets, store.shards));
      return startEpoch(epochs);
    },
    start: async (input) => {
      const tokens = await startSession(context, input);
      sweep();
      return tokens;
    },
    refresh: async (refreshToken, refreshOptions = {}) => {
      const tokens = await refreshSession(context, refreshToken, refreshOptions);
      sweep();
      return tokens;
    },
    // What was stored as M is read as M.
    list: async (subject, page = {}) => (await listSessions(context, subject, page)) as SessionPage<M>,
    find: async (sessionId) => (await findById(context, sessionId)) as Session<M> | undefined,
    findByToken: async (refreshToken) => (await findByToken(context, refreshToken)) as Session<M> | undefined,
    end: (sessionId, endOptions = {}) => endById(context, sessionId, endOptions),
    endByToken: (refreshToken, endOptions = {}) => endByToken(context, refreshToken, endOptions),
    endAll: (subject, endOptions = {}) => endAll(context, subject, endOptions),
    endEveryone: () => endEveryone(context),
  });
}
