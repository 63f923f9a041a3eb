/** Keys of another issuer, as `rejwt/jwks` has them, for WebCrypto. */
import type { Alg } from "../jwa/algorithm.ts";
import type { Jwk } from "../jwk/jwk.ts";
import { importJwk } from "./jwk.ts";
import type { WebKey } from "./key.ts";

/** A key of Node, seen without Node: only a public one is ever remote, and what is public can cross. */
interface ForeignKey {
  readonly alg: Alg;
  readonly kid: string | undefined;
  readonly [MATERIAL]?: {
    readonly verifying: { export(options: { readonly format: "jwk" }): Jwk };
    readonly kidDeclared: boolean;
  };
}

const MATERIAL: unique symbol = Symbol.for("rejwt.key") as never;

const known = new WeakMap<object, WebKey>();

/** The same key for WebCrypto, made once. @throws ALG_UNSUPPORTED for what WebCrypto lacks */
export function asWebKey(key: unknown): WebKey {
  const { alg, kid, [MATERIAL]: material } = key as ForeignKey;
  if (material === undefined) return key as WebKey;
  const made =
    known.get(key as object) ??
    importJwk(material.verifying.export({ format: "jwk" }), {
      alg,
      ...(material.kidDeclared && kid !== undefined ? { kid } : {}),
    });
  known.set(key as object, made);
  return made;
}
