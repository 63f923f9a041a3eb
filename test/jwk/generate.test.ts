/** New keys. */
import { describe, expect, it, test, vi } from "vitest";
import { type Alg, exportJwk, type GenerateKeyOptions, generateKey } from "../../src/index.ts";
import { algorithm } from "../../src/jwa/algorithms.ts";
import { materialOf } from "../../src/jwk/key.ts";
import { signBytes, verifyBytes } from "../../src/jws/index.ts";
import { hasMlDsa, ML_DSA_ALGS, SUPPORTED_ALGS } from "../fixtures/keys.ts";
import { asyncCodeOf } from "../fixtures/refusals.ts";

const DATA = Buffer.from("data");
const isRsa = (alg: Alg): boolean => /^[RP]S/.test(alg);

test.each(SUPPORTED_ALGS)("a new key for %s signs, verifies and can be saved", async (alg) => {
  const key = await generateKey(alg, { kid: "new", ...(isRsa(alg) ? { modulusLength: 2048 } : {}) });
  expect(key).toMatchObject({ alg, kid: "new", canSign: true });
  expect(verifyBytes(key, DATA, signBytes(key, DATA))).toBe(true);
  expect(exportJwk(key, { private: true })).toMatchObject({ alg, kid: "new" });
});

test.each(ML_DSA_ALGS)("%s is there from Node 24.7 on, and ALG_UNSUPPORTED before", async (alg) => {
  expect(await asyncCodeOf(generateKey(alg))).toBe(hasMlDsa ? "accepted" : "ALG_UNSUPPORTED");
});

describe("a new key", () => {
  it("has its thumbprint for a name, and a secret has none", async () => {
    expect((await generateKey("ES256")).kid).toMatch(/^[\w-]{43}$/);
    expect((await generateKey("HS256")).kid).toBeUndefined();
  });

  it("is new every time", async () => {
    const keys = await Promise.all([generateKey("HS256"), generateKey("HS256")]);
    expect(exportJwk(keys[0] as never, { private: true }).k).not.toBe(exportJwk(keys[1] as never, { private: true }).k);
  });

  it("of RSA has 3072 bits unless another size is asked for", async () => {
    const bits = async (options?: GenerateKeyOptions): Promise<unknown> =>
      materialOf(await generateKey("PS256", options)).verifying.asymmetricKeyDetails?.modulusLength;
    expect(await bits()).toBe(3072);
    expect(await bits({ modulusLength: 2048 })).toBe(2048);
  });

  test.each<[string, Alg, unknown, string]>([
    ["an unknown option", "ES256", { curve: "P-256" }, "CONFIG"],
    ["kid undefined", "ES256", { kid: undefined }, "CONFIG"],
    ["kid empty", "ES256", { kid: "" }, "CONFIG"],
    ["kid null", "HS256", { kid: null }, "CONFIG"],
    ["modulusLength undefined", "RS256", { modulusLength: undefined }, "CONFIG"],
    ["modulusLength null", "RS256", { modulusLength: null }, "CONFIG"],
    ["modulusLength 1024", "RS256", { modulusLength: 1024 }, "CONFIG"],
    ["modulusLength 2049", "RS256", { modulusLength: 2049 }, "CONFIG"],
    ["modulusLength as text", "RS256", { modulusLength: "2048" }, "CONFIG"],
    ["modulusLength for a curve", "ES256", { modulusLength: 2048 }, "CONFIG"],
    ["modulusLength for a secret", "HS256", { modulusLength: 2048 }, "CONFIG"],
    ["null for options", "ES256", null, "CONFIG"],
    ["none for alg", "none" as Alg, {}, "ALG_UNSUPPORTED"],
    ["nothing for alg", undefined as never, {}, "ALG_UNSUPPORTED"],
    ["a curve for alg", "P-256" as Alg, {}, "ALG_UNSUPPORTED"],
  ])("cannot be had with %s", async (_what, alg, options, code) => {
    expect(await asyncCodeOf(generateKey(alg, options as GenerateKeyOptions))).toBe(code);
  });

  it("cannot be had where the runtime's own library lacks the curve, as Bun's does", async () => {
    const generate = vi.spyOn(algorithm("ES256K"), "generate").mockRejectedValue(new Error("unknown group"));
    try {
      expect(await asyncCodeOf(generateKey("ES256K"))).toBe("ALG_UNSUPPORTED");
    } finally {
      generate.mockRestore();
    }
  });
});
