/** What is promised of many who come at once, and of what is left on the disk: on each store that several processes share. */
import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { secretKey } from "../../src/jwk/secret-key.ts";
import { createSigner } from "../../src/jwt/signer.ts";
import { createVerifier } from "../../src/jwt/verifier.ts";
import type { Sessions } from "../../src/session/types.ts";
import { addressOf, hash, start } from "./commands.ts";
import { found, liveIn, readFolder } from "./disk.ts";
import { type OpenStore, openStore, type RunningStore, realStores, storeNames } from "./real-stores.ts";
import { sessionsOver } from "./sessions.ts";

const ROUNDS = 40;
const key = secretKey("an HMAC secret of the tests, long enough", { alg: "HS256" });
const common = { issuer: "https://auth.test", audience: "https://api.test" } as const;

for (const name of storeNames) {
  describe(`a ${name} store`, realStores[name].suite(), () => {
    let running: RunningStore;
    /** Two application servers. */
    let opened: OpenStore[];
    let sessions: Sessions;
    let others: Sessions;
    beforeAll(async () => {
      running = await realStores[name].start();
      opened = [openStore(running.place), openStore(running.place)];
      for (const { store } of opened) await store.migrate();
      [sessions, others] = opened.map(({ store }) => sessionsOver(store).sessions) as [Sessions, Sessions];
    });
    afterAll(async () => {
      for (const one of opened ?? []) await one.close();
      await running?.stop();
    });

    const outcome = (call: Promise<unknown>): Promise<string> =>
      call.then(
        () => "accepted",
        (error: { readonly code: string; readonly reason?: string }) => error.reason ?? error.code,
      );

    it("keeps every member of a session, whatever text it holds", async () => {
      const [{ store }] = opened as [OpenStore];
      const command = start(addressOf("Ålice of % = 50 \n {x} '\\", store.shards), {
        keyId: "key 1 .",
        binding: { jkt: hash("key"), clientId: "" },
        metadata: '{"device":"Räuber\\n 🙂"}',
      });
      expect(await store.create(command)).toMatchObject({ outcome: "created", evicted: [] });
      const reading = await store.read(command.sessionId);
      const { createdAtMs = 0 } = reading?.family ?? {};
      expect(Math.abs(createdAtMs - Date.now())).toBeLessThan(5000);
      expect(reading).toEqual({
        nowMs: expect.any(Number),
        epochs: { subject: 0, everyone: 0 },
        family: {
          sessionId: command.sessionId,
          subject: command.address.subject,
          epochs: { subject: 0, everyone: 0 },
          generation: 0,
          current: command.secretHash,
          previous: undefined,
          salt: undefined,
          keyId: "key 1 .",
          rotatedAtMs: createdAtMs,
          replayFlag: false,
          replayStreak: 0,
          attempt: undefined,
          createdAtMs,
          idleExpiresAtMs: createdAtMs + command.idleMs,
          absoluteExpiresAtMs: createdAtMs + command.absoluteMs,
          ended: undefined,
          binding: { jkt: hash("key"), clientId: "" },
          metadata: '{"device":"Räuber\\n 🙂"}',
        },
      });
    });

    it("lets a token that works once through once, of 64 requests at once", async () => {
      const signer = createSigner({ key, ...common, expiresIn: "1h" });
      const verifier = createVerifier({ keys: key, ...common });
      for (let round = 0; round < 5; round++) {
        const token = signer.sign({ sub: "ann", jti: `reset ${round}` });
        const requests = Array.from({ length: 64 }, (_, index) => {
          const { store } = opened[index % opened.length] as OpenStore;
          return outcome(verifier.verifyAsync(token, { once: store }));
        });
        const outcomes = (await Promise.all(requests)).sort();
        expect(outcomes).toEqual([...Array(63).fill("ALREADY_USED"), "accepted"]);
      }
    });

    it("lets no login survive a logout everywhere that came between password and start", async () => {
      for (let round = 0; round < ROUNDS; round++) {
        const subject = `login ${round}`;
        const epoch = await sessions.epoch(subject);
        const [login] = await Promise.all([
          outcome(sessions.start({ subject, epoch })),
          round % 2 === 0 ? others.endAll(subject) : others.endEveryone(),
        ]);
        expect(["accepted", "epoch"]).toContain(login);
        // Started before it and ended by it, or refused: in no case alive.
        expect((await others.list(subject)).sessions).toEqual([]);
      }
    });

    it("lets nothing that was issued before or during an ending refresh after it", async () => {
      const endings: ((subject: string, sessionId: string, token: string) => Promise<unknown>)[] = [
        (_, sessionId) => others.end(sessionId),
        (_subject, _id, token) => others.endByToken(token),
        (subject) => others.endAll(subject),
        () => others.endEveryone(),
      ];
      for (let round = 0; round < ROUNDS; round++) {
        const subject = `racer ${round}`;
        const first = await sessions.start({ subject });
        const second = await sessions.refresh(first.refreshToken);
        const end = endings[round % endings.length] as (typeof endings)[number];
        const issued = [first.refreshToken, second.refreshToken];
        await Promise.all([
          ...[1, 2, 3].map(async () => {
            const next = await sessions.refresh(second.refreshToken).catch(() => undefined);
            if (next !== undefined) issued.push(next.refreshToken);
          }),
          end(subject, first.sessionId, first.refreshToken),
        ]);
        for (const token of issued) expect(await outcome(sessions.refresh(token))).toMatch(/^(logout|epoch)$/);
      }
    });

    it("ends a session for good where a reused token races its successors", async () => {
      for (let round = 0; round < ROUNDS; round++) {
        const first = await sessions.start({ subject: `victim ${round}` });
        const second = await sessions.refresh(first.refreshToken);
        const third = await sessions.refresh(second.refreshToken);
        const issued = [second.refreshToken, third.refreshToken];
        const [reused] = await Promise.all([
          outcome(others.refresh(first.refreshToken)),
          sessions.refresh(third.refreshToken).then(
            (next) => issued.push(next.refreshToken),
            () => {},
          ),
        ]);
        expect(reused).toBe("REFRESH_REUSED");
        for (const token of issued) expect(await outcome(sessions.refresh(token))).toBe("reuse");
      }
    });

    it("holds a subject to its limit, however many start at once", async () => {
      const limited = (whenFull: "refuse" | "evict-oldest") =>
        opened.map(({ store }) => sessionsOver(store, { maxPerSubject: { count: 3, whenFull } }).sessions);
      for (let round = 0; round < 5; round++) {
        const [one, other] = limited("refuse") as [Sessions, Sessions];
        const subject = `many devices ${round}`;
        const starts = Array.from({ length: 40 }, (_, index) => outcome((index % 2 ? one : other).start({ subject })));
        const outcomes = await Promise.all(starts);
        expect(outcomes.filter((each) => each === "accepted")).toHaveLength(3);
        expect(outcomes.filter((each) => each === "SESSION_LIMIT")).toHaveLength(37);
        const [evicting, alike] = limited("evict-oldest") as [Sessions, Sessions];
        await Promise.all(Array.from({ length: 20 }, (_, index) => (index % 2 ? evicting : alike).start({ subject })));
        expect((await one.list(subject)).sessions).toHaveLength(3);
      }
    });

    it("writes no token to the disk, nor what a token is made of: no table, no log, no snapshot has it", async () => {
      const [{ store }] = opened as [OpenStore];
      const secrets = await liveIn(store);
      expect(secrets.bytes).toHaveLength(16 + 2 * 10);
      const held = readFolder(running.folder);
      // So that we looked in the right place: hashes of the newest secrets are there. (One may lie across two pages.)
      const readings = await Promise.all(secrets.sessionIds.map((sessionId) => store.read(sessionId)));
      const hashes = readings.flatMap((reading) => [reading?.family.current ?? "", reading?.family.previous ?? ""]);
      expect(hashes.filter((hash) => hash !== "" && held.includes(hash)).length).toBeGreaterThan(1);
      expect(found(held, secrets)).toEqual([]);
    });
  });
}

describe("the search of the disk", () => {
  const secrets = { tokens: ["a token in full"], bytes: [randomBytes(32)] };
  const [bytes = Buffer.alloc(0)] = secrets.bytes;

  it.each([
    ["a token", "a token in full"],
    ["raw bytes", bytes],
    ["hexadecimal", bytes.toString("hex")],
    ["base64", bytes.toString("base64")],
    ["base64url within other bytes", Buffer.concat([Buffer.from("x"), bytes]).toString("base64url")],
  ])("finds %s", (_spelling, text) => {
    const held = Buffer.concat([Buffer.from("before"), Buffer.from(text), Buffer.from("after")]);
    expect(found(held, secrets)).not.toEqual([]);
  });

  it("finds nothing where there is nothing", () => {
    expect(found(randomBytes(1000), secrets)).toEqual([]);
  });
});
