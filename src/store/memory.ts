/** The store in this process's memory: the reference that the other stores are compared with. */
import type { EndReason } from "../errors.ts";
import { checkFunction, checkNames } from "../options.ts";
import { type Clock, type Duration, nowMs, systemClock } from "../time.ts";
import type {
  CreateFamily,
  CreateOutcome,
  Epochs,
  Family,
  FamilyReading,
  RotateCommand,
  RotateOutcome,
  SessionStore,
  SubjectAddress,
  SubjectReading,
} from "./contract.ts";
import { decideRotation, endFamily, endReasonOf, nextEpoch } from "./family.ts";
import { decideLogout } from "./logout.ts";
import { MemoryFeed } from "./memory-feed.ts";
import { formatCursor, parseCursor } from "./page-cursor.ts";
import { PRUNED_BY_A_START, removableFromMs, SWEEP_LIMIT, USED_ID_MARGIN_MS } from "./retention.ts";
import { readMaxTokenLife } from "./revocation.ts";
import type { FeedReader, RevocationFeed, RevocationRequest } from "./revocation-feed.ts";
import { decideStart, newestFirst } from "./start.ts";

export interface MemoryStoreOptions {
  /** Default: this machine's time. */
  readonly clock?: Clock | undefined;
  /** How long access tokens live at most: for so long revocations are kept. Default 1 hour. */
  readonly maxTokenLife?: Duration;
}

/** Sweeping stays short where almost nothing is dead: it looks at this many records for each that it may remove. */
const LOOKED_AT_PER_REMOVAL = 10;

/**
 * A session store for one process: tests, demos, and services that run as one process and may forget at a restart.
 * Every decision is one synchronous function, so that nothing can come between its reading and its writing.
 * @throws CONFIG for an unknown option
 */
export function memoryStore(options: MemoryStoreOptions = {}): SessionStore & RevocationFeed {
  checkNames("memoryStore", options, ["clock", "maxTokenLife"]);
  const clock = options.clock ?? systemClock;
  checkFunction("memoryStore", "clock", clock);
  return new MemoryStore(clock, readMaxTokenLife("memoryStore", options));
}

class MemoryStore implements SessionStore, RevocationFeed {
  readonly "~store" = "session";
  readonly "~feed" = true;
  readonly shards = 1;
  readonly maxTokenLifeMs: number;
  readonly #feed: MemoryFeed;
  readonly #clock: Clock;
  readonly #families = new Map<string, Family>();
  /** The session ids of each subject. */
  readonly #sessionIds = new Map<string, Set<string>>();
  readonly #subjectEpochs = new Map<string, number>();
  #everyoneEpoch = 0;
  readonly #usedUntilMs = new Map<string, number>();
  readonly #familiesToSweep = walkAround(this.#families);
  readonly #usedIdsToSweep = walkAround(this.#usedUntilMs);

  constructor(clock: Clock, maxTokenLifeMs: number) {
    this.#clock = clock;
    this.maxTokenLifeMs = maxTokenLifeMs;
    this.#feed = new MemoryFeed(clock, maxTokenLifeMs);
  }

  async migrate(): Promise<void> {}

  async create(command: CreateFamily): Promise<CreateOutcome> {
    const { sessionId, address } = command;
    const clockMs = nowMs(this.#clock);
    if (this.#families.has(sessionId)) throw new Error("the session id exists");
    this.#prune(address.subject, clockMs);
    const families = this.#familiesOf(address.subject);
    const { outcome, evicted } = decideStart({ command, families, epochs: this.#epochs(address.subject), clockMs });
    if (outcome.outcome !== "created") return outcome;
    for (const family of evicted) this.#save(family);
    this.#feed.endSessions(outcome.evicted, clockMs);
    this.#save(outcome.family);
    const ids = this.#sessionIds.get(address.subject) ?? new Set();
    this.#sessionIds.set(address.subject, ids.add(sessionId));
    return outcome;
  }

  async read(sessionId: string): Promise<FamilyReading | undefined> {
    const family = this.#families.get(sessionId);
    return family && { nowMs: nowMs(this.#clock), family, epochs: this.#epochs(family.subject) };
  }

  async readSubject({ subject }: SubjectAddress): Promise<SubjectReading> {
    return { nowMs: nowMs(this.#clock), epochs: this.#epochs(subject) };
  }

  async rotate(command: RotateCommand): Promise<RotateOutcome> {
    const family = this.#families.get(command.sessionId);
    const epochs = this.#epochs(family?.subject);
    const clockMs = nowMs(this.#clock);
    const { outcome, next } = decideRotation({ family, epochs, command, clockMs });
    if (next !== undefined) this.#save(next);
    if (next?.ended !== undefined) this.#feed.endSessions([next.sessionId], clockMs);
    return outcome;
  }

  async endFamily(sessionId: string, reason: EndReason): Promise<Family | undefined> {
    const clockMs = nowMs(this.#clock);
    const family = this.#families.get(sessionId);
    if (family === undefined || endReasonOf(family, this.#epochs(family.subject), clockMs) !== undefined)
      return undefined;
    const ended = endFamily(family, reason, clockMs);
    this.#save(ended);
    this.#feed.endSessions([sessionId], clockMs);
    return ended;
  }

  async bumpSubject(
    { subject }: SubjectAddress,
    { except }: { readonly except: string | undefined },
  ): Promise<{ readonly epoch: number; readonly ended: readonly string[] }> {
    const families = this.#familiesOf(subject);
    const epochs = this.#epochs(subject);
    const clockMs = nowMs(this.#clock);
    const { epoch, ended, kept } = decideLogout({ families, except, epochs, clockMs });
    this.#subjectEpochs.set(subject, epoch);
    this.#feed.cutOffSubject(subject, epoch, clockMs);
    for (const family of ended) this.#save(family);
    if (kept !== undefined) this.#save(kept);
    return { epoch, ended: ended.map((family) => family.sessionId) };
  }

  async bumpEveryone(): Promise<{ readonly epoch: number }> {
    const clockMs = nowMs(this.#clock);
    this.#everyoneEpoch = nextEpoch(this.#everyoneEpoch, clockMs);
    this.#feed.cutOffEveryone(this.#everyoneEpoch, clockMs);
    return { epoch: this.#everyoneEpoch };
  }

  async list(
    { subject }: SubjectAddress,
    { limit, after }: { readonly limit: number; readonly after: string | undefined },
  ): Promise<{ readonly families: readonly Family[]; readonly next: string | undefined }> {
    const place = after === undefined ? undefined : parseCursor(after);
    const clockMs = nowMs(this.#clock);
    const epochs = this.#epochs(subject);
    const rest = this.#familiesOf(subject)
      .filter((family) => endReasonOf(family, epochs, clockMs) === undefined)
      .sort(newestFirst)
      .filter((family) => place === undefined || newestFirst(place, family) < 0);
    const families = rest.slice(0, limit);
    const last = families.at(-1);
    return { families, next: last !== undefined && rest.length > limit ? formatCursor(last) : undefined };
  }

  async markUsed(id: string, until: Date): Promise<boolean> {
    if (this.#usedUntilMs.has(id)) return false;
    this.#usedUntilMs.set(id, until.getTime());
    return true;
  }

  async sweep(limit: number = SWEEP_LIMIT): Promise<number> {
    const clockMs = nowMs(this.#clock);
    let removed = 0;
    for (const [, family] of this.#familiesToSweep(limit * LOOKED_AT_PER_REMOVAL)) {
      if (clockMs < removableFromMs(family)) continue;
      this.#remove(family);
      if (++removed === limit) return removed;
    }
    for (const [id, untilMs] of this.#usedIdsToSweep(limit * LOOKED_AT_PER_REMOVAL)) {
      if (clockMs < untilMs + USED_ID_MARGIN_MS) continue;
      this.#usedUntilMs.delete(id);
      if (++removed === limit) return removed;
    }
    return removed;
  }

  reader(): FeedReader {
    return this.#feed.reader();
  }

  async addRevocation(request: RevocationRequest): Promise<void> {
    this.#feed.add(request);
  }

  async close(): Promise<void> {}

  #epochs(subject: string | undefined): Epochs {
    const epoch = subject === undefined ? undefined : this.#subjectEpochs.get(subject);
    return { subject: epoch ?? 0, everyone: this.#everyoneEpoch };
  }

  #familiesOf(subject: string): Family[] {
    const ids = this.#sessionIds.get(subject) ?? [];
    return [...ids].flatMap((id) => this.#families.get(id) ?? []);
  }

  #save(family: Family): void {
    this.#families.set(family.sessionId, family);
  }

  #remove({ sessionId, subject }: Family): void {
    this.#families.delete(sessionId);
    const ids = this.#sessionIds.get(subject);
    ids?.delete(sessionId);
    if (ids?.size === 0) this.#sessionIds.delete(subject);
  }

  #prune(subject: string, clockMs: number): void {
    const dead = this.#familiesOf(subject).filter((family) => clockMs >= removableFromMs(family));
    for (const family of dead.slice(0, PRUNED_BY_A_START)) this.#remove(family);
  }
}

/**
 * The entries of a map, at most `count` at a time, round and round: a pause between two calls loses no place, since
 * the iterators of a Map follow its changes.
 */
function walkAround<K, V>(map: ReadonlyMap<K, V>): (count: number) => Iterable<[K, V]> {
  let entries = map.entries();
  return function* (count) {
    for (let left = Math.min(count, map.size); left > 0; left--) {
      let step = entries.next();
      if (step.done === true) {
        entries = map.entries();
        step = entries.next();
      }
      if (step.done !== true) yield step.value;
    }
  };
}
