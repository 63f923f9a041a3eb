/** The tables of docs/scale.md, by the names that stand before them there. */
import * as costs from "./costs.ts";
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
import type { Outcome, Story } from "./simulation.ts";

export function figureTable(): string {
  return table(
    ["", ""],
    [
      [
        "supposed: sessions that a user ends in a day; busiest minutes beside the mean",
        `${supposed.endingsOfAUserADay}; ${supposed.peak} ×`,
      ],
      ["supposed: `maxTokenLife`, and so for how long an entry is kept", `${supposed.tokenLife} s, ${kept} s`],
      [
        "supposed: `bound`; shards over Redis; share of a server's processors",
        `${supposed.bound} s; ${supposed.shards}; ${supposed.share}`,
      ],
      [
        "supposed: PostgreSQL's processors; endings that it commits in a second",
        `${supposed.postgresCores}; ${supposed.postgresCommits}`,
      ],
      [
        "supposed: places of the CDN; `maxAge`; `poll`; most that a verifier spends",
        `${supposed.cdnPlaces}; ${supposed.maxAge} s; ${supposed.httpPoll} s; ${size(supposed.bytesASecond)}/s`,
      ],
      [
        "of the code: questions a second of a verifier: to Redis; to a Cluster; to PostgreSQL",
        `${redisQuestions}; ${redisQuestions * supposed.shards}; ${postgresQuestions}`,
      ],
      ["of the code: between two of them", `${stepMs.toFixed(0)} ms`],
      ["of the code: between two requests over HTTP", `${httpStepMs} ms`],
      ["of the code: one entry as text", `${entryBytes} B`],
      [
        "measured: memory of an entry, up to 8,192 and from 100,000 on",
        `${measured.bytesOfAnEntryOfFew} B, ${measured.bytesOfAnEntry} B`,
      ],
      [
        "measured: Redis, processor for a question about 64 shards, about one, and for an entry",
        `${measured.redisQuestionUs} µs, ${measured.clusterQuestionUs} µs, ${measured.redisEntryUs} µs`,
      ],
      ["measured: PostgreSQL, processor for a question", `${measured.postgresQuestionUs} µs`],
      [
        "measured: Redis, a question about 64 shards and its answer without news; about one (and supposed for PostgreSQL)",
        `${measured.redisQuestionBytes} B; ${measured.clusterQuestionBytes} B`,
      ],
      [
        "measured: a published entry, as signed and under gzip",
        `${measured.signedEntryBytes.toFixed(1)} B, ${measured.gzipEntryBytes.toFixed(1)} B`,
      ],
      ["supposed: an answer without news over HTTP", `${measured.notModifiedBytes} B`],
    ],
  );
}

export function listTable(): string {
  return table(
    ["users", "entries written a second", "entries of the list", "memory of a verifier"],
    costs.USERS.map((users) => [
      count(users),
      costs.written(users).toFixed(1),
      count(costs.listed(users)),
      size(costs.memory(users)),
    ]),
  );
}

export function costTable(of: (load: costs.Load) => costs.Cost, operations: string): string {
  const rows = costs.USERS.flatMap((users) =>
    costs.VERIFIERS.map((verifiers) => {
      const cost = of({ users, verifiers });
      return [
        count(users),
        count(verifiers),
        count(cost.operations),
        `${size(cost.bytes)}/s`,
        `${(cost.worstMs / 1000).toFixed(2)} s`,
        cost.verdict,
      ];
    }),
  );
  return table(["users", "verifiers", operations, "bytes", "refused within, while well", ""], rows);
}

export function mostTable(): string {
  const { most, mostUsers } = costs;
  return table(
    ["feed", "verifiers", "users"],
    [
      ["one Redis", count(most.redis()), "1 B"],
      ["Redis Cluster, a primary for each of 64 shards", count(most.cluster()), "1 B"],
      ["PostgreSQL", count(most.postgres()), count(mostUsers.postgres())],
      ["HTTP behind a CDN", "what the CDN serves", count(mostUsers.http())],
    ],
  );
}

export function outcomeTable(story: Story, outcomes: readonly Outcome[]): string {
  const policy = story.acceptFor === undefined ? '"reject"' : `{ acceptFor: ${story.acceptFor} }`;
  return table(
    [`${story.name}, ${policy}`, "verifiers", "logouts", "median", "worst", "limit", "good tokens accepted"],
    outcomes.map(({ kind, verifiers, logouts, medianMs, worstMs, limitMs, goodAccepted }) => [
      kind,
      String(verifiers),
      String(logouts),
      seconds(medianMs),
      seconds(worstMs),
      seconds(limitMs),
      `${(goodAccepted * 100).toFixed(1)} %`,
    ]),
  );
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, head.map(() => "---"), ...rows];
  return lines.map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}

function count(number: number): string {
  if (number >= 1e9) return `${short(number / 1e9)} B`;
  if (number >= 1e6) return `${short(number / 1e6)} M`;
  return number >= 10_000 ? `${short(number / 1000)} k` : String(Math.round(number));
}

function size(bytes: number): string {
  if (bytes >= 1e9) return `${short(bytes / 1e9)} GB`;
  return bytes >= 1e6 ? `${short(bytes / 1e6)} MB` : `${short(bytes / 1000)} kB`;
}

function short(number: number): string {
  return number >= 100 ? String(Math.round(number)) : String(Number(number.toFixed(1)));
}
