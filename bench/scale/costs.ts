/** What a feed costs for so many users and verifiers, and whether that fits. */
import {
  entryBytes,
  httpStepMs,
  kept,
  measured,
  postgresQuestions,
  redisQuestions,
  stepMs,
  supposed,
} from "./figures.ts";

export interface Load {
  readonly users: number;
  readonly verifiers: number;
}

export interface Cost {
  /** Questions and entries a second that the store answers; over HTTP, that the auth servers do. */
  readonly operations: number;
  /** Bytes a second that leave the store; over HTTP, the CDN. */
  readonly bytes: number;
  /** Milliseconds from a logout to its refusal by the slowest verifier, while all is well. */
  readonly worstMs: number;
  /** What does not fit; or what it takes. */
  readonly verdict: string;
}

export const USERS = [1_000_000, 100_000_000, 1_000_000_000];
export const VERIFIERS = [10, 1000, 10_000];

/** Entries written in a second of the busiest minutes. */
export function written(users: number): number {
  return ((users * supposed.endingsOfAUserADay) / 86_400) * supposed.peak;
}

/** Entries of the list, when it is longest. */
export function listed(users: number): number {
  return written(users) * kept;
}

export function memory(users: number): number {
  const entries = listed(users);
  return entries * (entries <= measured.few ? measured.bytesOfAnEntryOfFew : measured.bytesOfAnEntry);
}

/** Questions a second that one processor, used for that share, answers. */
const answered = (questionUs: number): number => (supposed.share * 1e6) / questionUs;
const redisCapacity = answered(measured.redisQuestionUs);
const clusterCapacity = answered(measured.clusterQuestionUs);
const postgresCapacity = answered(measured.postgresQuestionUs) * supposed.postgresCores;

function polled(load: Load, questions: number, bytes: number): Omit<Cost, "verdict"> & { readonly asked: number } {
  const asked = load.verifiers * questions;
  const rate = written(load.users);
  return {
    asked,
    operations: asked + rate,
    bytes: asked * bytes + rate * load.verifiers * entryBytes,
    worstMs: stepMs + supposed.answerMs,
  };
}

/** A Redis runs scripts on one processor. */
export function redis(load: Load): Cost {
  const cost = polled(load, redisQuestions, measured.redisQuestionBytes);
  const usage = cost.asked / redisCapacity;
  return { ...cost, verdict: usage <= 1 ? "fits" : `no: ${times(usage)} what one answers` };
}

/** A Cluster takes no script over several shards. */
export function cluster(load: Load): Cost {
  const { shards } = supposed;
  const cost = polled(load, redisQuestions * shards, measured.clusterQuestionBytes);
  const primaries = Math.max(3, Math.ceil(cost.asked / clusterCapacity));
  const verdict = primaries <= shards ? `fits: ${primaries} primaries` : `no: ${primaries} primaries, ${shards} shards`;
  return { ...cost, verdict };
}

/** It has one shard. */
export function postgres(load: Load): Cost {
  const cost = polled(load, postgresQuestions, measured.clusterQuestionBytes);
  const rate = written(load.users);
  if (rate > supposed.postgresCommits) return { ...cost, verdict: `no: ${Math.round(rate)} endings a second` };
  const usage = cost.asked / postgresCapacity;
  return { ...cost, verdict: usage <= 1 ? "fits" : `no: ${times(usage)} what it answers` };
}

/** All that is revoked, each time that something is. */
export function http(load: Load): Cost {
  const rate = written(load.users);
  const body = listed(load.users) * measured.gzipEntryBytes;
  const changed = 1 - Math.exp((-rate * httpStepMs) / 1000);
  const ofOne = ((changed * body + measured.notModifiedBytes) * 1000) / httpStepMs;
  const signed = listed(load.users) * measured.signedEntryBytes;
  const cost = {
    operations: supposed.cdnPlaces / supposed.maxAge + rate,
    bytes: ofOne * load.verifiers,
    // What the auth server has read, what the CDN has, the time between two requests, and the body at a megabyte in 80 ms.
    worstMs: 2000 * supposed.maxAge + httpStepMs + supposed.answerMs + (body / 1e6) * 80,
  };
  if (signed > 10_000_000) return { ...cost, verdict: `no: a list of ${Math.round(signed / 1e6)} MB` };
  return {
    ...cost,
    verdict: ofOne <= supposed.bytesASecond ? "fits" : `no: ${(ofOne / 1e6).toFixed(1)} MB/s for each`,
  };
}

/** How many verifiers a feed serves. */
export const most = {
  redis: (): number => Math.floor(redisCapacity / redisQuestions),
  cluster: (): number => Math.floor(clusterCapacity / redisQuestions),
  postgres: (): number => Math.floor(postgresCapacity / postgresQuestions),
};

/** How many users' logouts PostgreSQL commits, and a published list carries. */
export const mostUsers = {
  postgres: (): number => (supposed.postgresCommits / written(1e6)) * 1e6,
  http: (): number => {
    // Nearly every request finds a change then.
    const entries = (supposed.bytesASecond * httpStepMs) / 1000 / measured.gzipEntryBytes;
    return Math.min(entries, 10_000_000 / measured.signedEntryBytes) / (listed(1e6) / 1e6);
  },
};

function times(ratio: number): string {
  return `${ratio < 10 ? ratio.toFixed(1) : Math.round(ratio)} ×`;
}
