/** Secrets as long as the hash, or longer. RFC 7518 §3.2. */
import { createPublicKey, createSecretKey } from "node:crypto";
import { describe, expect, it, test } from "vitest";
import { algorithm } from "../../src/jwa/algorithms.ts";
import { keyObjectFor } from "../fixtures/keys.ts";
import { codeOf, refusalOf } from "../fixtures/refusals.ts";

const SIZES = [
  ["HS256", 32],
  ["HS384", 48],
  ["HS512", 64],
] as const;

describe.each(SIZES)("%s", (alg, size) => {
  const row = algorithm(alg);

  it(`takes a secret of ${size} bytes, and not of one less`, () => {
    expect(codeOf(() => row.check(createSecretKey(new Uint8Array(size))))).toBe("accepted");
    expect(codeOf(() => row.check(createSecretKey(new Uint8Array(size - 1))))).toBe("KEY_WEAK");
    expect(codeOf(() => row.check(createSecretKey(new Uint8Array(0))))).toBe("KEY_WEAK");
  });

  it("says how long the secret is, how long it must be, and how to make one", () => {
    const { message } = refusalOf(() => row.check(createSecretKey(Buffer.from("shhhhh"))));
    expect(message).toContain(`at least ${size} bytes, this one has 6`);
    expect(message).toContain(`openssl rand -base64 ${size}`);
    expect(message).not.toContain("shhhhh");
  });

  test.each(["private", "public"])("takes no %s key for a secret", (type) => {
    const key = type === "private" ? keyObjectFor("RS256") : createPublicKey(keyObjectFor("RS256"));
    const { code, message } = refusalOf(() => row.check(key));
    expect(code).toBe("KEY_INVALID");
    expect(message).toContain(`not a ${type} key`);
  });

  it("generates a secret as long as the hash", async () => {
    expect((await row.generate({ modulusLength: 0 })).symmetricKeySize).toBe(size);
  });
});
