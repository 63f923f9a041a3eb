/** What the tables of docs/scale.md suppose, and what was measured for them. */

import { POLL_MS } from "../../src/store/feed-waiting.ts";
import { formatRevocation, REVOCATION_MARGIN_MS } from "../../src/store/revocation.ts";
import { formatSessionId } from "../../src/store/session-id.ts";

/** Supposed. Change them to yours. */
export const supposed = {
  endingsOfAUserADay: 0.1,
  /** The busiest minutes beside the mean. */
  peak: 3,
  /** Seconds; `maxTokenLife` of the store, and the life of access tokens. */
  tokenLife: 900,
  bound: 5,
  shards: 64,
  /** From a question to its answer. */
  answerMs: 50,
  /** Of a server's processors, for questions. */
  share: 0.5,
  postgresCores: 8,
  /** Endings commit one after another: as many as a disk acknowledges. */
  postgresCommits: 1000,
  /** Places from which a CDN asks the auth server. */
  cdnPlaces: 100,
  maxAge: 1,
  httpPoll: 1,
  /** What one verifier may spend on its list. */
  bytesASecond: 1_000_000,
};

/** As printed by `npm run bench:revocation -- checking` and `npm run scale -- --measure`. */
export const measured = {
  /** Of memory, where there are 100,000 and more; up to 8,192 they are in a Map. */
  bytesOfAnEntry: 49,
  bytesOfAnEntryOfFew: 152,
  few: 8192,
  /** A question about all 64 shards, and about one. */
  redisQuestionUs: 300,
  clusterQuestionUs: 25,
  redisEntryUs: 25,
  postgresQuestionUs: 135,
  /** Request and answer with no news, about 64 shards and about one. */
  redisQuestionBytes: 8966,
  clusterQuestionBytes: 214,
  /** Of a published list, for each entry: as it is signed, and as it travels under gzip; and of an answer with no news. */
  signedEntryBytes: 636_000 / 9000,
  gzipEntryBytes: 236_000 / 9000,
  notModifiedBytes: 700,
};

const sample = formatSessionId(1, Buffer.alloc(8, 1), Buffer.alloc(16, 2));

/** One entry as text. */
export const entryBytes: number = formatRevocation({
  kind: "session",
  sessionId: sample,
  untilMs: 1_777_636_800_000,
}).length;

/** For how long an entry is kept, seconds. */
export const kept: number = supposed.tokenLife + REVOCATION_MARGIN_MS / 1000;

/** How long a question of the list may wait, as in src/revocation/revocation-list.ts. */
const waitMs = supposed.bound * 250;
const steps = Math.ceil(waitMs / POLL_MS);

/** Between two questions. */
export const stepMs: number = waitMs / steps;
/** Questions a second: over Redis about all shards, in a Cluster about one; PostgreSQL is asked anew at the end of a wait. */
export const redisQuestions: number = 1000 / stepMs;
export const postgresQuestions: number = ((steps + 1) / waitMs) * 1000;

const httpSteps = Math.max(1, Math.ceil(waitMs / (supposed.httpPoll * 1000)));
export const httpStepMs: number = waitMs / httpSteps;
