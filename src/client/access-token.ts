/** The access token that a client holds, and for how long. It lives in memory alone. */

export interface AccessToken {
  readonly text: string;
  readonly scheme: "Bearer" | "DPoP";
  /** When it came. Of two tokens the later one holds, in whatever order tabs hear of them. Milliseconds since 1970. */
  readonly sinceMs: number;
  /** Milliseconds since 1970, by this device's clock. */
  readonly expiresAtMs: number;
  /** From then on a call fetches a new one first. */
  readonly renewAtMs: number;
}

/** Before its end, or for a short-lived token before its last quarter: a request takes its time to arrive. */
const EARLY_MS = 30_000;

const TOKEN = /^[\w\-.~+/]+=*$/;

/**
 * @param expiresIn seconds from now
 * @throws TypeError for what cannot stand in an Authorization header, and for a time that is none
 */
export function accessToken(
  text: unknown,
  expiresIn: unknown,
  scheme: AccessToken["scheme"],
  nowMs: number,
): AccessToken {
  if (typeof text !== "string" || !TOKEN.test(text)) throw new TypeError("the access token must be a bearer token");
  if (typeof expiresIn !== "number" || !Number.isFinite(expiresIn) || expiresIn <= 0) {
    throw new TypeError("expiresIn must be a number of seconds, more than zero");
  }
  const lifeMs = expiresIn * 1000;
  return {
    text,
    scheme,
    sinceMs: nowMs,
    expiresAtMs: nowMs + lifeMs,
    renewAtMs: nowMs + lifeMs - Math.min(EARLY_MS, lifeMs / 4),
  };
}

/** The same for what another tab sent. Undefined for anything else: any script of the origin can post. */
export function tokenFromTab(value: unknown): AccessToken | undefined {
  const { text, scheme, ...times } = (value ?? {}) as Partial<Record<keyof AccessToken, unknown>>;
  const { sinceMs, expiresAtMs, renewAtMs } = times as Pick<AccessToken, "sinceMs" | "expiresAtMs" | "renewAtMs">;
  if (typeof text !== "string" || !TOKEN.test(text)) return undefined;
  if (scheme !== "Bearer" && scheme !== "DPoP") return undefined;
  if (![sinceMs, expiresAtMs, renewAtMs].every(Number.isFinite)) return undefined;
  return { text, scheme, sinceMs, expiresAtMs, renewAtMs };
}
