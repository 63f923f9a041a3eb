/** A fleet of processes under one accelerated clock: two instances of an issuer, and three verifiers of its tokens. */
import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { Jwk } from "../../src/jwk/jwk.ts";

export interface Entry {
  readonly jwk: Jwk;
  /** Milliseconds since 1970. */
  readonly signsFrom?: number;
}

/** What is done to the ring of each instance, and when: `A` and `B` in seconds after the start. */
export interface Deployment {
  readonly A: number;
  readonly B: number;
  readonly entries: readonly Entry[];
}

export interface Rotation {
  readonly seconds: number;
  readonly entries: readonly Entry[];
  readonly deployments: readonly Deployment[];
}

export interface Outcome {
  readonly verifications: number;
  /** Refusals of valid tokens, by code. */
  readonly refusals: Readonly<Record<string, number>>;
  /** In the order in which instance A signed with them. */
  readonly kids: readonly string[];
  readonly jwksRequests: { readonly full: number; readonly notModified: number };
}

export const START: number = Date.parse("2026-05-01T00:00:00Z");
export const JWKS_MAX_AGE = 60;
const EXPIRES_IN = 60;
/** The clocks of the two instances differ by four seconds: their ring's keys are accepted for that much longer. */
const SKEW_MS = { A: 2000, B: -2000, verifiers: [1000, -1000, 0] } as const;
const TOKEN_LIFE = EXPIRES_IN + 5;
const TOKENS_A_SECOND = 2;

interface Signed {
  readonly tokens: readonly string[];
  readonly kid: string;
  readonly answered: Readonly<Record<"200" | "304", number>>;
}

/** Runs a rotation, a second of its time at each step: every instance signs, and every verifier verifies new and old. */
export async function runRotation({ seconds, entries, deployments }: Rotation): Promise<Outcome> {
  const shared = { start: START, issuer: "https://issuer.example" };
  const life = { tokenLife: TOKEN_LIFE, jwksMaxAge: JWKS_MAX_AGE, expiresIn: EXPIRES_IN };
  const issuer = (skewMs: number) => start<{ port: number }>("issuer", { ...shared, ...life, entries, skewMs });
  const [A, B] = await Promise.all([issuer(SKEW_MS.A), issuer(SKEW_MS.B)]);
  const urls = [A, B, A].map(({ ready }) => `http://127.0.0.1:${ready.port}/jwks`);
  const verifiers = await Promise.all(
    urls.map((url, at) => start("verifier", { ...shared, url, skewMs: SKEW_MS.verifiers[at] })),
  );

  const refusals: Record<string, number> = {};
  const kids: string[] = [];
  const alive: string[][] = [];
  let verifications = 0;
  let answered = { full: 0, notModified: 0 };
  for (let second = 0; second < seconds; second += 1) {
    const now = START + second * 1000;
    const deployed = (name: "A" | "B") => deployments.find((deployment) => deployment[name] === second)?.entries;
    const [fromA, fromB] = (await Promise.all([
      A.ask({ now, sign: TOKENS_A_SECOND, entries: deployed("A") }),
      B.ask({ now, sign: TOKENS_A_SECOND, entries: deployed("B") }),
    ])) as [Signed, Signed];
    if (kids.at(-1) !== fromA.kid) kids.push(fromA.kid);
    answered = {
      full: fromA.answered[200] + fromB.answered[200],
      notModified: fromA.answered[304] + fromB.answered[304],
    };

    // The last second of a token's life is the one in which it is refused, if its key goes too soon.
    alive.push([...fromA.tokens, ...fromB.tokens]);
    if (alive.length >= EXPIRES_IN - SKEW_MS.A / 1000) alive.shift();
    const tokens = [alive.at(-1), alive[0], alive[second % alive.length]].flatMap((some) => some ?? []);
    const verdicts = await Promise.all(verifiers.map((verifier) => verifier.ask({ now, tokens })));
    for (const { refused } of verdicts as { refused: string[] }[]) {
      verifications += tokens.length;
      for (const code of refused) refusals[code] = (refusals[code] ?? 0) + 1;
    }
  }
  return { verifications, refusals, kids, jwksRequests: answered };
}

interface Worker<Ready> {
  readonly ready: Ready;
  ask(message: object): Promise<unknown>;
}

async function start<Ready>(role: "issuer" | "verifier", settings: object): Promise<Worker<Ready>> {
  const worker: ChildProcess = fork(join(import.meta.dirname, `rotation-${role}.mjs`), {
    env: { SETTINGS: JSON.stringify(settings) },
    execArgv: ["--no-warnings"],
  });
  onTestFinished(() => void worker.kill());
  let heard: (message: unknown) => void = () => {};
  let lost: (reason: Error) => void = () => {};
  worker.on("message", (message) => heard(message));
  worker.on("exit", () => lost(new Error(`the ${role} ended`)));
  const reply = (): Promise<unknown> =>
    new Promise((resolve, reject) => {
      heard = resolve;
      lost = reject;
    });
  const ready = (await reply()) as Ready;
  return {
    ready,
    ask: (message) => {
      const answer = reply();
      worker.send(message);
      return answer;
    },
  };
}
