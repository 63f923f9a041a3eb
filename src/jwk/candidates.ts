/** Which of the configured keys may check a token: chosen by `alg` and `kid`, which nobody has proved yet. */
import { isTokenError, tokenError } from "../errors.ts";
import type { Alg } from "../jwa/algorithm.ts";
import { configError } from "../options.ts";

/** At most this many keys are tried for one token, so that many keys do not multiply an attacker's work. */
export const MAX_CANDIDATES = 4;

export interface CandidateIndex<K> {
  /**
   * The keys to try, in this order: those whose kid the token names, then those whose kid nobody declared.
   * @throws ALG where no key is for this algorithm; KEY_UNKNOWN where the kid matches nothing and every key declares one
   */
  candidates(alg: string, kid: string | undefined): readonly K[];
}

/** What decides whether a key is a candidate. */
export interface CandidateFacts {
  /** The `alg` values that it accepts. */
  readonly names: readonly Alg[];
  /** False where nobody gave it its kid: such a key is a candidate for every token. */
  readonly kidDeclared: boolean;
}

interface Entry<K> {
  readonly key: K;
  readonly kid: string | undefined;
  readonly kidDeclared: boolean;
}

/**
 * Indexes keys by the `alg` values that they accept.
 * @param factsOf throws for what is no key, or one that may not verify
 * @throws CONFIG for no key, and for two of one name
 */
export function candidateIndex<K extends { readonly kid: string | undefined }>(
  where: string,
  keys: readonly K[],
  factsOf: (key: K) => CandidateFacts,
): CandidateIndex<K> {
  if (keys.length === 0) throw configError(where, 'option "keys" is empty: nothing could ever be verified');
  const groups = new Map<string, Entry<K>[]>();
  for (const key of keys) {
    const { names, kidDeclared } = factsOf(key);
    const entry = { key, kid: key.kid, kidDeclared };
    for (const name of names) add(groups, name, entry);
  }
  for (const [alg, group] of groups) checkGroup(where, alg, group);
  const byAlg = new Map([...groups].map(([alg, group]) => [alg, indexByKid(group)]));

  return {
    candidates(alg, kid) {
      const group = byAlg.get(alg);
      if (group === undefined) throw tokenError("ALG", "the token's alg is not that of any key of this verifier");
      const entries = kid === undefined ? group.all : (group.byKid.get(kid) ?? group.undeclared);
      if (entries.length === 0) {
        throw tokenError("KEY_UNKNOWN", "the token's kid is not that of any key of this verifier");
      }
      return few(entries);
    },
  };
}

/** The keys of one algorithm. */
interface Group<K> {
  readonly all: readonly Entry<K>[];
  /** For each kid its keys, then those whose kid nobody declared. */
  readonly byKid: ReadonlyMap<string, readonly Entry<K>[]>;
  readonly undeclared: readonly Entry<K>[];
}

/** So that a token's keys are found in the same time whether there are two or a thousand. */
function indexByKid<K>(all: readonly Entry<K>[]): Group<K> {
  const undeclared = all.filter(({ kidDeclared }) => !kidDeclared);
  const named = new Map<string, Entry<K>[]>();
  for (const entry of all) if (entry.kid !== undefined) add(named, entry.kid, entry);
  const byKid = new Map(
    [...named].map(([kid, own]) => [kid, [...own, ...undeclared.filter((one) => one.kid !== kid)]]),
  );
  return { all, byKid, undeclared };
}

function add<T>(lists: Map<string, T[]>, name: string, value: T): void {
  const list = lists.get(name);
  if (list === undefined) lists.set(name, [value]);
  else list.push(value);
}

/** RFC 7515 §4.1.4: a kid that two keys share tells them apart no more. */
function checkGroup(where: string, alg: string, group: readonly Entry<unknown>[]): void {
  const declared = group.filter(({ kidDeclared }) => kidDeclared).map(({ kid }) => kid);
  if (new Set(declared).size !== declared.length) {
    throw configError(where, `two ${alg} keys have the same kid: give each its own`);
  }
  if (group.length - declared.length > MAX_CANDIDATES) {
    throw configError(
      where,
      `more than ${MAX_CANDIDATES} ${alg} keys without a kid: a token would have to be tried with each. Declare kids`,
    );
  }
}

function few<K>(entries: readonly Entry<K>[]): readonly K[] {
  if (entries.length > MAX_CANDIDATES) {
    throw tokenError("KEY_UNKNOWN", `the token names no kid, and more than ${MAX_CANDIDATES} keys could be meant`);
  }
  return entries.map(({ key }) => key);
}

/** Another issuer's keys, from `rejwt/jwks`. */
export interface RemoteKeys {
  readonly "~verifies": "async";
  /** Fetches the keys now. Resolves false where that failed: the next verification tries again. */
  preload(): Promise<boolean>;
  /** Fetches no more; a verification that would need to is KEYS_UNAVAILABLE. */
  close(): void;
}

/** What verifiers ask of a remote set. */
export interface RemoteInternals<K> {
  /** @throws ALG, KEY_UNKNOWN, KEYS_UNAVAILABLE */
  candidates(alg: string, kid: string | undefined): Promise<readonly K[]>;
}

// In the global registry: `rejwt/jwks` is a bundle of its own, and the core must not load it.
export const REMOTE_KEYS: unique symbol = Symbol.for("rejwt.remote-keys") as never;

export interface Candidates<K> {
  readonly keys: readonly K[];
  /** KEYS_UNAVAILABLE of a source that could not be asked: where none of `keys` verifies, its key might have. */
  readonly outage: unknown;
}

/** @throws KEYS_UNAVAILABLE, KEY_UNKNOWN, ALG where no set has a key to try */
export async function askAll<K>(
  sets: readonly (CandidateIndex<K> | RemoteInternals<K>)[],
  alg: string,
  kid: string | undefined,
): Promise<Candidates<K>> {
  const answers = await Promise.allSettled(sets.map(async (set) => set.candidates(alg, kid)));
  const found = answers.flatMap((answer) => (answer.status === "fulfilled" ? answer.value : []));
  const errors = answers.flatMap((answer) => (answer.status === "rejected" ? [answer.reason as unknown] : []));
  // An outage of one source must not pass for the token's fault, and what one set lacks another might have had.
  const telling = (code: string): unknown => errors.find((error) => !isTokenError(error) || error.code === code);
  const outage = telling("KEYS_UNAVAILABLE");
  if (found.length > 0) return { keys: found.slice(0, MAX_CANDIDATES), outage };
  throw outage ?? telling("KEY_UNKNOWN") ?? errors[0];
}

/** What a remote set answers verifiers; undefined for anything else. */
export function remoteInternals<K>(source: unknown): RemoteInternals<K> | undefined {
  return (source as { readonly [REMOTE_KEYS]?: RemoteInternals<K> } | null | undefined)?.[REMOTE_KEYS];
}
