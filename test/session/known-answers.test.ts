/**
 * The refresh token byte by byte, computed here again from its description: whoever changes a label or an order logs out
 * every user, and two versions of a server could not share a store.
 */
import { createHash, createHmac, hkdfSync } from "node:crypto";
import { expect, it } from "vitest";
import type { RotateCommand, SubjectAddress } from "../../src/store/contract.ts";
import { memoryStore } from "../../src/store/memory.ts";
import { OTHER_SECRET, SECRET, setUp } from "./sessions.ts";

const derived = (label: string, length = 32, secret = SECRET): Buffer =>
  Buffer.from(hkdfSync("sha256", secret, "", `rejwt refresh token 1 ${label}`, length));
const hmac = (label: string, ...data: Uint8Array[]): Buffer =>
  createHmac("sha256", derived(label)).update(Buffer.concat(data)).digest();
const sha256 = (...data: (Uint8Array | string)[]): Buffer => {
  const hash = createHash("sha256");
  for (const part of data) hash.update(part);
  return hash.digest();
};
const generationBytes = (generation: number): Buffer => Buffer.from(generation.toString(16).padStart(10, "0"), "hex");

function partsOf(token: string) {
  const bytes = Buffer.from(token, "base64url");
  const part = (from: number, to: number): Buffer => bytes.subarray(from, to);
  return {
    ...{ version: part(0, 3), keyId: part(3, 7), sessionId: part(7, 33), generation: part(33, 38) },
    ...{ secret: part(38, 70), signed: part(0, 38), mac: part(70, 102), length: bytes.length },
  };
}

it("a first token is version, key id, session id, generation, secret and MAC", async () => {
  const { sessions, store } = setUp();
  const { refreshToken, sessionId } = await sessions.start({ subject: "žofie" });
  const token = partsOf(refreshToken);
  expect(token.length).toBe(102);
  expect(refreshToken.startsWith("rjt1")).toBe(true);
  expect(token.keyId).toEqual(derived("id", 4));
  expect(token.sessionId.toString("base64url")).toBe(sessionId);
  expect(token.generation).toEqual(generationBytes(0));
  expect(token.mac).toEqual(hmac("mac", token.signed, sha256(token.secret)));
  // Shard 0, then the tag of the subject, then chance.
  expect(token.sessionId.subarray(0, 2)).toEqual(Buffer.alloc(2));
  expect(token.sessionId.subarray(2, 10)).toEqual(hmac("tag", Buffer.from("žofie")).subarray(0, 8));
  const { family } = (await store.read(sessionId)) ?? {};
  expect(family?.current).toBe(sha256(token.secret).toString("base64url"));
});

it("its successor's secret is of session id, next generation, salt and the presented secret", async () => {
  const { sessions, store } = setUp();
  let presented = (await sessions.start({ subject: "ann" })).refreshToken;
  for (let generation = 1; generation <= 3; generation++) {
    const { refreshToken, sessionId } = await sessions.refresh(presented);
    const salt = Buffer.from((await store.read(sessionId))?.family.salt ?? "", "base64url");
    expect(salt).toHaveLength(16);
    const [before, after] = [partsOf(presented), partsOf(refreshToken)];
    expect(after.generation).toEqual(generationBytes(generation));
    expect(after.secret).toEqual(hmac("successor", before.sessionId, generationBytes(generation), salt, before.secret));
    expect(after.mac).toEqual(hmac("mac", after.signed, sha256(after.secret)));
    presented = refreshToken;
  }
});

it("an attempt is stored as the hash of session id, generation and challenge", async () => {
  const seen: RotateCommand["attempt"][] = [];
  const inner = memoryStore();
  const store = new Proxy(inner, {
    get: (target, name) => {
      if (name !== "rotate") {
        const member: unknown = Reflect.get(target, name);
        return typeof member === "function" ? (member.bind(target) as unknown) : member;
      }
      return (command: RotateCommand) => {
        seen.push(command.attempt);
        return target.rotate(command);
      };
    },
  });
  const { sessions } = setUp({ store });
  const { refreshToken, sessionId } = await sessions.start({ subject: "ann" });
  const verifier = Buffer.alloc(32, 5);
  const challenge = sha256(verifier);
  const next = await sessions.refresh(refreshToken, { attempt: { challenge: challenge.toString("base64url") } });
  await sessions.refresh(refreshToken, { attempt: { verifier: verifier.toString("base64url") } });
  await sessions.refresh(next.refreshToken, { attempt: { challenge: challenge.toString("base64url") } });
  const hashOf = (generation: number): string => sha256(`${sessionId}.${generation}.`, challenge).toString("base64url");
  expect(seen).toEqual([
    { hash: hashOf(0), verified: false },
    { hash: hashOf(0), verified: true },
    { hash: hashOf(1), verified: false },
  ]);
});

it("a subject is looked for under its tag of every configured secret, the minting one first", async () => {
  const asked: SubjectAddress[] = [];
  const inner = memoryStore();
  const store = Object.assign(Object.create(inner) as typeof inner, {
    list: async (address: SubjectAddress) => {
      asked.push(address);
      return { families: [], next: undefined };
    },
  });
  await setUp({ store, refreshSecrets: [OTHER_SECRET, SECRET] }).sessions.list("ann");
  const tag = (secret: Uint8Array): string =>
    createHmac("sha256", derived("tag", 32, secret as typeof SECRET))
      .update("ann")
      .digest()
      .subarray(0, 8)
      .toString("base64url");
  expect(asked.map(({ tags }) => tags)).toEqual([[tag(OTHER_SECRET), tag(SECRET)]]);
});
