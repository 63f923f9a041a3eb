/** Nonces that a server gives to DPoP clients: RFC 9449 §8. */
import { createHmac, createSecretKey, timingSafeEqual } from "node:crypto";
import { materialOf } from "../jwk/key.ts";
import { secretKey } from "../jwk/secret-key.ts";
import { checkFunction, checkNames } from "../options.ts";
import { type Clock, type Duration, durationOption, now, systemClock } from "../time.ts";

/** Nonces that every instance of a server makes and accepts alike. */
export interface DpopNonces {
  /** For the `DPoP-Nonce` header of answers: characters of RFC 9449 §8.1 alone. */
  current(): string;
  /** Whether a proof may still have this one. */
  accepts(nonce: string): boolean;
}

export interface DpopNoncesOptions {
  /** At least 32 bytes, the same for all instances. */
  readonly secret: string | Uint8Array | undefined;
  /** A nonce is given out for so long, and accepted for as long again. Default "5m". */
  readonly life?: Duration;
  readonly clock?: Clock | undefined;
}

const WHERE = "dpopNonces";
const NONCE_BYTES = 24;

/**
 * Nonces of the time and a secret, so that nothing is stored: the first HMAC-SHA256 bytes over the number of the period.
 * @throws CONFIG for an option that is unknown or malformed; KEY_WEAK or KEY_INVALID for the secret
 */
export function dpopNonces(options: DpopNoncesOptions): DpopNonces {
  checkNames(WHERE, options, ["secret", "life", "clock"]);
  const { clock = systemClock } = options;
  checkFunction(WHERE, "clock", clock);
  const life = durationOption(WHERE, "life", options.life ?? "5m", 1);
  const { verifying } = materialOf(secretKey(options.secret, { alg: "HS256" }));
  // Another label than any other use of the same secret.
  const key = createSecretKey(createHmac("sha256", verifying).update("rejwt DPoP nonce 1").digest());

  const nonceOf = (period: number): string =>
    createHmac("sha256", key).update(String(period)).digest().subarray(0, NONCE_BYTES).toString("base64url");
  const period = (): number => Math.floor(now(clock) / life);

  return Object.freeze<DpopNonces>({
    current: () => nonceOf(period()),
    accepts: (nonce) => {
      const latest = period();
      return [latest, latest - 1].some((one) => isSame(nonce, nonceOf(one)));
    },
  });
}

function isSame(nonce: unknown, expected: string): boolean {
  if (typeof nonce !== "string" || nonce.length !== expected.length) return false;
  const bytes = Buffer.from(nonce);
  return bytes.length === expected.length && timingSafeEqual(bytes, Buffer.from(expected));
}
