/** The one algorithm table: what every row promises. */
import { describe, expect, it, test } from "vitest";
import { ALGS, isAlg } from "../../src/jwa/alg-names.ts";
import type { Alg } from "../../src/jwa/algorithm.ts";
import { algorithm, isAsymmetricAlg, isHmacAlg } from "../../src/jwa/algorithms.ts";
import { materialOf, signingHalf } from "../../src/jwk/key.ts";
import { hasMlDsa, keyFor, ML_DSA_ALGS, SUPPORTED_ALGS } from "../fixtures/keys.ts";
import { codeOf, refusalOf } from "../fixtures/refusals.ts";

const DATA = Buffer.from("the data that is signed");

/** Every name, the names that a token may carry for it, its key type and the size of its signatures in bytes. */
const ROWS: readonly (readonly [alg: Alg, accepts: readonly Alg[], kty: string, size: number])[] = [
  ["HS256", ["HS256"], "oct", 32],
  ["HS384", ["HS384"], "oct", 48],
  ["HS512", ["HS512"], "oct", 64],
  ["RS256", ["RS256"], "RSA", 256],
  ["RS384", ["RS384"], "RSA", 256],
  ["RS512", ["RS512"], "RSA", 256],
  ["PS256", ["PS256"], "RSA", 256],
  ["PS384", ["PS384"], "RSA", 256],
  ["PS512", ["PS512"], "RSA", 256],
  ["ES256", ["ES256"], "EC", 64],
  ["ES384", ["ES384"], "EC", 96],
  ["ES512", ["ES512"], "EC", 132],
  ["ES256K", ["ES256K"], "EC", 64],
  ["Ed25519", ["Ed25519", "EdDSA"], "OKP", 64],
  ["EdDSA", ["EdDSA"], "OKP", 64],
  ["Ed448", ["Ed448", "EdDSA"], "OKP", 114],
  ["ML-DSA-44", ["ML-DSA-44"], "AKP", 2420],
  ["ML-DSA-65", ["ML-DSA-65"], "AKP", 3309],
  ["ML-DSA-87", ["ML-DSA-87"], "AKP", 4627],
];
const HERE = ROWS.filter(([alg]) => SUPPORTED_ALGS.includes(alg));

describe("the algorithm table", () => {
  it("has these rows and no other", () => {
    expect(ALGS).toEqual(ROWS.map(([alg]) => alg));
  });

  test.each(HERE)("%s reads %j, has keys of type %s and signatures of %i bytes", (alg, accepts, kty, size) => {
    const row = algorithm(alg);
    expect(row.names).toEqual(accepts);
    expect(row.kty).toBe(kty);
    expect(row.signatureSize(materialOf(keyFor(alg)).verifying)).toBe(size);
    expect(row.sign(signingHalf(keyFor(alg)), DATA)).toHaveLength(size);
  });

  test.each(["none", "None", "hs256", "HS256 ", "HS1", "RS1", "ES256k", "constructor", "__proto__", "toString", ""])(
    "%j is no algorithm",
    (name) => {
      expect(isAlg(name)).toBe(false);
      const { code, message } = refusalOf(() => algorithm(name as Alg));
      expect(code).toBe("ALG_UNSUPPORTED");
      // The caller learns what there is.
      for (const alg of ALGS) expect(message).toContain(alg);
    },
  );

  test.each([undefined, null, 1, ["HS256"], { toString: () => "HS256" }, Symbol("HS256")])(
    "what is not text is no algorithm: case %#",
    (name) => {
      expect(isAlg(name)).toBe(false);
      expect(codeOf(() => algorithm(name as never))).toBe("ALG_UNSUPPORTED");
    },
  );

  it("tells secrets from key pairs", () => {
    expect(HERE.map(([alg]) => alg).filter(isHmacAlg)).toEqual(["HS256", "HS384", "HS512"]);
    expect(HERE.filter(([alg]) => isAsymmetricAlg(alg) === isHmacAlg(alg))).toEqual([]);
  });

  test.each(ML_DSA_ALGS)("%s is ALG_UNSUPPORTED where the runtime lacks it, and says from when on it has it", (alg) => {
    if (hasMlDsa) {
      expect(algorithm(alg).isSupported()).toBe(true);
      return;
    }
    const { code, message } = refusalOf(() => algorithm(alg));
    expect(code).toBe("ALG_UNSUPPORTED");
    expect(message).toContain("24.7");
  });
});

describe.each(SUPPORTED_ALGS)("%s", (alg) => {
  const row = algorithm(alg);
  const { verifying } = materialOf(keyFor(alg));
  const signing = signingHalf(keyFor(alg));
  const signature = row.sign(signing, DATA);
  const edited = (edit: (bytes: Uint8Array) => void): Uint8Array => {
    const copy = Uint8Array.from(signature);
    edit(copy);
    return copy;
  };

  it("verifies what it signs, here and on the pool, text and bytes alike", async () => {
    expect(row.verify(verifying, DATA, signature)).toBe(true);
    expect(row.verify(verifying, DATA.toString(), signature)).toBe(true);
    expect(await row.verifyAsync(verifying, DATA, signature)).toBe(true);
    const later = await row.signAsync(signing, DATA.toString());
    expect(row.verify(verifying, DATA, later)).toBe(true);
  });

  test.each<[string, Uint8Array]>([
    ["nothing", new Uint8Array()],
    ["one byte", signature.slice(0, 1)],
    ["all but the last byte", signature.slice(0, -1)],
    ["all but the first byte", signature.slice(1)],
    ["one zero byte more", Buffer.concat([signature, Buffer.alloc(1)])],
    ["one zero byte in front", Buffer.concat([Buffer.alloc(1), signature])],
    ["itself twice", Buffer.concat([signature, signature])],
    ["zeros", new Uint8Array(signature.length)],
    ["ones", new Uint8Array(signature.length).fill(255)],
    ["its first bit turned", edited((bytes) => bytes.set([(bytes[0] ?? 0) ^ 0x80]))],
    ["its last bit turned", edited((bytes) => bytes.set([(bytes.at(-1) ?? 0) ^ 1], bytes.length - 1))],
    ["its bytes in reverse", edited((bytes) => bytes.reverse())],
  ])("does not take %s for a signature", async (_what, wrong) => {
    expect(row.verify(verifying, DATA, wrong)).toBe(false);
    expect(await row.verifyAsync(verifying, DATA, wrong)).toBe(false);
  });

  it("does not take a signature of other data", async () => {
    expect(row.verify(verifying, Buffer.from("other data"), signature)).toBe(false);
    expect(await row.verifyAsync(verifying, "other data", signature)).toBe(false);
  });

  it("does not take another algorithm's key for its own", () => {
    for (const other of SUPPORTED_ALGS) {
      const { kty, names } = algorithm(other);
      const isSame = names.some((name) => row.names.includes(name)) || (kty === row.kty && kty === "RSA");
      // Secrets differ in their least size alone, and this one is long enough for all.
      if (isSame || (kty === "oct" && row.kty === "oct")) continue;
      expect(codeOf(() => row.check(signingHalf(keyFor(other))))).toBe("KEY_INVALID");
      expect(codeOf(() => row.check(materialOf(keyFor(other)).verifying))).toBe("KEY_INVALID");
    }
  });

  it("names the algorithm and the key's type where it refuses a key, and nothing else of it", () => {
    const other = alg === "ES256" ? "Ed25519" : "ES256";
    const { message } = refusalOf(() => row.check(signingHalf(keyFor(other))));
    expect(message).toContain(alg);
  });

  it("generates keys that it takes, new ones each time", async () => {
    const made = await row.generate({ modulusLength: 2048 });
    row.check(made);
    expect(made.type).toBe(row.kty === "oct" ? "secret" : "private");
    if (row.kty === "RSA") return;
    expect((await row.generate({ modulusLength: 2048 })).equals(made)).toBe(false);
  });
});
