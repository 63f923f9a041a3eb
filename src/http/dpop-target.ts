/** Whether a proof names the address of a request: RFC 9449 §4.3 item 9, normalised as RFC 3986 §6.2.2 and §6.2.3. */

/**
 * True where `htu` is the request's address, its query and fragment left out of account.
 * @param htu what the proof says
 * @param target path and query as the client sent them
 * @param origins under which the server is reached
 */
export function isTarget(htu: string, target: string, origins: ReadonlySet<string>): boolean {
  const url = parse(htu);
  // RFC 9449 §4.2: an absolute URI without credentials, which no client sends in a request line.
  if (url === undefined || url.username !== "" || url.password !== "" || !origins.has(url.origin)) return false;
  const requested = parse(originForm(target, url.origin));
  return requested !== undefined && requested.origin === url.origin && path(requested) === path(url);
}

/** RFC 9112 §3.2.1, §3.2.2: the target is a path, or (through some proxies) a whole URL, of which the path counts. */
function originForm(target: string, origin: string): string {
  if (target.startsWith("/")) return origin + target;
  const absolute = parse(target);
  return absolute === undefined ? "" : origin + absolute.pathname;
}

/** The parser has lowered scheme and host, dropped a default port and resolved dot segments. */
function path({ pathname }: URL): string {
  return pathname.replaceAll(/%[0-9A-Fa-f]{2}/g, (encoded) => {
    const character = String.fromCharCode(Number.parseInt(encoded.slice(1), 16));
    // RFC 3986 §2.3: an unreserved character means the same encoded or not; of the others the case of the digits does not.
    return /[A-Za-z0-9\-._~]/.test(character) ? character : encoded.toUpperCase();
  });
}

function parse(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}
