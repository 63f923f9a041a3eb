/** The names of the keys: `prefix{shard}:…`, the hash tag alone deciding the slot of a cluster. */
import { createHash } from "node:crypto";
import { configError } from "../options.ts";
import type { SubjectAddress } from "./contract.ts";
import { parseSessionId } from "./session-id.ts";

/** Where one session is: the hash of its subject's tag, the epoch of everyone in its shard, the log of revocations. */
export interface SessionKeys {
  readonly shard: number;
  readonly keys: readonly [subject: string, everyone: string, log: string];
}

/** The keys of one store. */
export interface RedisKeys {
  session(sessionId: string): SessionKeys;
  /** The hashes of all tags of a subject (`first`, if given, first), the epoch of everyone, the log of revocations. */
  subject(address: SubjectAddress, first?: string): readonly string[];
  everyone(shard: number): string;
  subjectHash(shard: number, tag: string): string;
  /** The log of revocations, and what is kept for longer than the log goes back. */
  revocations(shard: number): readonly [log: string, kept: string];
  /** How many shards there are, written at the first use. */
  shards(): string;
  usedId(id: string): { readonly shard: number; readonly key: string };
}

/** No tag: base64url of 8 bytes has 11 characters. */
const NO_TAG = "-";

export function redisKeys(prefix: string, shards: number): RedisKeys {
  const inShard = (shard: number, name: string): string => `${prefix}{${shard}}:${name}`;
  const everyone = (shard: number): string => inShard(shard, "w");
  const log = (shard: number): string => inShard(shard, "r");
  const subjectHash = (shard: number, tag: string): string => inShard(shard, `s:${tag}`);

  return {
    session(sessionId) {
      const address = parseSessionId(sessionId);
      // A session of no shard of ours has no record here, and leaves no trace in the keys.
      const { shard, tag } = address !== undefined && address.shard < shards ? address : { shard: 0, tag: NO_TAG };
      return { shard, keys: [subjectHash(shard, tag), everyone(shard), log(shard)] };
    },
    subject({ shard, tags }, first) {
      const names = new Set(tags);
      const ordered = first === undefined ? names : new Set([first, ...names]);
      return [...[...ordered].map((tag) => subjectHash(shard, tag)), everyone(shard), log(shard)];
    },
    everyone,
    subjectHash,
    revocations: (shard) => [log(shard), inShard(shard, "k")],
    shards: () => inShard(0, "shards"),
    usedId(id) {
      // A digest: ids are of any length, and may name people.
      const digest = createHash("sha256").update(id).digest();
      const shard = digest.readUInt32BE(0) % shards;
      return { shard, key: inShard(shard, `u:${digest.toString("base64url")}`) };
    },
  };
}

/** The `prefix` option. @throws CONFIG for braces: the hash tag must be the shard */
export function prefixOption(where: string, value: unknown): string {
  if (typeof value !== "string" || /[{}]/.test(value)) {
    throw configError(where, 'option "prefix" must be text without braces: in a cluster they decide the slot');
  }
  return value;
}
