/**
 * Recognises RSA moduli of the ROCA flaw, CVE-2017-15361: their primes are powers of 65537 modulo many small primes,
 * so the modulus is one too. An honest modulus passes for one with a probability below 2^-27.
 */

const SMALL_PRIMES = [11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157];

/** For each prime, the residues that powers of 65537 leave. Not made before there is an RSA key to look at. */
let residues: ReadonlyMap<number, ReadonlySet<number>> | undefined;

/** True for a modulus that has the fingerprint. */
export function hasRocaFingerprint(modulus: bigint): boolean {
  residues ??= new Map(SMALL_PRIMES.map((prime) => [prime, powersOf65537(prime)]));
  for (const [prime, powers] of residues) {
    if (!powers.has(Number(modulus % BigInt(prime)))) return false;
  }
  return true;
}

function powersOf65537(prime: number): Set<number> {
  const powers = new Set<number>();
  for (let power = 1; !powers.has(power); power = (power * 65_537) % prime) powers.add(power);
  return powers;
}
