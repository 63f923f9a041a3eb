/** Verifying a JWT with WebCrypto, top to bottom: RFC 7519 §7.2, RFC 8725 §3. */
import { tokenError } from "../errors.ts";
import { askAll, candidateIndex, type RemoteInternals, type RemoteKeys, remoteInternals } from "../jwk/candidates.ts";
import type { VerifyingKeys } from "../jwk/key-sources.ts";
import { runCritHandlers } from "../jws/crit.ts";
import type { Header } from "../jws/header.ts";
import { type OpenedJws, openJws } from "../jws/open.ts";
import { claimsOfAsync } from "../jwt/judge.ts";
import { checkTyp } from "../jwt/media-type.ts";
import { type AnyVerifierOptions, readPolicy, type VerifierOptions } from "../jwt/policy.ts";
import type { StandardSchema } from "../jwt/standard-schema.ts";
import type { ClaimsFrom, RegisteredName, Verified, VerifiedClaims } from "../jwt/verified.ts";
import type { AsyncVerifier } from "../jwt/verifier.ts";
import { refusal, withFacts } from "../jwt/verifier-facts.ts";
import { type Asked, readAsked } from "../jwt/verify-options.ts";
import { configError } from "../options.ts";
import { namesOf } from "./algorithms.ts";
import { checkVerifies, readyKey, type WebKey } from "./key.ts";
import { asWebKey } from "./remote.ts";

export interface WebVerifierOptions<
  R extends RegisteredName,
  S extends StandardSchema | undefined,
  SA extends StandardSchema | undefined,
> extends Omit<VerifierOptions<VerifyingKeys, R, S, SA>, "keys"> {
  /** One key or several, local or of another issuer's JWKS; each is bound to its algorithm, and no other is accepted. */
  readonly keys: WebKey | RemoteKeys | readonly (WebKey | RemoteKeys)[];
}

/**
 * A verifier of one policy.
 * @throws CONFIG for an option that is unknown, missing, undefined or of the wrong type
 */
export function createVerifier<
  const R extends RegisteredName = never,
  S extends StandardSchema | undefined = undefined,
  SA extends StandardSchema | undefined = undefined,
>(options: WebVerifierOptions<R, S, SA>): AsyncVerifier<ClaimsFrom<R | "exp", SA extends StandardSchema ? SA : S>>;
export function createVerifier(options: unknown): AsyncVerifier<unknown> {
  const policy = readPolicy(options as AnyVerifierOptions);
  const candidatesOf = keySources(policy.keys);

  const verify = async (token: unknown, asked: Asked): Promise<Verified<unknown>> => {
    const opened = openJws(token, policy.limits, policy.crit);
    checkTyp(opened.header.typ, policy.typ);
    const candidates = await candidatesOf(opened.header.alg, opened.header.kid);
    const key = await keyThatHolds(opened, candidates.keys);
    // A key that could not be fetched might have verified what the others did not.
    if (key === undefined) throw candidates.outage ?? signatureError();
    // The candidate was found under this alg, so the header's alg is one of the key's names.
    const header = opened.header as Header;
    runCritHandlers(opened.critical, header, policy.crit);
    const claims = await claimsOfAsync({ payload: opened.payload, key }, policy, asked);
    // The mark exists for the type checker alone.
    return { claims: claims as VerifiedClaims<unknown>, header, key };
  };

  const verifier: AsyncVerifier<unknown> = {
    verifyAsync: async (token, callOptions) => verify(token, readAsked(callOptions, "async")),
    safeVerifyAsync: async (token, callOptions) => {
      const asked = readAsked(callOptions, "async");
      return verify(token, asked).then((value) => ({ ok: true, value }), refusal);
    },
  };
  return withFacts(verifier, policy);
}

/** The name of the first key whose signature it is. */
async function keyThatHolds(
  { signingInput, signature }: OpenedJws,
  candidates: readonly WebKey[],
): Promise<Verified["key"] | undefined> {
  const input = new TextEncoder().encode(signingInput);
  for (const key of candidates) {
    const { row, verifying, signatureSize, kid } = await readyKey(key);
    if (signature.length !== signatureSize) continue;
    const bytes = signature as Uint8Array<ArrayBuffer>;
    if (await crypto.subtle.verify(row.using, verifying, bytes, input)) return { alg: key.alg, kid };
  }
  return undefined;
}

type Ask = (alg: string, kid: string | undefined) => ReturnType<typeof askAll<WebKey>>;

/** @throws CONFIG for no key, for what is no key, and for keys that cannot be told apart */
function keySources(given: readonly unknown[]): Ask {
  if (given.length === 0) throw configError("createVerifier", 'option "keys" is empty: nothing could ever be verified');
  const remote = given.flatMap((source) => remoteInternals<unknown>(source) ?? []);
  const local = given.filter((source) => remoteInternals(source) === undefined) as WebKey[];
  const index = candidateIndexOf(local);
  const sets = [...index, ...remote.map(withWebKeys)];
  return (alg, kid) => askAll(sets, alg, kid);
}

function candidateIndexOf(keys: readonly WebKey[]) {
  if (keys.length === 0) return [];
  const index = candidateIndex("createVerifier", keys, (key) => {
    checkVerifies(key);
    return { names: namesOf(key.alg), kidDeclared: key.kid !== undefined };
  });
  return [index];
}

/** A remote set that was made for Node's keys answers for these. */
function withWebKeys(internals: RemoteInternals<unknown>): RemoteInternals<WebKey> {
  return {
    candidates: async (alg, kid) => {
      const keys = await internals.candidates(alg, kid);
      return keys.map(asWebKey);
    },
  };
}

function signatureError(): Error {
  return tokenError("SIGNATURE", "the signature is not that of any key of this verifier");
}
