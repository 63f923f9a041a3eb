/** Everything that a store has written to its folder, searched for what must not be there. */
import { createHash, randomBytes } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { SessionStore } from "../../src/store/contract.ts";
import { sessionsOver } from "./sessions.ts";

/** What lets somebody in, or would help to make it: texts, and bytes that may be spelled in many ways. */
export interface Secrets {
  readonly sessionIds: readonly string[];
  /** The one that rotated last. */
  readonly sessionId: string;
  readonly tokens: readonly string[];
  readonly bytes: readonly Buffer[];
}

/** Two subjects live in the store for four generations each, with retries and attempts. */
export async function liveIn(store: SessionStore): Promise<Secrets> {
  const { sessions } = sessionsOver(store);
  const bytes: Buffer[] = [];
  const tokens: string[] = [];
  const sessionIds: string[] = [];
  for (const subject of ["alice", "bob"]) {
    let held = await sessions.start({ subject, metadata: { device: "phone" } });
    for (let generation = 0; generation < 4; generation++) {
      tokens.push(held.refreshToken, held.accessToken);
      const verifier = randomBytes(32);
      bytes.push(verifier, createHash("sha256").update(verifier).digest());
      const attempt = { verifier: verifier.toString("base64url") };
      await sessions.refresh(held.refreshToken, { attempt });
      held = await sessions.refresh(held.refreshToken, { attempt });
    }
    tokens.push(held.refreshToken, held.accessToken);
    sessionIds.push(held.sessionId);
  }
  // version 3 | key id 4 | session id 26 | generation 5 | secret 32 | MAC 32
  for (const token of tokens.filter((text) => !text.includes("."))) {
    const parts = Buffer.from(token, "base64url");
    bytes.push(parts.subarray(38, 70), parts.subarray(70));
  }
  return { sessionIds, sessionId: sessionIds.at(-1) ?? "", tokens, bytes };
}

/** Which of these are in it, however they are spelled: raw, hexadecimal, base64 at any offset. */
export function found(held: Buffer, { tokens, bytes }: Pick<Secrets, "tokens" | "bytes">): string[] {
  const spelled = bytes.flatMap((one) => [one, ...spellings(one).map((text) => Buffer.from(text, "latin1"))]);
  return [
    ...tokens.filter((text) => held.includes(text)).map(() => "a token"),
    ...spelled.filter((spelling) => held.includes(spelling)).map(() => "a part of a token, or an attempt"),
  ];
}

function spellings(bytes: Buffer): string[] {
  // base64 of bytes that stand after 0, 1 or 2 others, less the characters that those share.
  const shifted = [0, 1, 2].map((before) => Buffer.concat([Buffer.alloc(before), bytes]));
  const base64 = shifted.flatMap((one) => [one.toString("base64"), one.toString("base64url")]);
  return [bytes.toString("hex"), bytes.toString("hex").toUpperCase(), ...base64.map((text) => text.slice(4, 40))];
}

/** All files of a folder, one after the other. */
export function readFolder(folder: string): Buffer {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).map((file) => join(folder, file));
  return Buffer.concat(files.filter((file) => statSync(file).isFile()).map((file) => readFileSync(file)));
}
