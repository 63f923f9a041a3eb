/** EdDSA under its old name and its new ones. RFC 8037 §3.1, RFC 9864 §2.2. */
import { createPublicKey, verify } from "node:crypto";
import { expect, it, test } from "vitest";
import { importJwk } from "../../src/index.ts";
import { algorithm } from "../../src/jwa/algorithms.ts";
import { keyObjectFor } from "../fixtures/keys.ts";
import { codeOf, refusalOf } from "../fixtures/refusals.ts";

const DATA = Buffer.from("the data that is signed");

test.each([
  ["Ed25519", "Ed25519", "accepted"],
  ["Ed25519", "Ed448", "KEY_INVALID"],
  ["Ed448", "Ed448", "accepted"],
  ["Ed448", "Ed25519", "KEY_INVALID"],
  ["EdDSA", "Ed25519", "accepted"],
  ["EdDSA", "Ed448", "accepted"],
  ["EdDSA", "ES256", "KEY_INVALID"],
] as const)("%s finds a key of %s %s", (alg, keyAlg, code) => {
  expect(codeOf(() => algorithm(alg).check(keyObjectFor(keyAlg)))).toBe(code);
});

test.each([
  ["Ed25519", "Ed448", "ed25519, not ed448"],
  ["EdDSA", "ES256", "ed25519 or ed448, not ec"],
] as const)("%s says which curves it takes", (alg, keyAlg, words) => {
  expect(refusalOf(() => algorithm(alg).check(keyObjectFor(keyAlg))).message).toContain(words);
});

it("EdDSA has signatures as long as the key's curve says", () => {
  const long = createPublicKey(keyObjectFor("Ed448"));
  expect(algorithm("EdDSA").signatureSize(long)).toBe(114);
  const signature = algorithm("EdDSA").sign(keyObjectFor("Ed448"), DATA);
  expect(algorithm("EdDSA").verify(long, DATA, signature)).toBe(true);
  expect(algorithm("EdDSA").verify(createPublicKey(keyObjectFor("Ed25519")), DATA, signature)).toBe(false);
});

it("EdDSA generates a key on Ed25519", async () => {
  expect((await algorithm("EdDSA").generate({ modulusLength: 0 })).asymmetricKeyType).toBe("ed25519");
  expect((await algorithm("Ed448").generate({ modulusLength: 0 })).asymmetricKeyType).toBe("ed448");
});

const LITTLE = {
  Ed25519: [
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
  ],
  Ed448: [
    "00".repeat(57),
    `01${"00".repeat(56)}`,
    `01${"00".repeat(55)}80`,
    `fe${"ff".repeat(27)}fe${"ff".repeat(27)}00`,
  ],
} as const;

test.each(["Ed25519", "Ed448"] as const)("a key of small order is no %s key: anybody can sign for it", (crv) => {
  for (const hex of LITTLE[crv]) {
    const jwk = { kty: "OKP", crv, x: Buffer.from(hex, "hex").toString("base64url") };
    expect(
      codeOf(() => importJwk(jwk)),
      hex,
    ).toBe("KEY_WEAK");
    expect(
      codeOf(() => importJwk(jwk, { alg: "EdDSA" })),
      hex,
    ).toBe("KEY_WEAK");
  }
});

test.each([
  ["Ed25519", 32, 1],
  ["Ed448", 57, 0],
] as const)("the runtime itself takes forged signatures for such a key on %s, hence the check", (crv, size, first) => {
  const point = Buffer.alloc(size);
  point[0] = first;
  const key = createPublicKey({ key: { kty: "OKP", crv, x: point.toString("base64url") }, format: "jwk" });
  const forged = Buffer.concat([point, Buffer.alloc(size)]);
  for (const message of ["one", "another", "any"]) expect(verify(null, Buffer.from(message), key, forged)).toBe(true);
});

it("a signature whose S is not reduced is refused, so that each message has one", () => {
  const key = keyObjectFor("Ed25519");
  const signature = Buffer.from(algorithm("Ed25519").sign(key, DATA));
  const order = 2n ** 252n + 27742317777372353535851937790883648493n;
  const s = BigInt(`0x${Buffer.from(signature.subarray(32)).reverse().toString("hex")}`) + order;
  const larger = Buffer.from(s.toString(16).padStart(64, "0"), "hex").reverse();
  const twin = Buffer.concat([signature.subarray(0, 32), larger]);
  expect(algorithm("Ed25519").verify(createPublicKey(key), DATA, twin)).toBe(false);
});
