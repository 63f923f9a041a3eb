/**
 * Refresh tokens that nobody was given: never anything but a refusal, and never a call of the store. Seeded and short here;
 * `npm run fuzz -- --minutes N` gives it a tenth of its time.
 */
import fc from "fast-check";
import { expect, it } from "vitest";
import { anyValue, SEED } from "../fixtures/arbitraries.ts";
import { asyncCodeOf } from "../fixtures/refusals.ts";
import { OTHER_SECRET, SECRET, setUp } from "../session/sessions.ts";
import { judgeUntil, PATIENCE_MS } from "./in-time.ts";

const MINUTES = Number(process.env.FUZZ_MINUTES ?? 0) / 10;
const FIRST_SEED = Number(process.env.FUZZ_SEED ?? SEED);

const { sessions, calls } = setUp({ refreshSecrets: [SECRET] });
const made = [await sessions.start({ subject: "ann" }), await sessions.start({ subject: "bob" })];
const foreign = await setUp({ refreshSecrets: [OTHER_SECRET] }).sessions.start({ subject: "ann" });
const tokens = [...made, foreign].map(({ refreshToken }) => refreshToken);
const given = new Set<unknown>(made.map(({ refreshToken }) => refreshToken));

const token = fc.constantFrom(...tokens);
const position = fc.nat({ max: 140 });
const bytes = fc.tuple(token, token, fc.nat({ max: 101 }), fc.integer({ min: 1, max: 255 }));
const alphabet = fc.constantFrom(..."ABCXYZabcxyz0189-_+/=. \n\u0000é");

/** What could have been a refresh token, spelled as text or made of bytes. */
const spelled = fc.oneof(
  token,
  fc.tuple(token, position, alphabet).map(([text, at, letter]) => text.slice(0, at) + letter + text.slice(at + 1)),
  fc.tuple(token, position, alphabet).map(([text, at, letter]) => text.slice(0, at) + letter + text.slice(at)),
  fc.tuple(token, position).map(([text, at]) => text.slice(0, at)),
  fc.tuple(token, token, position).map(([one, other, at]) => one.slice(0, at) + other.slice(at)),
  bytes.map(([text, , at, bits]) => withBytes(text, (copy) => copy.writeUInt8((copy[at] ?? 0) ^ bits, at))),
  // The head of one, the rest of another: sessions, generations, secrets and MACs change their owners.
  bytes.map(([one, other, at]) => withBytes(one, (copy) => Buffer.from(other, "base64url").copy(copy, at, at))),
  fc.uint8Array({ minLength: 95, maxLength: 110 }).map((random) => Buffer.from(random).toString("base64url")),
  fc
    .tuple(token, fc.uint8Array({ minLength: 1, maxLength: 98 }))
    .map(([text, random]) => withBytes(text, (copy) => copy.set(random, 102 - random.length))),
);

function withBytes(text: string, change: (copy: Buffer) => unknown): string {
  const copy = Buffer.from(text, "base64url");
  change(copy);
  return copy.toString("base64url");
}

const seen = new Set<string>();
const presentations = fc.oneof(
  { weight: 8, arbitrary: spelled.map((text) => () => text as unknown) },
  { weight: 1, arbitrary: anyValue },
);

async function isRefused(make: () => unknown): Promise<void> {
  const presented = make();
  if (given.has(presented)) return;
  const before = JSON.stringify(calls);
  const code = await asyncCodeOf(sessions.refresh(presented as string));
  expect(["REFRESH_INVALID", "KEYS_UNAVAILABLE"]).toContain(code);
  expect(["accepted", code]).toContain(await asyncCodeOf(sessions.endByToken(presented as string)));
  expect(["accepted", code]).toContain(await asyncCodeOf(sessions.findByToken(presented as string)));
  expect(JSON.stringify(calls)).toBe(before);
  seen.add(code);
}

it("a refresh token that was not given out is refused as one, and no store is asked", {
  timeout: PATIENCE_MS,
}, async () => {
  const property = fc.asyncProperty(presentations, isRefused);
  await fc.assert(property, { seed: SEED, numRuns: 2000 });
  // Both ways to be refused were reached: a wrong MAC or shape, and a secret that is not configured.
  expect([...seen].sort()).toEqual(["KEYS_UNAVAILABLE", "REFRESH_INVALID"]);
  // And the store is what would have been asked.
  const before = calls.read ?? 0;
  for (const { refreshToken } of made) expect((await sessions.findByToken(refreshToken))?.subject).toBeDefined();
  expect(calls.read).toBe(before + made.length);
});

if (MINUTES > 0) {
  it(`for ${MINUTES} minutes, from seed ${FIRST_SEED} on`, { timeout: 0 }, async () => {
    const end = performance.now() + MINUTES * 60_000;
    const count = await judgeUntil(() => performance.now() > end, presentations, FIRST_SEED, isRefused);
    console.log(`${count} refresh tokens, 0 finds`);
  });
}
