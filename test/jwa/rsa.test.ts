/** RSA: large enough, with an exponent that signs, and a salt as long as the hash. RFC 7518 §3.3, §3.5. */
import { constants, createPrivateKey, createPublicKey, type KeyObject, sign } from "node:crypto";
import { describe, expect, it, test } from "vitest";
import { algorithm } from "../../src/jwa/algorithms.ts";
import { hasRocaFingerprint } from "../../src/jwa/roca.ts";
import { keyObjectFor, RSA_ALGS, rsaPssPair, weakRsa } from "../fixtures/keys.ts";
import { codeOf, refusalOf } from "../fixtures/refusals.ts";

const DATA = Buffer.from("the data that is signed");
const rsa = keyObjectFor("RS256");
const publicRsa = createPublicKey(rsa);

/** A public key of these numbers, whoever could sign with it. */
function publicKeyOf(n: bigint, e: number | bigint): KeyObject {
  const bytes = (value: bigint): string => {
    const hex = value.toString(16);
    return Buffer.from(hex.padStart(hex.length + (hex.length % 2), "0"), "hex").toString("base64url");
  };
  return createPublicKey({ key: { kty: "RSA", n: bytes(n), e: bytes(BigInt(e)) }, format: "jwk" });
}

const modulus = BigInt(`0x${Buffer.from(publicRsa.export({ format: "jwk" }).n ?? "", "base64url").toString("hex")}`);

describe.each(RSA_ALGS)("%s", (alg) => {
  const row = algorithm(alg);

  it("refuses 1024 bits, on verify too", () => {
    for (const key of [weakRsa, createPublicKey(weakRsa)]) {
      const { code, message } = refusalOf(() => row.check(key));
      expect(code).toBe("KEY_WEAK");
      expect(message).toContain("at least 2048 bits, this one has 1024");
    }
  });

  it("refuses 2047 bits and takes 2048", () => {
    expect(codeOf(() => row.check(publicKeyOf((1n << 2046n) + 0x1_2345n, 65_537)))).toBe("KEY_WEAK");
    expect(codeOf(() => row.check(publicKeyOf((1n << 2047n) + 0x1_2345n, 65_537)))).toBe("accepted");
  });

  it("takes 16384 bits and refuses one more", () => {
    expect(codeOf(() => row.check(publicKeyOf((1n << 16_383n) + 1n, 65_537)))).toBe("accepted");
    expect(codeOf(() => row.check(publicKeyOf((1n << 16_384n) + 1n, 65_537)))).toBe("KEY_INVALID");
  });

  test.each([
    [1, "KEY_WEAK"],
    [2, "KEY_WEAK"],
    [4, "KEY_WEAK"],
    [65_536, "KEY_WEAK"],
    [3, "accepted"],
    [17, "accepted"],
    [65_537, "accepted"],
    [2n ** 256n - 1n, "accepted"],
    [2n ** 256n + 1n, "KEY_WEAK"],
  ])("finds the public exponent %i %s", (e, code) => {
    expect(codeOf(() => row.check(publicKeyOf(modulus, e)))).toBe(code);
  });

  it("refuses a modulus with the ROCA fingerprint", () => {
    // 65537 to a power, times what keeps its residues: the fingerprint is in the residues modulo small primes alone.
    const primorial = [11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157].reduce(
      (product, prime) => product * BigInt(prime),
      2n,
    );
    const flawed = ((1n << 2047n) / primorial + 1n) * primorial + 65_537n;
    const { code, message } = refusalOf(() => row.check(publicKeyOf(flawed, 65_537)));
    expect(code).toBe("KEY_WEAK");
    expect(message).toContain("CVE-2017-15361");
    // One residue that no power of 65537 leaves is enough to be honest.
    expect(hasRocaFingerprint(flawed + 2n * (primorial / 11n))).toBe(false);
  });

  it("has signatures as long as the modulus, rounded up to bytes", () => {
    expect(row.signatureSize(publicKeyOf((1n << 2048n) + 1n, 65_537))).toBe(257);
    expect(row.signatureSize(publicKeyOf((1n << 2047n) + 1n, 65_537))).toBe(256);
  });

  it("refuses a signature that is no number below the modulus", () => {
    const tooLarge = Buffer.from((modulus + 1n).toString(16), "hex");
    expect(row.verify(publicRsa, DATA, tooLarge)).toBe(false);
  });

  it("generates a key of the asked size with the exponent 65537", async () => {
    const details = (await row.generate({ modulusLength: 2048 })).asymmetricKeyDetails;
    expect(details).toMatchObject({ modulusLength: 2048, publicExponent: 65_537n });
  });
});

it("an honest private key has no ROCA fingerprint", () => {
  expect(() => algorithm("RS256").check(rsa)).not.toThrow();
  expect(hasRocaFingerprint(modulus)).toBe(false);
});

describe("RSASSA-PKCS1-v1_5 and RSASSA-PSS", () => {
  test.each([
    ["RS256", "PS256"],
    ["PS256", "RS256"],
    ["RS256", "RS384"],
    ["PS384", "PS512"],
  ] as const)("are told apart: a signature of %s is none of %s", (alg, other) => {
    const signature = algorithm(alg).sign(rsa, DATA);
    expect(algorithm(alg).verify(publicRsa, DATA, signature)).toBe(true);
    expect(algorithm(other).verify(publicRsa, DATA, signature)).toBe(false);
  });

  test.each([
    ["PS256", "sha256", 32],
    ["PS384", "sha384", 48],
    ["PS512", "sha512", 64],
  ] as const)("%s wants a salt as long as the hash, not of another length", (alg, digest, size) => {
    const salted = (saltLength: number): boolean => {
      const options = { key: rsa, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength };
      return algorithm(alg).verify(publicRsa, DATA, sign(digest, DATA, options));
    };
    expect(salted(size)).toBe(true);
    for (const other of [0, 20, size - 1, size + 1, constants.RSA_PSS_SALTLEN_MAX_SIGN])
      expect(salted(other)).toBe(false);
  });
});

describe("a key of type RSASSA-PSS", () => {
  const make = (hashAlgorithm?: string, saltLength?: number, mgf1HashAlgorithm = hashAlgorithm): KeyObject =>
    rsaPssPair({
      ...(hashAlgorithm === undefined ? {} : { hashAlgorithm, mgf1HashAlgorithm: mgf1HashAlgorithm ?? hashAlgorithm }),
      ...(saltLength === undefined ? {} : { saltLength }),
    }).privateKey;
  const free = make();
  const restricted = make("sha384", 48);

  it("without parameters is for every PS algorithm and for no RS algorithm", () => {
    for (const alg of ["PS256", "PS384", "PS512"] as const)
      expect(codeOf(() => algorithm(alg).check(free))).toBe("accepted");
    for (const alg of ["RS256", "RS384", "RS512"] as const) {
      const { code, message } = refusalOf(() => algorithm(alg).check(free));
      expect(code).toBe("KEY_INVALID");
      expect(message).toContain("rsa-pss");
    }
  });

  it("with parameters is for the algorithm that they describe alone", () => {
    expect(codeOf(() => algorithm("PS384").check(restricted))).toBe("accepted");
    for (const alg of ["PS256", "PS512"] as const)
      expect(codeOf(() => algorithm(alg).check(restricted))).toBe("KEY_INVALID");
  });

  it("may ask for a shorter salt, and not for a longer one", () => {
    expect(codeOf(() => algorithm("PS384").check(make("sha384", 20)))).toBe("accepted");
    expect(codeOf(() => algorithm("PS384").check(make("sha384", 49)))).toBe("KEY_INVALID");
  });

  it("may not have another hash for its mask", () => {
    expect(codeOf(() => algorithm("PS384").check(make("sha384", 48, "sha256")))).toBe("KEY_INVALID");
  });

  it("must be as large as any", () => {
    const { privateKey } = rsaPssPair({ modulusLength: 1024 });
    expect(codeOf(() => algorithm("PS256").check(privateKey))).toBe("KEY_WEAK");
  });
});

it("a private key read anew is the same key", () => {
  const again = createPrivateKey({ key: rsa.export({ format: "jwk" }), format: "jwk" });
  expect(algorithm("RS256").verify(publicRsa, DATA, algorithm("RS256").sign(again, DATA))).toBe(true);
});
