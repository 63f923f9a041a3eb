/** Commands with random hashes, as sessions would send them to any store. */
import { createHash, randomBytes } from "node:crypto";
import type { CreateFamily, RotateCommand, SubjectAddress } from "../../src/store/contract.ts";
import { formatSessionId } from "../../src/store/session-id.ts";

export function hash(text: string = randomBytes(32).toString("hex")): string {
  return createHash("sha256").update(text).digest("base64url");
}

export function salt(): string {
  return randomBytes(16).toString("base64url");
}

/** The address of a subject with one refresh secret (or two). */
export function addressOf(subject: string, shards = 64, secrets: readonly string[] = ["k1"]): SubjectAddress {
  const shard = createHash("sha256").update(subject).digest().readUInt32BE(0) % shards;
  const tags = secrets.map((secret) =>
    createHash("sha256").update(`${secret} ${subject}`).digest().subarray(0, 8).toString("base64url"),
  );
  return { subject, shard, tags };
}

export function sessionIdOf(address: SubjectAddress, tag: string | undefined = address.tags[0]): string {
  return formatSessionId(address.shard, Buffer.from(tag ?? "", "base64url"), randomBytes(16));
}

const HOUR_MS = 3_600_000;

export function start(address: SubjectAddress, more: Partial<CreateFamily> = {}): CreateFamily {
  return {
    sessionId: sessionIdOf(address),
    address,
    secretHash: hash(),
    keyId: "k1",
    idleMs: HOUR_MS,
    absoluteMs: 24 * HOUR_MS,
    binding: undefined,
    metadata: "{}",
    expectedEpoch: undefined,
    limit: undefined,
    ...more,
  };
}

export function present(
  family: { readonly sessionId: string; readonly generation: number; readonly current: string },
  more: Partial<RotateCommand> = {},
): RotateCommand {
  return {
    sessionId: family.sessionId,
    generation: family.generation,
    presentedHash: family.current,
    proposal: { secretHash: hash(), salt: salt(), keyId: "k1" },
    attempt: undefined,
    binding: undefined,
    graceMs: 10_000,
    attemptWindowMs: 60_000,
    idleMs: HOUR_MS,
    maxReplayStreak: undefined,
    onRegressed: "end",
    ...more,
  };
}
