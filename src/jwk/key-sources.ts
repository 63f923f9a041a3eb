/** What a verifier may be given as `keys`, seen as one: local keys, rings whose keys change, and remote sets. */
import { isTokenError } from "../errors.ts";
import { configError } from "../options.ts";
import type { ExternalKey } from "./external-key.ts";
import { isKey, type Key, materialOf } from "./key.ts";
import { type KeyRing, ringInternals } from "./key-ring.ts";
import { type KeySet, keySet, MAX_CANDIDATES } from "./key-set.ts";

/** Another issuer's keys, from `rejwt/jwks`. */
export interface RemoteKeys {
  readonly "~verifies": "async";
  /** Fetches the keys now. Resolves false where that failed: the next verification tries again. */
  preload(): Promise<boolean>;
  /** Fetches no more; a verification that would need to is KEYS_UNAVAILABLE. */
  close(): void;
}

/** Keys that a verifier may check with. */
export type VerifyingKeys = Key | ExternalKey | KeyRing | RemoteKeys;

/** What verifiers ask of a remote set. */
export interface RemoteInternals {
  /** @throws ALG, KEY_UNKNOWN, KEYS_UNAVAILABLE */
  candidates(alg: string, kid: string | undefined): Promise<readonly Key[]>;
}

// In the global registry: `rejwt/jwks` is a bundle of its own, and the core must not load it.
export const REMOTE_KEYS: unique symbol = Symbol.for("rejwt.remote-keys") as never;

export interface Candidates {
  readonly keys: readonly Key[];
  /** KEYS_UNAVAILABLE of a source that could not be asked: where none of `keys` verifies, its key might have. */
  readonly outage: unknown;
}

export interface KeySources {
  /** Undefined where a remote set is among the sources, so that only `candidatesAsync` can tell. */
  readonly candidates: KeySet["candidates"] | undefined;
  /** @throws ALG, KEY_UNKNOWN, KEYS_UNAVAILABLE */
  candidatesAsync(alg: string, kid: string | undefined): Promise<Candidates>;
}

/** @throws CONFIG for no key, for what is no key, and for keys that cannot be told apart */
export function keySources(where: string, given: readonly VerifyingKeys[]): KeySources {
  if (given.length === 0) throw configError(where, 'option "keys" is empty: nothing could ever be verified');
  const remote = given.flatMap((source) => remoteInternals(source) ?? []);
  const local = given.filter((source) => remoteInternals(source) === undefined);
  for (const source of local) if (ringInternals(source) === undefined) materialOf(source as Key);
  const localSet = local.length === 0 ? undefined : localKeySet(where, local as (Key | KeyRing)[]);
  if (remote.length === 0 && localSet !== undefined) {
    const { candidates } = localSet;
    return { candidates, candidatesAsync: async (alg, kid) => ({ keys: candidates(alg, kid), outage: undefined }) };
  }
  const all = [...(localSet === undefined ? [] : [localSet]), ...remote];
  return { candidates: undefined, candidatesAsync: (alg, kid) => askAll(all, alg, kid) };
}

/** Indexed anew when a ring's keys change, and then alone. */
function localKeySet(where: string, sources: readonly (Key | KeyRing)[]): KeySet {
  const current = (): readonly (readonly Key[])[] =>
    sources.map(
      (source) => (ringInternals(source)?.acceptedKeys() as readonly Key[] | undefined) ?? own(source as Key),
    );
  let seen = current();
  let set = keySet(where, seen.flat());
  return {
    candidates(alg, kid) {
      const now = current();
      if (now.some((keys, at) => keys !== seen[at])) {
        set = keySet(where, now.flat());
        seen = now;
      }
      return set.candidates(alg, kid);
    },
  };
}

const singletons = new WeakMap<Key, readonly Key[]>();

/** One array for each key, so that "nothing changed" is a comparison of arrays. */
function own(key: Key): readonly Key[] {
  const known = singletons.get(key) ?? [key];
  singletons.set(key, known);
  return known;
}

async function askAll(
  sets: readonly (KeySet | RemoteInternals)[],
  alg: string,
  kid: string | undefined,
): Promise<Candidates> {
  const answers = await Promise.allSettled(sets.map(async (set) => set.candidates(alg, kid)));
  const found = answers.flatMap((answer) => (answer.status === "fulfilled" ? answer.value : []));
  const errors = answers.flatMap((answer) => (answer.status === "rejected" ? [answer.reason as unknown] : []));
  // An outage of one source must not pass for the token's fault, and what one set lacks another might have had.
  const telling = (code: string): unknown => errors.find((error) => !isTokenError(error) || error.code === code);
  const outage = telling("KEYS_UNAVAILABLE");
  if (found.length > 0) return { keys: found.slice(0, MAX_CANDIDATES), outage };
  throw outage ?? telling("KEY_UNKNOWN") ?? errors[0];
}

function remoteInternals(source: unknown): RemoteInternals | undefined {
  return isKey(source) ? undefined : (source as { readonly [REMOTE_KEYS]?: RemoteInternals } | null)?.[REMOTE_KEYS];
}
