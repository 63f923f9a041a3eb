/** What a verifier may be given as `keys`, seen as one: local keys, rings whose keys change, and remote sets. */
import { configError } from "../options.ts";
import { askAll, type Candidates, type RemoteKeys, remoteInternals } from "./candidates.ts";
import type { ExternalKey } from "./external-key.ts";
import { type Key, materialOf } from "./key.ts";
import { type KeyRing, ringInternals } from "./key-ring.ts";
import { type KeySet, keySet } from "./key-set.ts";

/** Keys that a verifier may check with. */
export type VerifyingKeys = Key | ExternalKey | KeyRing | RemoteKeys;

export interface KeySources {
  /** Undefined where a remote set is among the sources, so that only `candidatesAsync` can tell. */
  readonly candidates: KeySet["candidates"] | undefined;
  /** @throws ALG, KEY_UNKNOWN, KEYS_UNAVAILABLE */
  candidatesAsync(alg: string, kid: string | undefined): Promise<Candidates<Key>>;
}

/** @throws CONFIG for no key, for what is no key, and for keys that cannot be told apart */
export function keySources(where: string, given: readonly VerifyingKeys[]): KeySources {
  if (given.length === 0) throw configError(where, 'option "keys" is empty: nothing could ever be verified');
  const remote = given.flatMap((source) => remoteInternals<Key>(source) ?? []);
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
