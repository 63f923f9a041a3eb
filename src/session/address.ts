/** Where a subject's sessions are kept, as a function of the subject: no lookup precedes an operation. */
import { encodeBase64url } from "../encoding/base64url.ts";
import { encodeUtf8 } from "../encoding/utf8.ts";
import { configError } from "../options.ts";
import type { SubjectAddress } from "../store/contract.ts";
import { formatSessionId, SESSION_RANDOM_BYTES, SUBJECT_TAG_BYTES } from "../store/session-id.ts";
import { subjectShard } from "../store/subject-shard.ts";
import { takeRandom } from "./random-pool.ts";
import type { RefreshSecret, RefreshSecrets } from "./refresh-secrets.ts";

const MOST_SUBJECT_BYTES = 1024;
const NUL = "\0";

/**
 * The address of a subject.
 * @throws CONFIG unless the subject is text of 1 to 1024 bytes, without NUL
 */
export function addressOf(where: string, subject: unknown, secrets: RefreshSecrets, shards: number): SubjectAddress {
  const bytes = subjectBytes(where, subject);
  return {
    subject: subject as string,
    shard: subjectShard(bytes, shards),
    tags: secrets.all.map((secret) => encodeBase64url(tagOf(bytes, secret))),
  };
}

/** A new session id at the subject's address, tagged by the minting secret. */
export function createSessionId({ subject, shard }: SubjectAddress, mint: RefreshSecret): string {
  return formatSessionId(shard, tagOf(encodeUtf8(subject), mint), takeRandom(SESSION_RANDOM_BYTES));
}

function tagOf(subject: Uint8Array, secret: RefreshSecret): Uint8Array {
  return secret.tag(subject).subarray(0, SUBJECT_TAG_BYTES);
}

function subjectBytes(where: string, subject: unknown): Uint8Array {
  const isText = typeof subject === "string" && subject.isWellFormed();
  // Some databases end text at a NUL, and would take two subjects for one.
  const bytes = isText && !subject.includes(NUL) ? encodeUtf8(subject) : undefined;
  if (bytes === undefined || bytes.length === 0 || bytes.length > MOST_SUBJECT_BYTES) {
    throw configError(where, `the subject must be text of 1 to ${MOST_SUBJECT_BYTES} bytes, without NUL`);
  }
  return bytes;
}
