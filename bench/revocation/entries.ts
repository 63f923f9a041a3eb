/** Sessions that are revoked and sessions that are not, each made from its number, so that nothing has to keep them. */
import type { Revocation } from "../../src/store/revocation.ts";
import { formatSessionId } from "../../src/store/session-id.ts";

const LIFE_MS = 4_200_000;
const tag = Buffer.alloc(8);
const random = Buffer.alloc(16);

/** Session `number` of a fixed row of ids. As long as real ones, and as unlike each other. */
export function sessionId(number: number): string {
  for (let at = 0; at < 16; at += 4) random.writeInt32LE(scatter(number * 4 + at), at);
  tag.writeInt32LE(scatter(number ^ 0x5bd1e995), 0);
  return formatSessionId(number % 64, tag, random);
}

/** Its entry, which ends within the 70 minutes for which entries are kept. */
export function entry(number: number, nowMs: number): Revocation {
  return { kind: "session", sessionId: sessionId(number), untilMs: nowMs + (number % 1000) * (LIFE_MS / 1000) };
}

/** What a verifier asks about: parsed from text, so that its strings are new to the engine, as those of a request are. */
export function claims(number: number): { readonly jti: string; readonly sid: string; readonly sub: string } {
  const jti = `${hex(number)}-0000-4000-8000-${hex(number)}0000`;
  return JSON.parse(JSON.stringify({ jti, sid: sessionId(number), sub: `user ${number}` }));
}

function hex(number: number): string {
  return (scatter(number) >>> 0).toString(16).padStart(8, "0");
}

/** The finalizer of MurmurHash3: a bijection of 32-bit numbers, so no two sessions are alike. */
function scatter(number: number): number {
  let bits = number | 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return bits ^ (bits >>> 16);
}
