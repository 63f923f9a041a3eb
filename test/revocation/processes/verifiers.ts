/** Several processes that verify, and wait for one of their tokens to be refused. */
import { nextMessage } from "../../session/processes/fleet.ts";
import { startBundled } from "./bundled.ts";
import type { SharedPlace } from "./issuing.ts";
import type { Refused } from "./verifier.ts";

export interface Verifiers {
  /** Makes all watch these tokens, which each must accept now; then answers when each has refused them. */
  watch(tokens: readonly string[]): Promise<() => Promise<readonly Refused[]>>;
  close(): Promise<void>;
}

export async function startVerifiers(place: SharedPlace, count: number, boundSeconds: number): Promise<Verifiers> {
  const { children, close } = await startBundled("verifier", { place, boundSeconds }, count);
  return {
    async watch(tokens) {
      await Promise.all(
        children.map((child) => {
          const watching = nextMessage(child);
          child.send({ tokens });
          return watching;
        }),
      );
      const refused = Promise.all(children.map((child) => nextMessage(child) as Promise<Refused>));
      return () => refused;
    },
    close,
  };
}
