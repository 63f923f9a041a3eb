/** Whether a client has what it asks for: RFC 9110 §13.1.2. */

/**
 * Compares weakly, as the RFC asks: what compresses on the way makes a strong tag weak.
 * @param etag with its quotes
 */
export function matchesTag(ifNoneMatch: string | null | undefined, etag: string): boolean {
  const known = (ifNoneMatch ?? "").split(",").map((tag) => tag.trim().replace(/^W\//, ""));
  return known.includes(etag) || known.includes("*");
}
