/** What an answer says about the token that was sent: RFC 6750 §3.1, RFC 9449 §7 and §8, RFC 9110 §10.2.3. */

/** The `error` of a refusal: of the challenge, or of the JSON body where the challenge is hidden from a page by CORS. */
export async function errorOf(response: Response): Promise<string | undefined> {
  const challenge = response.headers.get("www-authenticate");
  const named = /\berror="([\w.-]+)"/.exec(challenge ?? "")?.[1];
  if (named !== undefined) return named;
  const body = await jsonOf(response);
  return typeof body?.error === "string" ? body.error : undefined;
}

/** The JSON object in a response, which can still be read afterwards; undefined for anything else. */
export async function jsonOf(response: Response): Promise<Readonly<Record<string, unknown>> | undefined> {
  if (!/^application\/json\b/i.test(response.headers.get("content-type") ?? "")) return undefined;
  try {
    const value: unknown = await response.clone().json();
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** Seconds, or a date: RFC 9110 §10.2.3. @returns milliseconds from now; 0 where the answer says nothing */
export function retryAfterMs(response: Response, nowMs: number): number {
  const value = response.headers.get("retry-after");
  if (value === null) return 0;
  const ms = /^\d{1,9}$/.test(value) ? Number(value) * 1000 : Date.parse(value) - nowMs;
  return Number.isFinite(ms) ? Math.max(0, ms) : 0;
}
