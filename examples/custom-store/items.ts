/** The items of the table: subjects, pointers from sessions to them, everyone's epoch, and ids that were used. */
import { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import {
  DeleteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  type PutCommandInput,
  ScanCommand,
} from "@aws-sdk/lib-dynamodb";
import type { Family } from "rejwt/store";

export interface SubjectItem {
  /** Counts the writes; 0 where there is no item yet. */
  readonly version: number;
  readonly epoch: number;
  readonly families: Readonly<Record<string, Family>>;
}

export type Found =
  | { readonly kind: "subject"; readonly subject: string }
  | { readonly kind: "used"; readonly digest: string; readonly removableFromMs: number };

const SUBJECT = "subject#";
const SESSION = "session#";
const USED = "used#";
const EVERYONE = "everyone";

export class Items {
  readonly #client: DynamoDBDocumentClient;
  readonly #table: string;

  constructor(client: DynamoDBDocumentClient, table: string) {
    this.#client = client;
    this.#table = table;
  }

  async subject(subject: string): Promise<SubjectItem> {
    const item = await this.#get(SUBJECT + subject);
    if (item === undefined) return { version: 0, epoch: 0, families: {} };
    return { version: item.version, epoch: item.epoch, families: JSON.parse(item.families) };
  }

  /** True where the item still had this version. */
  replaceSubject(
    subject: string,
    version: number,
    { epoch, families }: Omit<SubjectItem, "version">,
  ): Promise<boolean> {
    const item = { pk: SUBJECT + subject, version: version + 1, epoch, families: JSON.stringify(families) };
    return this.#put(item, {
      ConditionExpression: version === 0 ? "attribute_not_exists(pk)" : "version = :version",
      ...(version === 0 ? {} : { ExpressionAttributeValues: { ":version": version } }),
    });
  }

  async subjectOf(sessionId: string): Promise<string | undefined> {
    return (await this.#get(SESSION + sessionId))?.subject;
  }

  /** False where the session id exists. `expires` is for DynamoDB's TTL, in seconds. */
  addPointer(sessionId: string, subject: string, forgottenMs: number): Promise<boolean> {
    return this.#add({ pk: SESSION + sessionId, subject, expires: Math.ceil(forgottenMs / 1000) });
  }

  removePointer(sessionId: string): Promise<void> {
    return this.#remove(SESSION + sessionId);
  }

  async everyone(): Promise<number> {
    return (await this.#get(EVERYONE))?.epoch ?? 0;
  }

  replaceEveryone(epoch: number, next: number): Promise<boolean> {
    return this.#put(
      { pk: EVERYONE, epoch: next },
      {
        ConditionExpression: epoch === 0 ? "attribute_not_exists(pk)" : "epoch = :epoch",
        ...(epoch === 0 ? {} : { ExpressionAttributeValues: { ":epoch": epoch } }),
      },
    );
  }

  /** True the first time. */
  addUsed(digest: string, removableFromMs: number): Promise<boolean> {
    return this.#add({ pk: USED + digest, removableFromMs, expires: Math.ceil(removableFromMs / 1000) });
  }

  removeUsed(digest: string): Promise<void> {
    return this.#remove(USED + digest);
  }

  /** Everything that `sweep` may look at, page by page. */
  async *scan(): AsyncGenerator<Found> {
    let from: Record<string, unknown> | undefined;
    do {
      const page = await this.#client.send(
        new ScanCommand({
          TableName: this.#table,
          ProjectionExpression: "pk, removableFromMs",
          ConsistentRead: true,
          ExclusiveStartKey: from,
        }),
      );
      for (const { pk, removableFromMs } of page.Items ?? []) {
        if (pk.startsWith(SUBJECT)) yield { kind: "subject", subject: pk.slice(SUBJECT.length) };
        if (pk.startsWith(USED)) yield { kind: "used", digest: pk.slice(USED.length), removableFromMs };
      }
      from = page.LastEvaluatedKey;
    } while (from !== undefined);
  }

  async #get(pk: string) {
    // Eventually consistent reads are cheaper, and would let an ended session live on.
    const { Item } = await this.#client.send(
      new GetCommand({ TableName: this.#table, Key: { pk }, ConsistentRead: true }),
    );
    return Item;
  }

  #add(item: Record<string, unknown>): Promise<boolean> {
    return this.#put(item, { ConditionExpression: "attribute_not_exists(pk)" });
  }

  async #put(item: Record<string, unknown>, condition: Partial<PutCommandInput>): Promise<boolean> {
    try {
      await this.#client.send(new PutCommand({ TableName: this.#table, Item: item, ...condition }));
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw error;
    }
  }

  async #remove(pk: string): Promise<void> {
    await this.#client.send(new DeleteCommand({ TableName: this.#table, Key: { pk } }));
  }
}
