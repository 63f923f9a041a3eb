/** A key and a policy as they were typed, turned into a verdict: the package's own steps, with WebCrypto's signature. */
import { encodeUtf8 } from "../../src/encoding/utf8.ts";
import { isTokenError, tokenError } from "../../src/errors.ts";
import type { Alg } from "../../src/jwa/algorithm.ts";
import type { VerifyingKeys } from "../../src/jwk/key-sources.ts";
import { openJws } from "../../src/jws/open.ts";
import { claimsOf } from "../../src/jwt/judge.ts";
import { checkTyp } from "../../src/jwt/media-type.ts";
import { readPolicy } from "../../src/jwt/policy.ts";
import { readAsked } from "../../src/jwt/verify-options.ts";
import { holds, importPublicPem, importSecret, importWebJwk, type WebKey } from "./web-crypto.ts";

export interface Question {
  readonly token: string;
  readonly key: string;
  readonly alg: Alg;
  /** "": not asked. */
  readonly issuer: string;
  /** "": the token must name nobody. */
  readonly audience: string;
  /** "": absent or JWT. */
  readonly typ: string;
}

export interface Verdict {
  readonly holds: boolean;
  /** A sentence, without the token and without the key. */
  readonly text: string;
}

/** Never rejects: what cannot be asked is a verdict too. */
export async function verdictOn(question: Question): Promise<Verdict> {
  try {
    const keys = await keysOf(question.key.trim(), question.alg);
    const { alg, kid } = await verify(question, keys);
    return { holds: true, text: `It holds: ${alg}, with the key ${kid ?? "that was given"}.` };
  } catch (error) {
    if (!isTokenError(error)) return { holds: false, text: "This key cannot be read." };
    return { holds: false, text: `Refused: ${error.code}: ${error.message}.` };
  }
}

/** @throws TokenError of every kind */
async function verify({ token, alg, issuer, audience, typ }: Question, keys: readonly WebKey[]): Promise<WebKey> {
  const policy = readPolicy({
    // Only their place in the policy counts: the keys are WebCrypto's.
    keys: keys as unknown as readonly VerifyingKeys[],
    issuer: issuer === "" ? false : issuer,
    audience: audience === "" ? false : audience,
    expiry: "optional",
    ...(typ === "" ? {} : { typ }),
  });
  const opened = openJws(token, policy.limits, policy.crit);
  checkTyp(opened.header.typ, policy.typ);
  if (!namesOf(alg).includes(opened.header.alg)) throw tokenError("ALG", `the token is not signed with ${alg}`);
  const signature = Uint8Array.from(opened.signature);
  for (const key of candidates(keys, opened.header.kid)) {
    if (!(await holds(key, opened.signingInput, signature))) continue;
    claimsOf({ payload: opened.payload, key }, policy, readAsked(undefined, "async"));
    return key;
  }
  throw tokenError("SIGNATURE", "the signature is not that of the key: the token was changed, or signed with another");
}

/** The keys of the token's kid, or all where none has it. */
function candidates(keys: readonly WebKey[], kid: string | undefined): readonly WebKey[] {
  const named = keys.filter((key) => key.kid !== undefined && key.kid === kid);
  return named.length > 0 ? named : keys;
}

/** RFC 9864 §2: one algorithm, two names. */
function namesOf(alg: Alg): readonly string[] {
  return alg === "Ed25519" || alg === "EdDSA" ? ["Ed25519", "EdDSA"] : [alg];
}

/** What decides is the key and the algorithm that was chosen, never the token. */
async function keysOf(text: string, alg: Alg): Promise<readonly WebKey[]> {
  if (text.includes("-----BEGIN")) return [await importPublicPem(text, alg)];
  if (!text.startsWith("{")) return [await importSecret(encodeUtf8(text) as Uint8Array<ArrayBuffer>, alg)];
  const json = JSON.parse(text) as JsonWebKey & { readonly keys?: readonly JsonWebKey[] };
  if (!Array.isArray(json.keys)) return [await importWebJwk(json, alg)];
  // As RFC 7517 §5 asks: what cannot be used is left out.
  const settled = await Promise.allSettled(json.keys.map((jwk) => importWebJwk(jwk, alg)));
  const usable = settled.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  if (usable.length === 0) throw tokenError("KEY_INVALID", `no key of the JWK Set is for ${alg}`);
  return usable;
}
