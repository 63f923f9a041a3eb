/** ECDSA signatures from DER to r‖s: what node:crypto writes is read, and no second spelling is. */
import { generateKeyPairSync, sign, verify } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { rawFromDer } from "../../src/jwa/ecdsa-der.ts";

const integer = (bytes: Uint8Array): Uint8Array => {
  const start = bytes.findIndex((byte) => byte !== 0);
  const digits = bytes.subarray(start === -1 ? bytes.length - 1 : start);
  const padded = (digits[0] as number) >= 0x80 ? [0, ...digits] : [...digits];
  return Uint8Array.from([0x02, padded.length, ...padded]);
};
const sequence = (...parts: Uint8Array[]): Uint8Array => {
  const content = parts.flatMap((part) => [...part]);
  return Uint8Array.from([0x30, ...(content.length < 0x80 ? [] : [0x81]), content.length, ...content]);
};

describe("what node:crypto signs", () => {
  it.each([
    ["prime256v1", 32],
    ["secp256k1", 32],
    ["secp384r1", 48],
    ["secp521r1", 66],
  ])("on %s becomes the r‖s that node:crypto verifies", (namedCurve, size) => {
    const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve });
    for (let count = 0; count < 200; count += 1) {
      const message = Buffer.from(`message ${count}`);
      const raw = rawFromDer(sign("sha256", message, privateKey), size);
      expect(raw).toHaveLength(2 * size);
      const p1363 = { key: publicKey, dsaEncoding: "ieee-p1363" } as const;
      expect(verify("sha256", message, p1363, raw as Uint8Array)).toBe(true);
    }
  });
});

const SIZE = 4;
const positive = fc
  .uint8Array({ minLength: SIZE, maxLength: SIZE })
  .filter((bytes) => bytes.some((byte) => byte !== 0));

test("every pair of positive integers has exactly one spelling", () => {
  fc.assert(
    fc.property(positive, positive, (r, s) => {
      expect([...(rawFromDer(sequence(integer(r), integer(s)), SIZE) as Uint8Array)]).toEqual([...r, ...s]);
    }),
  );
});

test("bytes that are read as r‖s are those that DER writes for it", () => {
  const der = fc.tuple(positive, positive).map(([r, s]) => sequence(integer(r), integer(s)));
  const spoiled = fc.tuple(der, fc.nat(20), fc.nat(255)).map(([bytes, at, value]) => {
    const copy = Uint8Array.from(bytes);
    copy[at % copy.length] = value;
    return copy;
  });
  fc.assert(
    fc.property(fc.oneof(spoiled, fc.uint8Array({ maxLength: 16 })), (bytes) => {
      const raw = rawFromDer(bytes, SIZE);
      if (raw === undefined) return;
      const [r, s] = [raw.subarray(0, SIZE), raw.subarray(SIZE)];
      expect([...sequence(integer(r), integer(s))]).toEqual([...bytes]);
    }),
    { numRuns: 2000 },
  );
});

const hex = (text: string): Uint8Array => Buffer.from(text.replaceAll(" ", ""), "hex");
const longNumber = "01".repeat(66);

describe("refused", () => {
  it.each([
    ["nothing", ""],
    ["a tag alone", "30"],
    ["an empty sequence", "30 00"],
    ["another type than a sequence", "31 06 020101 020101"],
    ["one integer", "30 03 020101"],
    ["three integers", "30 09 020101 020101 020101"],
    ["bytes after the sequence", "30 06 020101 020101 00"],
    ["bytes after s, inside the sequence", "30 07 020101 020101 00"],
    ["a sequence shorter than it says", "30 07 020101 020101"],
    ["a sequence longer than it says", "30 05 020101 020101"],
    ["an integer longer than its sequence", "30 06 020101 020201"],
    ["another type than an integer for r", "30 06 030101 020101"],
    ["another type than an integer for s", "30 06 020101 030101"],
    ["an empty r", "30 05 0200 020101"],
    ["an empty s", "30 05 020101 0200"],
    ["a negative r", "30 06 020180 020101"],
    ["a negative s", "30 06 020101 0201ff"],
    ["r of zero", "30 06 020100 020101"],
    ["s of zero", "30 06 020101 020100"],
    ["a padded r", "30 07 02020001 020101"],
    ["a padded s", "30 07 020101 02020001"],
    ["an r that is padded twice", "30 08 0203000080 020101"],
    ["an r that is too long", "30 0a 02050102030405 020101"],
    ["an s that is too long", "30 0a 020101 02050102030405"],
    ["a long form of a short length", "30 81 06 020101 020101"],
    ["a long form in an integer", "30 07 02810101 020101"],
    ["a longer form of a length", "30 82 0006 020101 020101"],
    ["an indefinite length", "30 80 020101 020101 0000"],
    ["a length whose second byte is missing", "30 81"],
    ["a long sequence that is cut", `30 81 88 0242${longNumber}`],
  ])("%s", (_name, bytes) => {
    expect(rawFromDer(hex(bytes), SIZE)).toBeUndefined();
  });

  it("r‖s itself, which is what signers of the other kind answer", () => {
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
    for (let count = 0; count < 50; count += 1) {
      const raw = sign("sha256", Buffer.from([count]), { key: privateKey, dsaEncoding: "ieee-p1363" });
      expect(rawFromDer(raw, 32)).toBeUndefined();
    }
  });
});
