/** One session, rotated again and again, with texts of the right shape that cost nothing to make. */
import { randomBytes } from "node:crypto";
import { encodeBase64url } from "../../src/encoding/base64url.ts";
import type { RotateCommand, SessionStore } from "../../src/store/contract.ts";
import { formatSessionId } from "../../src/store/session-id.ts";

const IDLE_MS = 14 * 86_400_000;
const HASH_CHARACTERS = 43;
const SALT_CHARACTERS = 22;

/** Starts a session of a subject of its own. @returns what rotates it once; rejects where the outcome is any other */
export async function startChain(store: SessionStore): Promise<() => Promise<void>> {
  const tag = randomBytes(8);
  const sessionId = formatSessionId(0, tag, randomBytes(16));
  const subject = `subject ${encodeBase64url(tag)}`;
  const started = await store.create({
    sessionId,
    address: { subject, shard: 0, tags: [encodeBase64url(tag)] },
    secretHash: hashOf(0),
    keyId: "k1",
    idleMs: IDLE_MS,
    absoluteMs: 6 * IDLE_MS,
    binding: undefined,
    metadata: '{"agent":"Mozilla/5.0 (X11; Linux x86_64)"}',
    expectedEpoch: undefined,
    limit: undefined,
  });
  if (started.outcome !== "created") throw new Error(`not created: ${started.outcome}`);

  let generation = 0;
  return async () => {
    const { outcome } = await store.rotate(rotation(sessionId, generation));
    if (outcome !== "rotated") throw new Error(`not rotated: ${outcome}`);
    generation++;
  };
}

function rotation(sessionId: string, generation: number): RotateCommand {
  return {
    sessionId,
    generation,
    presentedHash: hashOf(generation),
    proposal: { secretHash: hashOf(generation + 1), salt: "s".repeat(SALT_CHARACTERS), keyId: "k1" },
    attempt: undefined,
    binding: undefined,
    graceMs: 30_000,
    attemptWindowMs: 600_000,
    idleMs: IDLE_MS,
    maxReplayStreak: undefined,
    onRegressed: "end",
  };
}

function hashOf(generation: number): string {
  return String(generation).padStart(HASH_CHARACTERS, "h");
}
