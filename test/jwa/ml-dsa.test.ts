/** ML-DSA: rows that are there on every runtime, and what they answer where the runtime lacks the algorithm. FIPS 204. */
import { generateKeyPairSync } from "node:crypto";
import { describe, expect, it } from "vitest";
import { mlDsa } from "../../src/jwa/ml-dsa.ts";
import { codeOf } from "../fixtures/refusals.ts";

describe.each([
  ["ML-DSA-44", 2420],
  ["ML-DSA-65", 3309],
  ["ML-DSA-87", 4627],
] as const)("%s", (name, size) => {
  const row = mlDsa(name, size);
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");

  it("has signatures of one size", () => {
    expect(row.signatureSize(publicKey)).toBe(size);
  });

  it("refuses keys of another type", () => {
    for (const key of [publicKey, privateKey]) expect(codeOf(() => row.check(key))).toBe("KEY_INVALID");
  });

  it("makes a key that it takes where the runtime has it, and none where it has not", async () => {
    const made = await row.generate({ modulusLength: 2048 }).catch(() => undefined);
    expect(made !== undefined).toBe(row.isSupported());
    if (made !== undefined) expect(codeOf(() => row.check(made))).toBe("accepted");
  });
});
