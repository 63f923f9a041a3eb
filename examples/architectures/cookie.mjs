/** The session cookie of the two servers that have sessions. */

export function setSessionCookie(response, id) {
  response.setHeader("set-cookie", `session=${id}; HttpOnly; SameSite=Strict; Path=/`);
}

export function sessionIdOf(request) {
  return /(?:^|; )session=([\w-]+)/.exec(request.get("cookie") ?? "")?.[1];
}
