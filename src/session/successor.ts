/**
 * The token after a token, derived rather than stored, so that a retry gets the very same text and a stolen database
 * yields none: secret' = HMAC-SHA256(K_succ, session id ‖ generation + 1 ‖ salt ‖ presented secret).
 */
import { decodeBase64url, encodeBase64url } from "../encoding/base64url.ts";
import type { RotateCommand } from "../store/contract.ts";
import { takeRandom } from "./random-pool.ts";
import type { RefreshSecret } from "./refresh-secrets.ts";
import { formatRefreshToken, hashSecret, type RefreshToken } from "./refresh-token.ts";

const SALT_BYTES = 16;
const GENERATION_BYTES = 5;

/** A random salt, base64url. Every presenter proposes one, and the store keeps the winner's. */
export function createSalt(): string {
  return encodeBase64url(takeRandom(SALT_BYTES));
}

/** What becomes current if this presentation wins. */
export function proposeSuccessor(presented: RefreshToken, secret: RefreshSecret): RotateCommand["proposal"] {
  const salt = createSalt();
  return { secretHash: hashSecret(deriveSecret(presented, salt, secret)), salt, keyId: secret.id };
}

/**
 * The text of the successor.
 * @param salt the stored one, base64url
 * @param secret the refresh secret whose id is stored beside the salt
 */
export function successorOf(presented: RefreshToken, salt: string, secret: RefreshSecret): string {
  const { sessionId } = presented;
  const successor = { sessionId, generation: presented.generation + 1, secret: deriveSecret(presented, salt, secret) };
  return formatRefreshToken(successor, secret);
}

function deriveSecret({ sessionId, generation, secret: presented }: RefreshToken, salt: string, secret: RefreshSecret) {
  const next = Buffer.alloc(GENERATION_BYTES);
  next.writeUIntBE(generation + 1, 0, GENERATION_BYTES);
  return secret.successor(Buffer.concat([decodeBase64url(sessionId), next, decodeBase64url(salt), presented]));
}
