/** What fails on libuv's pool rejects: nothing is left waiting. */
import { expect, it } from "vitest";
import { algorithm } from "../../src/jwa/algorithms.ts";
import { generatePrivateKey } from "../../src/jwa/key-pair.ts";
import { newPair } from "../fixtures/new-pair.ts";

it("a key pair that OpenSSL does not make", async () => {
  await expect(generatePrivateKey("rsa", { modulusLength: 16 })).rejects.toThrow("key size too small");
});

it("a signature that does not fit its key", async () => {
  const { privateKey } = newPair("rsa", { modulusLength: 512 });
  await expect(algorithm("RS512").signAsync(privateKey, "input")).rejects.toThrow("digest too big");
});
