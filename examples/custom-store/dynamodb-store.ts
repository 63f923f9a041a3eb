/**
 * A session store in one table of DynamoDB, of the guide's second shape: read, decide, swap. Each subject is one item,
 * replaced whole if its version is still the one that was read. An item holds 400 KB, which is some 500 sessions.
 */
import { createHash } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import {
  CreateTableCommand,
  type DynamoDBClient,
  ResourceInUseException,
  waitUntilTableExists,
} from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import type { Clock, EndReason } from "rejwt";
import type { CreateFamily, CreateOutcome, Family, RotateCommand, RotateOutcome, SessionStore } from "rejwt/store";
import * as rules from "rejwt/store";
import { Items, type SubjectItem } from "./items.ts";

export interface DynamoDbStoreOptions {
  readonly table: string;
  /** DynamoDB has no clock that an operation could read, so that the app servers' own must agree to a second or so. */
  readonly clock?: Clock;
}

export function dynamoDbStore(client: DynamoDBClient, options: DynamoDbStoreOptions): SessionStore {
  return new DynamoDbStore(client, options);
}

const MOST_PAUSE_MS = 64;

class DynamoDbStore implements SessionStore {
  readonly "~store" = "session";
  readonly shards = 1;
  readonly #client: DynamoDBClient;
  readonly #table: string;
  readonly #clock: Clock;
  readonly #items: Items;

  constructor(client: DynamoDBClient, { table, clock = () => new Date() }: DynamoDbStoreOptions) {
    this.#client = client;
    this.#table = table;
    this.#clock = clock;
    this.#items = new Items(DynamoDBDocumentClient.from(client), table);
  }

  async migrate(): Promise<void> {
    const table = {
      TableName: this.#table,
      AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" as const }],
      KeySchema: [{ AttributeName: "pk", KeyType: "HASH" as const }],
      BillingMode: "PAY_PER_REQUEST" as const,
    };
    await this.#client.send(new CreateTableCommand(table)).catch((error: unknown) => {
      // Another process was faster, today or last year.
      if (!(error instanceof ResourceInUseException)) throw error;
    });
    await waitUntilTableExists({ client: this.#client, maxWaitTime: 60, minDelay: 1 }, { TableName: this.#table });
  }

  async create(command: CreateFamily): Promise<CreateOutcome> {
    const { sessionId, address } = command;
    // Whose session it is never changes. A process that dies after this leaves a pointer to nothing, which is no session.
    const forgottenMs = this.#nowMs() + command.absoluteMs + rules.DEAD_SESSION_MS;
    if (!(await this.#items.addPointer(sessionId, address.subject, forgottenMs)))
      throw new Error("the session id exists");
    const outcome = await this.#change<CreateOutcome>(address.subject, (item, everyone, clockMs) => {
      const families = Object.values(item.families);
      const epochs = { subject: item.epoch, everyone };
      const { outcome, evicted } = rules.decideStart({ command, families, epochs, clockMs });
      if (outcome.outcome !== "created") return { answer: outcome };
      return { answer: outcome, changed: [...evicted, outcome.family] };
    });
    if (outcome.outcome !== "created") await this.#items.removePointer(sessionId);
    return outcome;
  }

  async read(sessionId: string) {
    const subject = await this.#items.subjectOf(sessionId);
    if (subject === undefined) return undefined;
    const { item, everyone, nowMs } = await this.#read(subject);
    const family = item.families[sessionId];
    return family && { nowMs, family, epochs: { subject: item.epoch, everyone } };
  }

  async rotate(command: RotateCommand): Promise<RotateOutcome> {
    const subject = await this.#items.subjectOf(command.sessionId);
    if (subject === undefined) {
      const epochs = { subject: 0, everyone: 0 };
      return rules.decideRotation({ family: undefined, epochs, command, clockMs: this.#nowMs() }).outcome;
    }
    return this.#change(subject, (item, everyone, clockMs) => {
      const family = item.families[command.sessionId];
      const epochs = { subject: item.epoch, everyone };
      const { outcome, next } = rules.decideRotation({ family, epochs, command, clockMs });
      return { answer: outcome, changed: next === undefined ? [] : [next] };
    });
  }

  async endFamily(sessionId: string, reason: EndReason): Promise<Family | undefined> {
    const subject = await this.#items.subjectOf(sessionId);
    if (subject === undefined) return undefined;
    return this.#change(subject, (item, everyone, clockMs) => {
      const family = item.families[sessionId];
      const epochs = { subject: item.epoch, everyone };
      if (family === undefined || rules.endReasonOf(family, epochs, clockMs) !== undefined)
        return { answer: undefined };
      const ended = rules.endFamily(family, reason, clockMs);
      return { answer: ended, changed: [ended] };
    });
  }

  async readSubject({ subject }: { readonly subject: string }) {
    const { item, everyone, nowMs } = await this.#read(subject);
    return { nowMs, epochs: { subject: item.epoch, everyone } };
  }

  bumpSubject({ subject }: { readonly subject: string }, { except }: { readonly except: string | undefined }) {
    return this.#change(subject, (item, everyone, clockMs) => {
      const families = Object.values(item.families);
      const epochs = { subject: item.epoch, everyone };
      const { epoch, ended, kept } = rules.decideLogout({ families, except, epochs, clockMs });
      const answer = { epoch, ended: ended.map(({ sessionId }) => sessionId) };
      return { answer, changed: kept === undefined ? ended : [...ended, kept], epoch };
    });
  }

  async bumpEveryone(): Promise<{ readonly epoch: number }> {
    for (let attempt = 0; ; attempt++) {
      const epoch = await this.#items.everyone();
      const next = rules.nextEpoch(epoch, this.#nowMs());
      if (await this.#items.replaceEveryone(epoch, next)) return { epoch: next };
      await pause(Math.random() * Math.min(MOST_PAUSE_MS, 2 ** attempt));
    }
  }

  async list(
    { subject }: { readonly subject: string },
    { limit, after }: { readonly limit: number; readonly after: string | undefined },
  ) {
    const place = after === undefined ? undefined : rules.parseCursor(after);
    const { item, everyone, nowMs } = await this.#read(subject);
    const epochs = { subject: item.epoch, everyone };
    const rest = Object.values(item.families)
      .filter((family) => rules.endReasonOf(family, epochs, nowMs) === undefined)
      .sort(rules.newestFirst)
      .filter((family) => place === undefined || rules.newestFirst(place, family) < 0);
    const families = rest.slice(0, limit);
    const last = families.at(-1);
    return { families, next: last && rest.length > limit ? rules.formatCursor(last) : undefined };
  }

  markUsed(id: string, until: Date): Promise<boolean> {
    const digest = createHash("sha256").update(id, "utf16le").digest("base64url");
    return this.#items.addUsed(digest, until.getTime() + rules.USED_ID_MARGIN_MS);
  }

  async sweep(limit: number = rules.SWEEP_LIMIT): Promise<number> {
    let removed = 0;
    for await (const found of this.#items.scan()) {
      if (removed >= limit) break;
      if (found.kind === "used") {
        if (this.#nowMs() < found.removableFromMs) continue;
        await this.#items.removeUsed(found.digest);
        removed++;
        continue;
      }
      const gone = await this.#removeDead(found.subject, limit - removed);
      for (const sessionId of gone) await this.#items.removePointer(sessionId);
      removed += gone.length;
    }
    return removed;
  }

  async close(): Promise<void> {}

  #removeDead(subject: string, limit: number): Promise<readonly string[]> {
    return this.#change(subject, (item, _everyone, clockMs) => {
      const dead = Object.values(item.families).filter((family) => clockMs >= rules.removableFromMs(family));
      const removed = dead.slice(0, limit).map(({ sessionId }) => sessionId);
      return { answer: removed, removed };
    });
  }

  #nowMs(): number {
    return this.#clock().getTime();
  }

  /** Both epochs and the clock, read after the item: whoever wrote it first had an earlier time. */
  async #read(subject: string): Promise<{ item: SubjectItem; everyone: number; nowMs: number }> {
    const item = await this.#items.subject(subject);
    const everyone = await this.#items.everyone();
    return { item, everyone, nowMs: this.#nowMs() };
  }

  /** Read, decide, swap; where somebody was faster, again from the start, with a new reading of the clock. */
  async #change<T>(subject: string, decide: Decide<T>): Promise<T> {
    for (let attempt = 0; ; attempt++) {
      const { item, everyone, nowMs } = await this.#read(subject);
      const { answer, changed = [], removed = [], epoch = item.epoch } = decide(item, everyone, nowMs);
      if (changed.length + removed.length === 0 && epoch === item.epoch) return answer;
      const families = { ...item.families };
      for (const family of changed) families[family.sessionId] = family;
      for (const sessionId of removed) delete families[sessionId];
      if (await this.#items.replaceSubject(subject, item.version, { epoch, families })) return answer;
      await pause(Math.random() * Math.min(MOST_PAUSE_MS, 2 ** attempt));
    }
  }
}

type Decide<T> = (
  item: SubjectItem,
  everyone: number,
  clockMs: number,
) => {
  readonly answer: T;
  readonly changed?: readonly Family[];
  readonly removed?: readonly string[];
  readonly epoch?: number;
};
