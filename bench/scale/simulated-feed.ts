/** A feed over a network that is slow, or is gone for a while: asked as a database is, or through a CDN. */
import type { Revocation } from "../../src/store/revocation.ts";
import type { FeedChanges, FeedCursor, FeedReader, RevocationFeed } from "../../src/store/revocation-feed.ts";
import type { VirtualTime } from "./virtual-time.ts";

const history = "simulated";

/** All that was revoked, in its order. */
export class SimulatedStore {
  readonly log: Revocation[] = [];
}

export interface Line {
  /** One way, milliseconds. */
  readonly latencyMs: readonly [low: number, high: number];
  /** From when until when nothing comes through. */
  readonly cut: readonly [fromMs: number, untilMs: number] | undefined;
  /** Whether what was cut off fails at once, or says nothing until then. */
  readonly isRefused: boolean;
}

export interface Way {
  readonly pollMs: number;
  /** For so long a cache on the way, and the auth server behind it, answer with what they have. 0: there is none. */
  readonly maxAgeMs: number;
}

/** What a CDN, or the auth server behind it, has read. */
export class Cache {
  #asOfMs = Number.NEGATIVE_INFINITY;
  #length = 0;
  #fetchedMs = Number.NEGATIVE_INFINITY;
  readonly #origin: (() => { asOfMs: number; length: number }) | undefined;

  constructor(origin?: () => { asOfMs: number; length: number }) {
    this.#origin = origin;
  }

  read(store: SimulatedStore, nowMs: number, maxAgeMs: number): { asOfMs: number; length: number } {
    if (nowMs - this.#fetchedMs >= maxAgeMs) {
      const fetched = this.#origin?.() ?? { asOfMs: nowMs, length: store.log.length };
      this.#asOfMs = fetched.asOfMs;
      this.#length = fetched.length;
      this.#fetchedMs = nowMs;
    }
    return { asOfMs: this.#asOfMs, length: this.#length };
  }
}

export function simulatedFeed(
  time: VirtualTime,
  store: SimulatedStore,
  line: Line,
  way: Way & { readonly cache: Cache },
  offsetMs: number,
): RevocationFeed {
  /** One question and its answer: all entries up to some place, and how far behind that is. */
  async function ask(): Promise<{ readonly length: number; readonly ageMs: number }> {
    const sentMs = time.nowMs;
    await travel();
    const { asOfMs, length } = way.cache.read(store, time.nowMs, way.maxAgeMs);
    await travel();
    // The signed time beside the verifier's own clock. A database answers no time: then it is that of the question.
    return { length, ageMs: way.maxAgeMs === 0 ? 0 : Math.max(0, sentMs + offsetMs - asOfMs) };
  }

  async function travel(): Promise<void> {
    await time.sleep(time.between(...line.latencyMs));
    const { cut } = line;
    if (cut === undefined || time.nowMs < cut[0] || time.nowMs >= cut[1]) return;
    if (!line.isRefused) await time.sleep(cut[1] - time.nowMs);
    throw new Error("cut off");
  }

  const upTo = (length: number): FeedCursor => ({ position: length, history });
  const reader = (): FeedReader => ({
    async snapshot() {
      const { length, ageMs } = await ask();
      return { revocations: store.log.slice(0, length), cursor: upTo(length), ageMs };
    },
    async tail(_shard, { position }, waitMs): Promise<FeedChanges> {
      const askedMs = time.nowMs;
      const steps = Math.max(1, Math.ceil(waitMs / way.pollMs));
      for (let step = 0; ; step++) {
        const sentMs = time.nowMs;
        const { length, ageMs } = await ask();
        if (length <= position && step < steps) {
          await time.sleep(waitMs / steps);
          continue;
        }
        const revocations = store.log.slice(position, length);
        // A list counts from its own question, which came before this one; a CDN's age may be counted from there.
        const behindMs = way.maxAgeMs === 0 ? 0 : Math.max(ageMs - (sentMs - askedMs), askedMs - sentMs);
        return { revocations, cursor: upTo(Math.max(position, length)), ageMs: behindMs };
      }
    },
    close: async () => {},
  });
  return {
    "~feed": true,
    shards: 1,
    maxTokenLifeMs: 900_000,
    reader,
    addRevocation: async () => {
      throw new Error("the story writes to the store itself");
    },
  };
}
