/** The feed of revocations in PostgreSQL: reads the list that the functions of sessions write, and writes to it itself. */
import { setTimeout as pause } from "node:timers/promises";
import { checkNames } from "../options.ts";
import type { Duration } from "../time.ts";
import { pollChanges, waitsEnder, withinTime } from "./feed-waiting.ts";
import { checkRequest, endOfToken, keptForMs, revocationFrom } from "./kept-revocations.ts";
import {
  ask,
  checkClient,
  type PostgresClient,
  type PostgresRow,
  type PostgresValue,
  quoteSchema,
} from "./postgres-client.ts";
import { number, text } from "./postgres-rows.ts";
import { readMaxTokenLife } from "./revocation.ts";
import type {
  FeedChanges,
  FeedCursor,
  FeedReader,
  FeedSnapshot,
  RevocationFeed,
  RevocationRequest,
} from "./revocation-feed.ts";

export interface PostgresFeedOptions {
  /** The schema that holds the tables and functions. Default `rejwt`. As the store's. */
  readonly schema?: string | undefined;
  /** The longest life of an access token. Default "1h". As the store's. */
  readonly maxTokenLife?: Duration;
}

/**
 * The feed of what a `postgresStore` of the same schema revokes, and of what is added to it. A reader asks five times a
 * second, one short statement each, which works behind poolers too. The pool must be of the primary: a replica answers late.
 * @param pool as for `postgresStore`; not closed here
 * @throws CONFIG for what has no `query`, an unknown option, or one out of range
 */
export function postgresFeed(pool: PostgresClient, options: PostgresFeedOptions = {}): RevocationFeed {
  checkClient("postgresFeed", pool);
  checkNames("postgresFeed", options, ["schema", "maxTokenLife"]);
  const schema = quoteSchema("postgresFeed", options.schema ?? "rejwt");
  const maxTokenLifeMs = readMaxTokenLife("postgresFeed", options);
  return {
    "~feed": true,
    shards: 1,
    maxTokenLifeMs,
    reader: () => new PostgresFeedReader(pool, schema),
    async addRevocation(request) {
      checkRequest("postgresFeed", request);
      const statement = `SELECT ${schema}.add_revocation($1, $2, $3, $4)`;
      await ask(pool, statement, [...nameOf(request), keptForMs(maxTokenLifeMs)]);
    },
  };
}

/** The letter of the kind, what is revoked as JSON, and the end of a token. */
function nameOf(request: RevocationRequest): readonly [kind: string, what: string, endsMs: number | null] {
  switch (request.kind) {
    case "token":
      return ["t", JSON.stringify(request.jti), endOfToken(request.expiresAtMs)];
    case "session":
      return ["s", JSON.stringify(request.sessionId), null];
    case "subject":
      return ["u", JSON.stringify(request.subject), null];
    case "everyone":
      return ["e", "0", null];
    case "key":
      return ["k", JSON.stringify(request.kid), null];
  }
}

/** How many changes one answer holds at most. */
const MOST_CHANGES = 5000;

/**
 * How many questions may be open at a time. A server that stands still answers none of them, and each holds a connection
 * of the application's pool.
 */
const MOST_UNANSWERED = 3;

class PostgresFeedReader implements FeedReader {
  readonly #client: PostgresClient;
  readonly #schema: string;
  readonly #closed = waitsEnder();
  #unanswered = 0;

  constructor(client: PostgresClient, schema: string) {
    this.#client = client;
    this.#schema = schema;
  }

  async snapshot(): Promise<FeedSnapshot> {
    const answer = await this.#ask("read_revocations()", []);
    if (answer === undefined) throw new Error("PostgreSQL answered without the place of the last revocation");
    return answer;
  }

  async tail(_shard: number, { position, history }: FeedCursor, waitMs: number): Promise<FeedChanges | "gone"> {
    const changes = async (): Promise<FeedChanges | "gone"> => {
      const answer = await this.#ask("follow_revocations($1, $2, $3)", [position, history, MOST_CHANGES]);
      return answer === undefined ? "gone" : { ...answer, isPart: answer.revocations.length >= MOST_CHANGES };
    };
    return pollChanges(changes, waitMs, (ms) => pause(ms, undefined, { signal: this.#closed.signal, ref: false }));
  }

  async close(): Promise<void> {
    this.#closed.abort();
  }

  async #ask(call: string, values: readonly PostgresValue[]): Promise<FeedChanges | undefined> {
    if (this.#closed.signal.aborted) throw new Error("the reader is closed");
    if (this.#unanswered >= MOST_UNANSWERED) throw new Error("PostgreSQL has not answered what it was asked before");
    this.#unanswered++;
    const answer = ask(this.#client, `SELECT * FROM ${this.#schema}.${call}`, values).finally(() => {
      this.#unanswered--;
    });
    const [row] = await withinTime("PostgreSQL", answer);
    return row && changesOf(row);
  }
}

function changesOf(row: PostgresRow): FeedChanges | undefined {
  if (row.last_position === null) return undefined;
  const lines = typeof row.entries === "string" ? row.entries.split("\n") : [];
  return {
    revocations: lines.map(revocationFrom),
    cursor: { position: number(row, "last_position"), history: text(row, "last_history") },
  };
}
