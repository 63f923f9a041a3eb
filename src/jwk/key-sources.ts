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
  /**
   * The keys as they are now: the same object for as long as they stay the same. Undefined where a remote set is among the
   * sources, so that only `candidatesAsync` can tell.
   */
  readonly current: (() => KeySet) | undefined;
  /** @throws ALG, KEY_UNKNOWN, KEYS_UNAVAILABLE */
  candidatesAsync(alg: string, kid: string | undefined): Promise<Candidates<Key>>;
}

/** @throws CONFIG for no key, for what is no key, and for keys that cannot be told apart */
export function keySources(where: string, given: readonly VerifyingKeys[]): KeySources {
  if (given.length === 0) throw configError(where, 'option "keys" is empty: nothing could ever be verified');
  const remote = given.flatMap((source) => remoteInternals<Key>(source) ?? []);
  const local = given.filter((source) => remoteInternals(source) === undefined);
  for (const source of local) if (ringInternals(source) === undefined) materialOf(source as Key);
  const current = local.length === 0 ? undefined : localKeySet(where, local as (Key | KeyRing)[]);
  if (remote.length === 0 && current !== undefined) {
    const candidatesAsync = async (alg: string, kid: string | undefined): Promise<Candidates<Key>> => ({
      keys: current().candidates(alg, kid),
      outage: undefined,
    });
    return { current, candidatesAsync };
  }
  const localSet: KeySet[] =
    current === undefined ? [] : [{ candidates: (alg, kid) => current().candidates(alg, kid) }];
  const all = [...localSet, ...remote];
  return { current: undefined, candidatesAsync: (alg, kid) => askAll(all, alg, kid) };
}

/** Indexed anew when a ring's keys change, and then alone. */
function localKeySet(where: string, sources: readonly (Key | KeyRing)[]): () => KeySet {
  const rings = sources.flatMap((source) => ringInternals(source) ?? []);
  const index = (): KeySet =>
    keySet(
      where,
      sources.flatMap(
        (source) => (ringInternals(source)?.acceptedKeys() as readonly Key[] | undefined) ?? source,
      ) as Key[],
    );
  let seen = rings.map((ring) => ring.acceptedKeys());
  let set = index();
  if (rings.length === 0) return () => set;
  return () => {
    if (rings.some((ring, at) => ring.acceptedKeys() !== seen[at])) {
      const now = rings.map((ring) => ring.acceptedKeys());
      set = index();
      seen = now;
    }
    return set;
  };
}
