/** What comes between a rotation in PostgreSQL and its answer: a logout of everyone while it waits, a connection that breaks. */
import { Client, Pool } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { secretKey } from "../../../src/jwk/secret-key.ts";
import { decode } from "../../../src/jwt/decode.ts";
import { createVerifier } from "../../../src/jwt/verifier.ts";
import { createRevocationList } from "../../../src/revocation/create-revocation-list.ts";
import { type PostgresClient, postgresFeed, postgresStore } from "../../../src/store/postgres.ts";
import { type PostgresServer, requirePostgres, startPostgres } from "../../services/postgres.ts";
import { sessionsOver } from "../sessions.ts";

const SESSIONS = 64;

describe("between a rotation in PostgreSQL and its answer", requirePostgres(), () => {
  let server: PostgresServer;
  let pool: Pool;
  /** What is said, and whether its answer is lost once it was committed. */
  const said: string[] = [];
  let loses = (_text: string): boolean => false;
  const client: PostgresClient = {
    query: async (text, values) => {
      said.push(text);
      const answer = await pool.query(text, values);
      if (loses(text)) throw new Error("Connection terminated unexpectedly");
      return answer;
    },
  };
  beforeAll(async () => {
    server = await startPostgres();
    pool = new Pool({ connectionString: server.url, max: 8 });
    pool.on("error", () => {});
    await postgresStore(client).migrate();
  });
  afterAll(async () => {
    await pool?.end();
    await server?.stop();
  });

  const waiting = async (): Promise<number> => {
    const { rows } = await pool.query(
      "SELECT count(*)::int AS n FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%rotate_one%'",
    );
    return (rows[0] as { readonly n: number }).n;
  };

  it("everyone may be logged out while it waits, and nothing that it gave out is of use after that", async () => {
    const { sessions } = sessionsOver(postgresStore(client));
    const { refreshToken, sessionId } = await sessions.start({ subject: "ann" });
    const other = new Client({ connectionString: server.url });
    await other.connect();
    await other.query("BEGIN");
    await other.query("SELECT FROM rejwt.sessions WHERE session_id = $1 FOR UPDATE", [sessionId]);
    const refreshed = sessions.refresh(refreshToken);
    await expect.poll(waiting, { timeout: 20_000 }).toBe(1);
    await sessions.endEveryone();
    const resolvedAtMs = Date.now();
    await other.query("COMMIT");
    await other.end();

    // Decided as of before the logout (decision 150), which its stamp says.
    const { outcome, accessToken, refreshToken: successor } = await refreshed;
    expect(outcome).toBe("rotated");
    const { rv } = decode(accessToken).unverifiedClaims as { readonly rv: { readonly t: number } };
    expect(rv.t * 1000).toBeLessThanOrEqual(resolvedAtMs);

    for (const token of [successor, refreshToken]) {
      await expect(sessions.refresh(token)).rejects.toMatchObject({ code: "SESSION_ENDED", reason: "epoch" });
    }
    const list = createRevocationList({ feed: postgresFeed(pool), bound: "30s", duringOutage: "reject" });
    try {
      const keys = secretKey("an HMAC secret of the tests, long enough", { alg: "HS256" });
      const common = { keys, issuer: "https://auth.test", audience: "https://api.test", revocations: list };
      expect(await list.ready()).toBe(true);
      expect(createVerifier(common).safeVerify(accessToken)).toMatchObject({ ok: false, error: { code: "REVOKED" } });
      const later = await sessions.start({ subject: "ann" });
      expect(createVerifier(common).safeVerify(later.accessToken).ok).toBe(true);
    } finally {
      await list.close();
    }
  });

  it("the connection may break once it is committed: the retry gets the successor that was lost, and nobody is a thief", async () => {
    const store = postgresStore(client);
    const { sessions, events } = sessionsOver(store);
    const started = await Promise.all(
      Array.from({ length: SESSIONS }, (_, index) => sessions.start({ subject: `user ${index}` })),
    );
    said.length = 0;
    loses = (text) => text.includes("rotate_");
    const lost = await Promise.allSettled(started.map(({ refreshToken }) => sessions.refresh(refreshToken)));
    loses = () => false;
    for (const one of lost) {
      expect(one).toMatchObject({ status: "rejected", reason: { code: "STORE_UNAVAILABLE", retryable: true } });
    }
    // Both ways were gone, and neither was said again by itself.
    expect(said.filter((text) => text.includes("rotate_some")).length).toBeGreaterThan(0);
    expect(said.filter((text) => text.includes("rotate_one")).length).toBeGreaterThan(0);

    const committed = await Promise.all(started.map(({ sessionId }) => store.read(sessionId)));
    expect(committed.map((reading) => reading?.family.generation)).toEqual(Array(SESSIONS).fill(1));
    const retried = await Promise.all(started.map(({ refreshToken }) => sessions.refresh(refreshToken)));
    expect(new Set(retried.map(({ outcome }) => outcome))).toEqual(new Set(["replayed"]));
    // Word for word what was lost: the store's own hash is of it, and it is good.
    const next = await Promise.all(retried.map(({ refreshToken }) => sessions.refresh(refreshToken)));
    expect(new Set(next.map(({ outcome }) => outcome))).toEqual(new Set(["rotated"]));
    expect(events.filter(({ type }) => type === "reused" || type === "ended")).toEqual([]);
  });
});
