/** ECDSA: r‖s, both between 1 and n − 1, on the one curve of the algorithm. RFC 7518 §3.4. */
import { createPublicKey, generateKeyPairSync, sign } from "node:crypto";
import { describe, expect, it, test } from "vitest";
import { algorithm } from "../../src/jwa/algorithms.ts";
import { rawFromDer } from "../../src/jwa/ecdsa-der.ts";
import { EC_ALGS, keyObjectFor } from "../fixtures/keys.ts";
import { codeOf, refusalOf } from "../fixtures/refusals.ts";

const DATA = Buffer.from("the data that is signed");
const CURVES = { ES256: "P-256", ES384: "P-384", ES512: "P-521", ES256K: "secp256k1" } as const;
const DIGESTS = { ES256: "sha256", ES384: "sha384", ES512: "sha512", ES256K: "sha256" } as const;

/** The order of each curve's group: SEC 2 §2. */
const ORDERS = {
  ES256: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
  ES384: 0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
  ES512:
    0x01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409n,
  ES256K: 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n,
} as const;

describe.each(EC_ALGS)("%s", (alg) => {
  const row = algorithm(alg);
  const key = keyObjectFor(alg);
  const publicKey = createPublicKey(key);
  const size = row.signatureSize(publicKey) / 2;
  const signature = row.sign(key, DATA);
  const bytes = (value: bigint): Buffer => Buffer.from(value.toString(16).padStart(2 * size, "0"), "hex");
  const number = (part: Uint8Array): bigint => BigInt(`0x${Buffer.from(part).toString("hex")}`);
  const n = ORDERS[alg];
  const r = signature.subarray(0, size);
  const s = signature.subarray(size);

  test.each<[string, Buffer, Buffer]>([
    ["r = 0", bytes(0n), Buffer.from(s)],
    ["s = 0", Buffer.from(r), bytes(0n)],
    ["r = s = 0, the psychic signature (CVE-2022-21449)", bytes(0n), bytes(0n)],
    ["r = n", bytes(n), Buffer.from(s)],
    ["s = n", Buffer.from(r), bytes(n)],
    ["r = s = n", bytes(n), bytes(n)],
    ["r = n, s = 0", bytes(n), bytes(0n)],
    ["r = s = 1", bytes(1n), bytes(1n)],
    ["r = s = n − 1", bytes(n - 1n), bytes(n - 1n)],
  ])("refuses %s", async (_what, first, second) => {
    const wrong = Buffer.concat([first, second]);
    expect(row.verify(publicKey, DATA, wrong)).toBe(false);
    expect(await row.verifyAsync(publicKey, DATA, wrong)).toBe(false);
  });

  it("refuses r + n and s + n where they fit in the bytes", () => {
    for (const [first, second] of [
      [number(r) + n, number(s)],
      [number(r), number(s) + n],
    ] as const) {
      const wrong = Buffer.concat([bytes(first), bytes(second)]);
      if (wrong.length === 2 * size) expect(row.verify(publicKey, DATA, wrong)).toBe(false);
    }
  });

  it("refuses DER, and r‖s with zero bytes in front or without them", () => {
    const der = sign(DIGESTS[alg], DATA, { key, dsaEncoding: "der" });
    expect(row.verify(publicKey, DATA, der)).toBe(false);
    const padded = Buffer.concat([Buffer.alloc(1), r, Buffer.alloc(1), s]);
    expect(row.verify(publicKey, DATA, padded)).toBe(false);
  });

  it("refuses r and s that changed places", () => {
    expect(row.verify(publicKey, DATA, Buffer.concat([s, r]))).toBe(false);
  });

  test.each(["P-256", "P-384", "P-521", "secp256k1", "brainpoolP256r1", "secp224r1"])(
    "takes a key on %s for its own curve alone",
    (curve) => {
      const { privateKey } = generateKeyPairSync("ec", { namedCurve: curve });
      expect(codeOf(() => row.check(privateKey))).toBe(curve === CURVES[alg] ? "accepted" : "KEY_INVALID");
    },
  );

  it("refuses the curve's equation with another base point (CVE-2020-0601)", () => {
    const { publicKey: honest } = generateKeyPairSync("ec", { namedCurve: CURVES[alg], paramEncoding: "explicit" });
    const der = honest.export({ type: "spki", format: "der" });
    // The first octet string of a point's size is the base point; the last bytes are the public point.
    const length = 2 * size + 1;
    const base = der.indexOf(Buffer.from([4, ...(length < 0x80 ? [length] : [0x81, length]), 4]));
    der.copy(der, base + (length < 0x80 ? 2 : 3), der.length - length);
    const forged = createPublicKey({ key: der, format: "der", type: "spki" });
    expect(codeOf(() => row.check(forged))).toBe("KEY_INVALID");
    expect(codeOf(() => row.check(honest))).toBe("accepted");
  });

  it("generates a key on its curve", async () => {
    expect(codeOf(() => row.check(key))).toBe("accepted");
    const made = await row.generate({ modulusLength: 0 });
    expect(made.asymmetricKeyDetails).toEqual(key.asymmetricKeyDetails);
  });

  it("says which curve the key is on and which is needed", () => {
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "brainpoolP256r1" });
    const { message } = refusalOf(() => row.check(privateKey));
    expect(message).toContain(String(key.asymmetricKeyDetails?.namedCurve));
    expect(message).toContain("brainpoolP256r1");
  });

  it("says the type of a key that is not on a curve at all", () => {
    expect(refusalOf(() => row.check(keyObjectFor("Ed25519"))).message).toContain("ed25519");
  });

  it("reads the DER that a KMS answers as r‖s", () => {
    for (let round = 0; round < 20; round++) {
      const der = sign(DIGESTS[alg], DATA, { key, dsaEncoding: "der" });
      const raw = rawFromDer(der, size);
      expect(raw !== undefined && row.verify(publicKey, DATA, raw)).toBe(true);
    }
  });
});

test("a curve that is spelled out is the one that OpenSSL knows it to be, and no other", () => {
  const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256", paramEncoding: "explicit" });
  expect(codeOf(() => algorithm("ES256").check(publicKey))).toBe("accepted");
  for (const alg of ["ES384", "ES512", "ES256K"] as const) {
    expect(codeOf(() => algorithm(alg).check(publicKey))).toBe("KEY_INVALID");
  }
});
