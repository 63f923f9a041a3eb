/** A key and a policy as they were typed, turned into a verdict by rejwt/web. */
import type { Alg, AsymmetricAlg, HmacAlg } from "../../src/jwa/algorithm.ts";
import { createVerifier, importJwk, importPem, isTokenError, secretKey, type WebKey } from "../../src/web/index.ts";

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
export async function verdictOn({ token, key, alg, issuer, audience, typ }: Question): Promise<Verdict> {
  try {
    const verifier = createVerifier({
      keys: keysOf(key.trim(), alg),
      issuer: issuer === "" ? false : issuer,
      audience: audience === "" ? false : audience,
      expiry: "optional",
      ...(typ === "" ? {} : { typ }),
    });
    const { kid } = (await verifier.verifyAsync(token)).key;
    return { holds: true, text: `It holds: ${alg}, with the key ${kid ?? "that was given"}.` };
  } catch (error) {
    if (!isTokenError(error)) return { holds: false, text: "This key cannot be read." };
    return { holds: false, text: `Refused: ${error.code}: ${error.message}.` };
  }
}

/** What decides is the key and the algorithm that was chosen, never the token. */
function keysOf(text: string, alg: Alg): readonly WebKey[] {
  if (text.includes("-----BEGIN")) return [importPem(text, { alg: alg as AsymmetricAlg })];
  if (!text.startsWith("{")) return [secretKey(text, { alg: alg as HmacAlg })];
  const json = JSON.parse(text) as { readonly keys?: readonly object[] };
  if (!Array.isArray(json.keys) || json.keys.length === 0) return [importJwk(json, { alg })];
  // As RFC 7517 §5 asks: what cannot be used is left out, unless that is all.
  const usable = json.keys.flatMap((jwk) => attempt(() => importJwk(jwk, { alg })));
  return usable.length > 0 ? usable : [importJwk(json.keys[0], { alg })];
}

function attempt<T>(run: () => T): T[] {
  try {
    return [run()];
  } catch {
    return [];
  }
}
