/** What a client of a server rejected with, as an error that may be logged. */

/**
 * A client's errors carry what was sent, hashes of secrets among it, and errors get logged. This one says what happened
 * and nothing that was sent.
 * @param server its name
 * @param sent the texts that no log may hold
 */
export function outage(server: string, error: unknown, sent: readonly unknown[]): Error {
  const message = messageOf(error);
  const quotes = sent.some((text) => typeof text === "string" && text.length >= 8 && message.includes(text));
  return new Error(`${server} did not answer: ${quotes ? "the command was refused" : message.slice(0, 200)}`);
}

/** The message of whatever was thrown; its code where it has no message, as when a host has several addresses. */
export function messageOf(error: unknown): string {
  const { message, code } = (error ?? {}) as { readonly message?: unknown; readonly code?: unknown };
  return String(message || code || "no reason given");
}
