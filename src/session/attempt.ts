/**
 * The attempt: proof that a late retry comes from the client whose first request won, though its reply was lost.
 * The client makes 32 random bytes for each refresh, first sends their SHA-256, and on a retry the bytes themselves.
 */
import { createHash } from "node:crypto";
import { decodeBase64url } from "../encoding/base64url.ts";
import { tokenError } from "../errors.ts";
import type { RotateCommand } from "../store/contract.ts";
import type { RefreshToken } from "./refresh-token.ts";

/**
 * First `{ challenge }`, which is SHA-256 of the verifier's bytes; on a retry `{ verifier }`, 16 to 64 random bytes.
 * Both base64url. Made by the client for each refresh, never derived from the token or the device.
 */
export type Attempt = { readonly challenge: string } | { readonly verifier: string };

const CHALLENGE_BYTES = 32;
const LEAST_VERIFIER_BYTES = 16;
const MOST_VERIFIER_BYTES = 64;

/**
 * The attempt as stores compare it: SHA-256(session id ‖ generation ‖ challenge), base64url, so that it fits this
 * presentation alone.
 * @throws REQUEST_INVALID
 */
export function hashAttempt(attempt: Attempt | undefined, token: RefreshToken): RotateCommand["attempt"] {
  if (attempt === undefined) return undefined;
  const { challenge, verified } = readAttempt(attempt);
  const context = `${token.sessionId}.${token.generation}.`;
  return { hash: createHash("sha256").update(context).update(challenge).digest("base64url"), verified };
}

function readAttempt(attempt: unknown): { readonly challenge: Uint8Array; readonly verified: boolean } {
  if (typeof attempt !== "object" || attempt === null) throw invalid();
  const { challenge, verifier } = attempt as { readonly challenge?: unknown; readonly verifier?: unknown };
  if (verifier === undefined)
    return { challenge: bytesOf(challenge, CHALLENGE_BYTES, CHALLENGE_BYTES), verified: false };
  if (challenge !== undefined) throw invalid();
  const bytes = bytesOf(verifier, LEAST_VERIFIER_BYTES, MOST_VERIFIER_BYTES);
  return { challenge: createHash("sha256").update(bytes).digest(), verified: true };
}

function bytesOf(text: unknown, least: number, most: number): Uint8Array {
  if (typeof text !== "string" || text.length > most * 2) throw invalid();
  let bytes: Uint8Array;
  try {
    bytes = decodeBase64url(text);
  } catch {
    throw invalid();
  }
  if (bytes.length < least || bytes.length > most) throw invalid();
  return bytes;
}

function invalid(): Error {
  return tokenError(
    "REQUEST_INVALID",
    "`attempt` must hold `challenge` (32 bytes, SHA-256 of the verifier) or `verifier` (16 to 64 bytes), as base64url",
  );
}
