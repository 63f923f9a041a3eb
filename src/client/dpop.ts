/** Proofs of possession, made with a key that no script can read: RFC 9449 §4. */
import { encodeBase64url, encodeJson, sha256 } from "./base64url.ts";
import { systemNowMs } from "./clock.ts";

/** A key pair of WebCrypto, ECDSA on P-256. */
export type DpopKeyPair = Extract<
  Awaited<ReturnType<typeof crypto.subtle.generateKey>>,
  { readonly privateKey: unknown }
>;

export interface ProofInput {
  /** Of the request, in upper case. */
  readonly method: string;
  /** Of the request, absolute; query and fragment are left out. */
  readonly url: string;
  /** The access token that goes with the proof, if one does. */
  readonly accessToken?: string;
  /** What the server last asked for with `DPoP-Nonce`. */
  readonly nonce?: string | undefined;
}

export interface Dpop {
  /** RFC 7638: what the server binds tokens to (`cnf.jkt`). */
  readonly thumbprint: string;
  /** The value of a `DPoP` header, for one request: RFC 9449 §4.2. */
  proof(input: ProofInput): Promise<string>;
}

export interface DpopOptions {
  /** Default: a new pair, whose private key cannot be exported. Keep it in IndexedDB to outlive a reload. */
  readonly keyPair?: DpopKeyPair;
  readonly clock?: () => Date;
}

const ES256 = { name: "ECDSA", namedCurve: "P-256" } as const;

/**
 * A maker of proofs. Use one for the login, which binds the session to its key, and give it to `createAuthFetch`.
 * @throws TypeError for a key pair that is not ECDSA on P-256, or whose private key can be exported
 */
export async function createDpop(options: DpopOptions = {}): Promise<Dpop> {
  const keyPair =
    options.keyPair ?? ((await crypto.subtle.generateKey(ES256, false, ["sign", "verify"])) as DpopKeyPair);
  checkPair(keyPair);
  const { kty, crv, x, y } = await crypto.subtle.exportKey("jwk", keyPair.publicKey);
  const header = encodeJson({ typ: "dpop+jwt", alg: "ES256", jwk: { kty, crv, x, y } });
  const nowMs = (): number => (options.clock === undefined ? systemNowMs() : options.clock().getTime());
  return Object.freeze<Dpop>({
    // Members in lexicographic order: RFC 7638 §3.2.
    thumbprint: await sha256(JSON.stringify({ crv, kty, x, y })),
    proof: async ({ method, url, accessToken, nonce }) => {
      const { origin, pathname } = new URL(url);
      const payload = encodeJson({
        jti: crypto.randomUUID(),
        htm: method,
        htu: origin + pathname,
        iat: Math.floor(nowMs() / 1000),
        ...(accessToken === undefined ? {} : { ath: await sha256(accessToken) }),
        ...(nonce === undefined ? {} : { nonce }),
      });
      const input = new TextEncoder().encode(`${header}.${payload}`);
      const signature = await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, keyPair.privateKey, input);
      return `${header}.${payload}.${encodeBase64url(new Uint8Array(signature))}`;
    },
  });
}

function checkPair({ privateKey, publicKey }: DpopKeyPair): void {
  const { name, namedCurve } = privateKey.algorithm as { readonly name: string; readonly namedCurve?: string };
  if (name !== ES256.name || namedCurve !== ES256.namedCurve || !publicKey.extractable) {
    throw new TypeError('createDpop: option "keyPair" must be ECDSA on P-256');
  }
  if (privateKey.extractable) {
    throw new TypeError('createDpop: generate "keyPair" with extractable false, or a script can carry its key away');
  }
}
