/** Which shard a subject's sessions and revocations are in. */
import { createHash } from "node:crypto";

/** SHA-256 of the subject (UTF-8), modulo the shards: unkeyed, since it must not move when secrets are rotated. */
export function subjectShard(subject: Uint8Array, shards: number): number {
  return createHash("sha256").update(subject).digest().readUInt32BE(0) % shards;
}
