/**
 * Recognises EdDSA public keys of small order, for which everybody can make signatures that hold: RFC 8032 §5.1.7 and
 * §5.2.7 let them pass. K. Chalkias, F. Garillot, V. Nikolaenko, "Taming the many EdDSAs" (2020), table 1.
 */

/** The y of every such point, little-endian, without the bit of x's sign: as RFC 8032 spells it, and with p added. */
const SMALL_ORDER: Readonly<Record<"ed25519" | "ed448", ReadonlySet<string>>> = {
  ed25519: new Set([
    y("00", 32),
    y("01", 32),
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    `ec${"ff".repeat(30)}7f`,
    `ed${"ff".repeat(30)}7f`,
    `ee${"ff".repeat(30)}7f`,
  ]),
  ed448: new Set([
    y("00", 57),
    y("01", 57),
    `fe${"ff".repeat(27)}fe${"ff".repeat(27)}00`,
    `ff${"ff".repeat(27)}fe${"ff".repeat(27)}00`,
    `${"00".repeat(28)}${"ff".repeat(28)}00`,
  ]),
};

/**
 * True for a point whose order divides the cofactor.
 * @param point as RFC 8032 spells a public key
 */
export function isSmallOrder(curve: "ed25519" | "ed448", point: Uint8Array): boolean {
  const last = point.length - 1;
  const hex = [...point].map((byte, at) => (at === last ? byte & 0x7f : byte).toString(16).padStart(2, "0")).join("");
  return SMALL_ORDER[curve].has(hex);
}

function y(low: string, size: number): string {
  return low.padEnd(2 * size, "0");
}
