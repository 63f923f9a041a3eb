/** The keys behind refresh tokens, derived from each configured secret by HKDF with SHA-256: RFC 5869. */
import { createHmac, createSecretKey, hkdfSync, type KeyObject } from "node:crypto";
import { encodeBase64url } from "../encoding/base64url.ts";
import { encodeUtf8 } from "../encoding/utf8.ts";
import { tokenError } from "../errors.ts";
import { secretKey } from "../jwk/secret-key.ts";
import { configError, isBytes } from "../options.ts";

/** One configured secret. Its keys cannot be read, only used; what it makes is told apart by `id`. */
export interface RefreshSecret {
  /** 4 bytes as base64url, derived from the secret: every instance that has the secret names it the same. */
  readonly id: string;
  /** Authenticates tokens. 32 bytes. */
  mac(data: Uint8Array): Uint8Array;
  /** Derives successors' secrets. 32 bytes. */
  successor(data: Uint8Array): Uint8Array;
  /** Tags subjects. 32 bytes. */
  tag(data: Uint8Array): Uint8Array;
}

export interface RefreshSecrets {
  /** Makes all new tokens. */
  readonly mint: RefreshSecret;
  /** All of them, the minting one first. */
  readonly all: readonly RefreshSecret[];
  /** @throws KEYS_UNAVAILABLE where no configured secret has this id: never the token's fault */
  byId(id: string): RefreshSecret;
}

const WHERE = "createSessions";
const KEY_BYTES = 32;
const ID_BYTES = 4;

/**
 * Reads the option `refreshSecrets`.
 * @param secrets text (UTF-8) or bytes, at least 32 bytes each; the first mints, the others are accepted
 * @throws CONFIG for undefined, none, or one twice; KEY_WEAK under 32 bytes; KEY_INVALID for PEM, SSH or JWK text
 */
export function readRefreshSecrets(secrets: unknown): RefreshSecrets {
  const list: unknown = typeof secrets === "string" || isBytes(secrets) ? undefined : secrets;
  if (!Array.isArray(list) || list.length === 0) {
    throw configError(WHERE, 'option "refreshSecrets" must be a list: [mint, ...accept]');
  }
  const all = Object.freeze(list.map(deriveSecret));
  const byId = new Map(all.map((secret) => [secret.id, secret]));
  if (byId.size < all.length) throw configError(WHERE, 'option "refreshSecrets" names one secret twice');
  return Object.freeze({
    mint: all[0] as RefreshSecret,
    all,
    byId: (id: string) => {
      const secret = byId.get(id);
      if (secret !== undefined) return secret;
      throw tokenError(
        "KEYS_UNAVAILABLE",
        "the refresh token was made with a secret that is not configured here. Deploy a new secret to every instance as " +
          "refreshSecrets: [old, new] before it mints, and keep an old one, as [new, old], for as long as `absolute`",
      );
    },
  });
}

function deriveSecret(secret: unknown): RefreshSecret {
  const bytes = bytesOf(secret);
  const derive = (label: string, length: number): Uint8Array =>
    new Uint8Array(hkdfSync("sha256", bytes, "", `rejwt refresh token 1 ${label}`, length));
  const use = (key: KeyObject) => (data: Uint8Array) => createHmac("sha256", key).update(data).digest();
  const keyFor = (label: string): KeyObject => createSecretKey(derive(label, KEY_BYTES));
  // The keys stay in closures: nothing that prints or serializes an object finds them.
  return Object.freeze({
    id: encodeBase64url(derive("id", ID_BYTES)),
    mac: use(keyFor("mac")),
    successor: use(keyFor("successor")),
    tag: use(keyFor("tag")),
  });
}

function bytesOf(secret: unknown): Uint8Array {
  if (secret === undefined) throw configError(WHERE, "a refresh secret is undefined. Is the environment variable set?");
  if (typeof secret !== "string" && !isBytes(secret))
    throw configError(WHERE, "a refresh secret must be text or bytes");
  // The rules of HS256 secrets: at least 32 bytes, and no PEM, SSH or JWK text, which is longer too but known to all.
  secretKey(secret, { alg: "HS256" });
  return typeof secret === "string" ? encodeUtf8(secret) : secret;
}
