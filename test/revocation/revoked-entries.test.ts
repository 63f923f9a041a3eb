/** What entries say that was not known, how many they are, and which of them revokes a token. */
import { describe, expect, it, test } from "vitest";
import { RevokedEntries } from "../../src/revocation/revoked-entries.ts";
import type { Revocation } from "../../src/store/revocation.ts";

const untilMs = 9_000_000;
const subject = { kind: "subject", subject: "a", epoch: undefined, atMs: 5000, untilMs } as const;
const everyone = { kind: "everyone", shard: 0, epoch: undefined, atMs: 5000, untilMs } as const;

function entriesOf(...entries: readonly Revocation[]): RevokedEntries {
  const all = new RevokedEntries();
  for (const entry of entries) all.add(entry);
  return all;
}

it("counts entries of every kind", () => {
  const token = { kind: "token", jti: "a", untilMs } as const;
  const session = { kind: "session", sessionId: "a", untilMs } as const;
  expect(entriesOf(token, session, subject, everyone, { kind: "key", kid: "a" }).size).toBe(5);
});

test.each<[string, Revocation, object, string | undefined]>([
  ["token", { kind: "token", jti: "a", untilMs }, { jti: "a" }, undefined],
  ["session", { kind: "session", sessionId: "a", untilMs }, { sid: "a" }, undefined],
  ["subject", subject, { sub: "a" }, undefined],
  ["everyone", everyone, {}, undefined],
  ["key", { kind: "key", kid: "a" }, {}, "a"],
])("says what revokes a token: %s", (kind, entry, payload, kid) => {
  expect(entriesOf(entry).match(payload as never, undefined, kid)).toBe(kind);
});

it("says that a key is news once", () => {
  const entries = new RevokedEntries();
  expect(entries.add({ kind: "key", kid: "a" })).toBe(true);
  expect(entries.add({ kind: "key", kid: "a" })).toBe(false);
});

describe.each([subject, everyone])("an entry of $kind is news", (entry) => {
  const frozen = { ...entry, epoch: 3, atMs: 5000 };
  test.each<[string, Revocation, Revocation, boolean]>([
    ["not a second time", entry, entry, false],
    ["not where it says less", entry, { ...entry, atMs: 4999 }, false],
    ["where it is later", entry, { ...entry, atMs: 5001 }, true],
    ["where its epoch is later", frozen, { ...frozen, epoch: 4 }, true],
    ["where its epoch is the same, and its time is later", frozen, { ...frozen, atMs: 5001 }, true],
    ["where it names no epoch and the one before did", frozen, { ...frozen, epoch: undefined }, true],
  ])("%s", (_what, first, second, isNews) => {
    const entries = new RevokedEntries();
    expect(entries.add(first)).toBe(true);
    expect(entries.add(second)).toBe(isNews);
  });
});

it("a token that no store vouched for goes by its iat, five seconds after the revocation included", () => {
  for (const entries of [entriesOf(subject), entriesOf(everyone)]) {
    expect(entries.match({ sub: "a", iat: 10 }, undefined, undefined)).toBeDefined();
    expect(entries.match({ sub: "a", iat: 11 }, undefined, undefined)).toBeUndefined();
  }
});

it.each(["jti", "sid", "sub"])("a %s that is no text names nothing, however many names there are", (claim) => {
  const entries = new RevokedEntries();
  for (let number = 0; number < 8200; number++) {
    const name = String(number);
    entries.add({ kind: "token", jti: name, untilMs });
    entries.add({ kind: "session", sessionId: name, untilMs });
    entries.add({ ...subject, subject: name });
  }
  for (const odd of [["1"], 1, { length: 1 }, null]) {
    expect(entries.match({ [claim]: odd } as never, undefined, undefined)).toBeUndefined();
  }
});
