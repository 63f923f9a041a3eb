/** One token, judged by this package and by jose, and whether the two judgements are allowed to differ. */
import { createPublicKey } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { jwtVerify } from "jose";
import { type Alg, createVerifier, isTokenError, type Key } from "../../src/index.ts";
import { keyFor, keyObjectFor, publicKeyFor } from "../fixtures/keys.ts";
import { clockAt, NOON } from "../fixtures/tokens.ts";
import { processorTimeOf } from "./in-time.ts";
import { LISTED, openedToken } from "./listed-differences.ts";

/** What both implement. */
export const SHARED_ALGS: readonly Alg[] = ["HS256", "HS512", "RS256", "PS384", "ES256", "ES512", "EdDSA", "Ed25519"];

export interface Judged {
  /** The code, or "accepted". */
  readonly ours: string;
  readonly jose: string;
  /** The name of the rule that explains a difference. */
  readonly rule: string | undefined;
  /** What is wrong, for people; undefined where all is well. */
  readonly problem: string | undefined;
}

interface Pair {
  verify(token: string): { readonly claims: unknown };
  jose(token: string): Promise<{ readonly payload: unknown }>;
}

const pairs = new Map<Alg, Pair>();

function pairFor(alg: Alg): Pair {
  const known = pairs.get(alg) ?? newPair(alg);
  pairs.set(alg, known);
  return known;
}

function newPair(alg: Alg): Pair {
  const isSecret = alg.startsWith("HS");
  const key: Key = isSecret ? keyFor(alg) : publicKeyFor(alg as "RS256");
  const verifier = createVerifier({
    keys: key,
    issuer: false,
    audience: false,
    expiry: "optional",
    typ: false,
    clock: clockAt(NOON),
    crit: { x: () => {} },
  });
  const options = {
    // A key of the new name reads the old one too.
    algorithms: alg === "Ed25519" ? ["Ed25519", "EdDSA"] : [alg],
    currentDate: new Date(NOON * 1000),
    crit: { x: true },
  };
  const object = keyObjectFor(alg);
  const joseKey = isSecret ? object : createPublicKey(object);
  return {
    verify: (token) => verifier.verify(token),
    jose: (token) => jwtVerify(token, joseKey, options),
  };
}

/**
 * @param joseAlg another than ours only to test the comparison itself
 * @returns `problem` for a crash, for an accept that jose refuses, and for a refusal that no listed rule explains
 */
export async function judge(alg: Alg, token: string, joseAlg: Alg = alg): Promise<Judged> {
  const ours = attempt(() => pairFor(alg).verify(token).claims);
  const theirs = await pairFor(joseAlg)
    .jose(token)
    .then(
      ({ payload }) => ({ verdict: "accepted", payload }),
      (error: { readonly code?: string }) => ({ verdict: error.code ?? "threw", payload: undefined }),
    );
  const judged = (rule?: string, problem?: string): Judged => ({
    ours: ours.verdict,
    jose: theirs.verdict,
    rule,
    problem,
  });
  if (ours.verdict === "crashed") return judged(undefined, `threw something else than a TokenError: ${ours.payload}`);
  if (ours.verdict === "accepted") {
    if (theirs.verdict !== "accepted") return judged(undefined, `accepted, where jose says ${theirs.verdict}`);
    return isDeepStrictEqual(ours.payload, theirs.payload)
      ? judged()
      : judged(undefined, "another payload than jose's");
  }
  if (theirs.verdict !== "accepted") return judged();
  const opened = openedToken(token, NOON);
  const rule = LISTED.find(({ code, applies }) => code === ours.verdict && applies(opened));
  return judged(rule?.name, rule === undefined ? `refused with ${ours.verdict} for no listed reason` : undefined);
}

function attempt(run: () => unknown): { readonly verdict: string; readonly payload: unknown } {
  try {
    return { verdict: "accepted", payload: run() };
  } catch (error) {
    return isTokenError(error) ? { verdict: error.code, payload: undefined } : { verdict: "crashed", payload: error };
  }
}

/** Milliseconds that the processor needs for one verification. */
export function processorTimeOfVerify(alg: Alg, token: string): number {
  return processorTimeOf(() => attempt(() => pairFor(alg).verify(token)));
}
