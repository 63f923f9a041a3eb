/** What is measured side by side: a store, and the least that its client can do. */
import type { SessionStore } from "../../src/store/contract.ts";
import { startChain } from "./chain.ts";

/** Sessions that are rotated, and the most that are in flight. */
export const CHAINS = 64;

export interface Contender {
  readonly name: string;
  readonly floorName: string;
  /** One bare write of as many bytes as the record of a session has. */
  floor(chain: number): Promise<void>;
  /** One rotation of one session. */
  rotate(chain: number): Promise<void>;
  close(): Promise<void>;
}

/** @returns what rotates the session of a chain */
export async function startChains(store: SessionStore): Promise<(chain: number) => Promise<void>> {
  await store.migrate();
  const chains = await Promise.all(Array.from({ length: CHAINS }, () => startChain(store)));
  return (chain) => (chains[chain] as () => Promise<void>)();
}

/** As many characters as the record of a session, and different each time. */
export function recordText(count: number): string {
  return String(count).padStart(400, "r");
}
