/** What sessions take and give: the public types of this floor. */
import type { JsonObject } from "../encoding/json.ts";
import type { AsyncSigner } from "../jwt/signer.ts";
import type { SessionStore } from "../store/contract.ts";
import type { Clock, Duration } from "../time.ts";
import type { Attempt } from "./attempt.ts";
import type { SessionEvent } from "./events.ts";

/** One login of one subject, as it is listed and as `claims` is asked about it. */
export interface Session<M extends JsonObject = JsonObject> {
  readonly sessionId: string;
  readonly subject: string;
  readonly metadata: M;
  readonly createdAt: Date;
  readonly lastRefreshedAt: Date;
  /** Moves with every rotation, up to `absoluteExpiresAt`. */
  readonly idleExpiresAt: Date;
  /** Never moves. */
  readonly absoluteExpiresAt: Date;
  /** Who alone may refresh it; empty where anybody who holds the refresh token may. */
  readonly binding: SessionBinding;
}

/** What a client gets at login and at each refresh: RFC 6749 §5.1, in camel case. */
export interface Tokens {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly tokenType: "Bearer" | "DPoP";
  /** Seconds that the access token lives from now. */
  readonly expiresIn: number;
  /** Whole seconds until the session expires unless it is refreshed. */
  readonly refreshExpiresIn: number;
  readonly sessionId: string;
}

/** Who alone may refresh a session. */
export interface SessionBinding {
  /** RFC 7638 thumbprint of the client's DPoP key (RFC 9449), base64url. */
  readonly jkt?: string;
  readonly clientId?: string;
}

export interface RefreshOptions {
  /** Lets a client that lost a reply retry for as long as `attemptWindow`. */
  readonly attempt?: Attempt;
  /** What the request proved. A bound session refuses another key or client, and is not harmed by it. */
  readonly binding?: SessionBinding;
}

export interface RefreshedTokens extends Tokens {
  /** `replayed`: a retry, which got the successor that the first request made. */
  readonly outcome: "rotated" | "replayed";
}

export interface StartInput<M extends JsonObject = JsonObject> {
  /** Becomes `sub`: 1 to 1024 bytes. */
  readonly subject: string;
  /** At most 4 KiB of JSON; kept beside the session, shown in lists and to `claims`. */
  readonly metadata?: M;
  readonly binding?: SessionBinding;
  /** What `epoch()` answered before the password was checked. */
  readonly epoch?: number;
}

/**
 * For stores that acknowledge before they have copied, such as Redis: the ending is told as done only when so many
 * replicas hold it. Where they do not in time the call rejects with STORE_UNAVAILABLE: the session has ended, and a
 * failover may lose that. Calling again is harmless.
 */
export interface ReplicaOptions {
  /** At least 1. */
  readonly replicas?: number;
  /** Default 2000: replicas of Redis tell how far they are once a second. */
  readonly timeoutMs?: number;
}

export interface SessionPage<M extends JsonObject = JsonObject> {
  /** Newest first. */
  readonly sessions: readonly Session<M>[];
  /** Pass it as `after` for the next page; undefined on the last. */
  readonly next: string | undefined;
}

export interface SessionsOptions<M extends JsonObject = JsonObject> {
  /** From `createSigner`, with an `expiresIn`. */
  readonly signer: AsyncSigner;
  readonly store: SessionStore;
  /** [mint, ...accept]; each ≥ 32 bytes; undefined is CONFIG. Deploy a new one as accept first. */
  readonly refreshSecrets: readonly [string | Uint8Array | undefined, ...(string | Uint8Array)[]];
  /** A session ends when it was not refreshed for so long. At most `absolute`. */
  readonly idle: Duration;
  /** A session ends so long after its start, however often it was refreshed. */
  readonly absolute: Duration;
  /** How long a token that was refreshed already gets the same successor again. Default 30 seconds. */
  readonly grace?: Duration;
  /** The same for a client that proves by its attempt that it is the one that won. At least `grace`. Default 10 minutes. */
  readonly attemptWindow?: Duration;
  /** What a token means that the store has not heard of yet: it lost writes. Default "end", which is never called theft. */
  readonly onRegressed?: "end" | "heal";
  /** Generations in a row with an unexplained replay before the session ends as reused. Default: report only. */
  readonly maxReplayStreak?: number;
  readonly maxPerSubject?: { readonly count: number; readonly whenFull: "evict-oldest" | "refuse" };
  /**
   * Claims for the access token. Asked before anything is committed, at start and at every refresh. `null` ends the
   * session (`denied`): the user was deleted or banned. What it throws is thrown on, and nothing has rotated.
   */
  readonly claims?: (session: Session<M>) => object | null | Promise<object | null>;
  /** Told every outcome. What it throws changes none; it becomes a process warning. */
  readonly onEvent?: (event: SessionEvent) => void;
  /** Only says when to sweep; sessions live by the store's clock. Default: this machine's time. */
  readonly clock?: Clock | undefined;
}

/** Logins that last: started once, refreshed often, ended at will. */
export interface Sessions<M extends JsonObject = JsonObject> {
  /**
   * A number that moves when the subject, or everyone, is logged out everywhere. Read it before the password is checked
   * and give it to `start`, so that a login that was under way does not survive the logout.
   * @throws STORE_UNAVAILABLE
   */
  epoch(subject: string): Promise<number>;
  /**
   * Starts a session for a subject that has just proved who it is.
   * @throws SESSION_LIMIT; SESSION_ENDED with reason `epoch` where the epoch has moved, or `denied` where `claims`
   *   answered null: nothing was started; STORE_UNAVAILABLE; SIGNER_UNAVAILABLE; CONFIG
   */
  start(input: StartInput<M>): Promise<Tokens>;
  /**
   * Exchanges a refresh token for its successor and an access token. Within `grace`, a token that was exchanged already
   * gets the same successor, so that a lost reply logs nobody out; later it ends the session, since two hold it.
   * @throws REFRESH_INVALID for what no configured secret made; REFRESH_REUSED; SESSION_ENDED with its reason; BINDING;
   *   REQUEST_INVALID for a malformed attempt. Keep the token and retry after STORE_UNAVAILABLE, KEYS_UNAVAILABLE and
   *   SIGNER_UNAVAILABLE
   */
  refresh(refreshToken: string, options?: RefreshOptions): Promise<RefreshedTokens>;
  /**
   * The subject's live sessions, newest first.
   * @param page `limit` 1 to 100, default 20; `after` is the `next` of the page before
   * @throws REQUEST_INVALID for another `after`; STORE_UNAVAILABLE
   */
  list(subject: string, page?: { readonly limit?: number; readonly after?: string }): Promise<SessionPage<M>>;
  /** The session of an id while it lives, else undefined. @throws REQUEST_INVALID for what is no session id; STORE_UNAVAILABLE */
  find(sessionId: string): Promise<Session<M> | undefined>;
  /**
   * The session that this refresh token would refresh now, from the client that it is bound to; undefined for a token
   * that is no more accepted. Exchanges nothing, and takes an old token for no theft.
   * @throws STORE_UNAVAILABLE; KEYS_UNAVAILABLE where its secret is not configured here
   */
  findByToken(refreshToken: string): Promise<Session<M> | undefined>;
  /**
   * Ends one session. Idempotent.
   * @throws REQUEST_INVALID for what is no session id; STORE_UNAVAILABLE, also where fewer `replicas` hold it; CONFIG
   *   for `replicas` of a store that has none to ask
   */
  end(sessionId: string, options?: ReplicaOptions): Promise<void>;
  /**
   * Ends the session of a refresh token: logout with the cookie alone, whatever the token's age. Idempotent; what no
   * configured secret made is no error, since there is nothing to end.
   * @param options `clientId`: who asks. A session that is bound to another client is BINDING, and lives on
   * @throws BINDING; STORE_UNAVAILABLE; KEYS_UNAVAILABLE where its secret is not configured here, so that it may still live
   */
  endByToken(refreshToken: string, options?: { readonly clientId?: string }): Promise<void>;
  /**
   * Ends all sessions of a subject, but for one.
   * @throws REQUEST_INVALID where `except` is no session id; STORE_UNAVAILABLE, also where fewer `replicas` hold it
   */
  endAll(subject: string, options?: ReplicaOptions & { readonly except?: string }): Promise<void>;
  /** Ends every session of this store. Resolves when every shard has acknowledged. @throws STORE_UNAVAILABLE */
  endEveryone(): Promise<void>;
}
