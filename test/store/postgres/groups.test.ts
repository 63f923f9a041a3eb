/** Rotations that share a statement in PostgreSQL: each has the outcome that it would have had alone. */
import { Client, Pool } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Family, RotateCommand, SessionStore } from "../../../src/store/contract.ts";
import { memoryStore } from "../../../src/store/memory.ts";
import { type PostgresClient, postgresStore } from "../../../src/store/postgres.ts";
import { type PostgresServer, requirePostgres, startPostgres } from "../../services/postgres.ts";
import { addressOf, hash, present, start } from "../commands.ts";
import { storeWithToldTime } from "./told-time.ts";

const SESSIONS = 64;
const outcomeOf = ({ outcome }: { readonly outcome: string }): string => outcome;

describe("rotations that share a statement", requirePostgres(), () => {
  let server: PostgresServer;
  let pool: Pool;
  let store: SessionStore;
  /** How many statements for several were sent. */
  let groups = 0;
  beforeAll(async () => {
    server = await startPostgres({ deadlock_timeout: "50ms" });
    pool = new Pool({ connectionString: server.url, max: 8 });
    pool.on("error", () => {});
    const counted: PostgresClient = {
      query: (text, values) => {
        if (text.includes("rotate_some")) groups++;
        return pool.query(text, values);
      },
    };
    store = postgresStore(counted);
    await store.migrate();
  });
  afterAll(async () => {
    await pool?.end();
    await server?.stop();
  });

  async function started(count: number, subject: (index: number) => string): Promise<Family[]> {
    const outcomes = await Promise.all(
      Array.from({ length: count }, (_, index) => store.create(start(addressOf(subject(index), 1)))),
    );
    return outcomes.map((outcome) => {
      if (outcome.outcome !== "created") throw new Error(outcome.outcome);
      return outcome.family;
    });
  }

  it("have the outcomes of the state machine, whatever was presented", async () => {
    let clockMs = Date.parse("2026-05-01T12:00:00Z");
    const told = await storeWithToldTime(pool, "told");
    await told.tell(clockMs);
    const both = [told.store, memoryStore({ clock: () => new Date(clockMs) })];
    const onBoth = async <T>(run: (store: SessionStore) => Promise<T>): Promise<T> => {
      const [one, other] = await Promise.all(both.map(run));
      expect(one).toEqual(other);
      return one as T;
    };
    const bindings = [undefined, { jkt: hash("key") }, { clientId: 'an "app" of\nours \\ {1,2}, 𝒳' }];
    const families: Family[] = [];
    for (let index = 0; index < 60; index++) {
      const command = start(addressOf(`sub ject ${index % 7}\n`, 1), {
        binding: bindings[index % 3],
        metadata: '{"note":"[a] \\"b\\" 𝒳"}',
        idleMs: index % 11 === 0 ? 1000 : 3_600_000,
      });
      const created = await onBoth((store) => store.create(command));
      if (created.outcome !== "created") throw new Error(created.outcome);
      families.push(created.family);
    }
    /** The token before a session's current one. */
    const before = new Map<string, Family>();
    /** Most present their token; some the one before, and a few what no honest client has. */
    const commands = (round: number): RotateCommand[] =>
      families.map((family, index) => {
        const retries = (index + round) % 5 === 0;
        const strange = index === 5 * round ? "forked" : index === 5 * round + 1 ? "regressed" : undefined;
        const shown = (retries ? before.get(family.sessionId) : undefined) ?? family;
        return present(shown, {
          ...(strange !== undefined && { presentedHash: hash(strange) }),
          ...(strange === "regressed" && { generation: family.generation + 1 }),
          proposal: { secretHash: hash(`${round} ${index}`), salt: `salt${index}`, keyId: `key of ${index % 2}` },
          attempt: index % 2 === 0 ? { hash: hash(`${index}`), verified: index % 4 === 0 } : undefined,
          binding: (index + round) % 17 === 0 ? undefined : family.binding,
          idleMs: index % 11 === 0 ? 1000 : 3_600_000,
          maxReplayStreak: index % 3 === 0 ? 2 : undefined,
          onRegressed: index % 4 === 0 ? "heal" : "end",
        });
      });
    const seen = new Set<string>();
    for (let round = 1; round <= 12; round++) {
      clockMs += round === 4 ? 2000 : 100;
      await told.tell(clockMs);
      if (round === 11) await onBoth((store) => store.bumpEveryone(0));
      if (round === 6) {
        await onBoth(
          async (store) => (await store.bumpSubject(addressOf("sub ject 3\n", 1), { except: undefined })).epoch,
        );
      }
      const sent = commands(round);
      const outcomes = await onBoth((store) => Promise.all(sent.map((command) => store.rotate(command))));
      // Half of them are sent once more, as a client does that lost the answer.
      await onBoth((store) => Promise.all(sent.filter((_, index) => index % 2 === 0).map((it) => store.rotate(it))));
      outcomes.forEach((outcome, index) => {
        seen.add(outcome.outcome === "ended" ? outcome.reason : outcome.outcome);
        if (outcome.outcome !== "rotated") return;
        before.set(outcome.family.sessionId, families[index] as Family);
        families[index] = outcome.family;
      });
    }
    expect([...seen].sort()).toEqual([
      "binding",
      "epoch",
      "forked",
      "idle",
      "logout",
      "regressed",
      "replayed",
      "reuse",
      "reused",
      "rotated",
    ]);
  });

  it("do not stand still for a session that somebody has locked", async () => {
    const families = await started(SESSIONS, (index) => `user ${index}`);
    const locked = families[20] as Family;
    const other = new Client({ connectionString: server.url });
    await other.connect();
    await other.query("BEGIN");
    await other.query("SELECT FROM rejwt.sessions WHERE session_id = $1 FOR UPDATE", [locked.sessionId]);
    let waits = true;
    const all = families.map((family) => store.rotate(present(family)));
    const its = all[20]?.finally(() => (waits = false));
    const rest = await Promise.all(all.filter((_, index) => index !== 20));
    expect(new Set(rest.map(outcomeOf))).toEqual(new Set(["rotated"]));
    expect(waits).toBe(true);
    await other.query("COMMIT");
    expect((await its)?.outcome).toBe("rotated");
    await other.end();
  });

  it("do not fail with one that PostgreSQL refuses", async () => {
    const families = await started(SESSIONS, (index) => `user ${index}`);
    groups = 0;
    const results = await Promise.allSettled(
      families.map((family, index) =>
        // Text in PostgreSQL holds no NUL.
        store.rotate(
          present(family, index === 20 ? { proposal: { secretHash: hash(), salt: "s", keyId: "a\0b" } } : {}),
        ),
      ),
    );
    expect(groups).toBeGreaterThan(0);
    results.forEach((result, index) => {
      if (index === 20) expect(result).toMatchObject({ status: "rejected" });
      else
        expect(result).toMatchObject({ status: "fulfilled", value: { outcome: "rotated", family: { generation: 1 } } });
    });
    expect(await store.read(families[20]?.sessionId as string)).toMatchObject({ family: { generation: 0 } });
  });

  it("are all rejected where their commit fails, nothing of them is written, and all can be asked for again", async () => {
    const families = await started(SESSIONS, () => "carol");
    await pool.query(`
      CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no commit today'; END $$;
      CREATE CONSTRAINT TRIGGER refusing AFTER UPDATE ON rejwt.sessions DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW WHEN (OLD.subject = 'carol') EXECUTE FUNCTION refuse()`);
    groups = 0;
    const failed = await Promise.allSettled(families.map((family) => store.rotate(present(family))));
    expect(groups).toBeGreaterThan(0);
    expect(new Set(failed.map(({ status }) => status))).toEqual(new Set(["rejected"]));
    const { rows } = await pool.query("SELECT sum(generation)::int AS sum FROM rejwt.sessions WHERE subject = 'carol'");
    expect(rows).toEqual([{ sum: 0 }]);
    await pool.query("DROP TRIGGER refusing ON rejwt.sessions");
    const again = await Promise.all(families.map((family) => store.rotate(present(family))));
    expect(new Set(again.map(outcomeOf))).toEqual(new Set(["rotated"]));
  });

  it("never lose one that was committed where the connection breaks: asked for again it is a replay", async () => {
    let families = await started(SESSIONS, (index) => `user ${index}`);
    const seen = new Set<string>();
    for (let round = 0; round < 10; round++) {
      const commands = families.map((family) => present(family));
      const killed = pool.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%rotate_some%' AND pid <> pg_backend_pid()",
      );
      const first = await Promise.allSettled(commands.map((command) => store.rotate(command)));
      await killed;
      const retried = await Promise.all(
        commands.map(async (command, index) => {
          const before = first[index];
          for (;;) {
            const again = await store.rotate(command).catch(() => undefined);
            // A connection may have been ended while it was idle.
            if (again !== undefined) return { before, again };
          }
        }),
      );
      families = retried.map(({ before, again }) => {
        if (before?.status === "fulfilled") expect(again.outcome).toBe("replayed");
        seen.add(`${before?.status} ${again.outcome}`);
        if (again.outcome !== "rotated" && again.outcome !== "replayed") throw new Error(again.outcome);
        return again.family;
      });
    }
    console.log([...seen].sort().join(", "));
    expect(families.map(({ generation }) => generation)).toEqual(families.map(() => 10));
  });

  it("meet no deadlock with logouts of the same sessions", async () => {
    const deadlocks = async (): Promise<number> => {
      const { rows } = await pool.query(
        "SELECT deadlocks::int FROM pg_stat_database WHERE datname = current_database()",
      );
      return (rows[0] as { readonly deadlocks: number }).deadlocks;
    };
    const before = await deadlocks();
    for (let round = 0; round < 15; round++) {
      const families = await started(SESSIONS, () => "dave");
      const rotations = families.map((family) => store.rotate(present(family)));
      const logout = store.bumpSubject(addressOf("dave", 1), { except: undefined });
      const outcomes = (await Promise.all([Promise.all(rotations), logout]))[0];
      for (const { outcome } of outcomes) expect(["rotated", "ended"]).toContain(outcome);
      const after = await Promise.all(
        outcomes.flatMap((it) => (it.outcome === "rotated" ? store.rotate(present(it.family)) : [])),
      );
      expect(after.every(({ outcome }) => outcome === "ended")).toBe(true);
    }
    expect(await deadlocks()).toBe(before);
  });
});
