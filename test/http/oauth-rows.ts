/** What the OAuth endpoints and the key set answer, on every framework: RFC 6749, RFC 7009, RFC 7662, RFC 9449, RFC 7517. */
import { expect } from "vitest";
import { get, type Row } from "./rows.ts";
import type { Sent } from "./served.ts";
import { CLIENT, openWorld, type World } from "./site.ts";

type Parameters = Readonly<Record<string, string>>;

const basic = (secret: string = CLIENT.secret): string =>
  `Basic ${Buffer.from(`${CLIENT.id}:${encodeURIComponent(secret)}`).toString("base64")}`;
const FORM = "application/x-www-form-urlencoded";
const JSON_TYPE = { "content-type": "application/json", "cache-control": "no-store" };

function form(path: string, parameters: Parameters | string, headers: Parameters = {}): Sent {
  return {
    method: "POST",
    path,
    headers: Object.entries({ authorization: basic(), "content-type": FORM, ...headers }),
    body: typeof parameters === "string" ? parameters : new URLSearchParams(parameters).toString(),
  };
}

const token = (refreshToken: string, headers: Parameters = {}, path = "/oauth/token"): Sent =>
  form(path, { grant_type: "refresh_token", refresh_token: refreshToken }, headers);

/** A refresh of a new session, with the nonce of the server where it brings a proof. */
async function bound(world: World, nonce?: string): Promise<Sent> {
  const { refreshToken } = await world.start("user_42", { jkt: world.jkt });
  const claims = nonce === undefined ? {} : { nonce };
  return token(refreshToken, { dpop: world.prove("POST", "/oauth/token", { claims }) });
}

const refused = (status: number, error: string, error_description: string, code?: string) => ({
  status,
  body: { error, error_description, ...(code !== undefined && { code }) },
  headers: JSON_TYPE,
});
const invalid = (description: string) => refused(400, "invalid_request", description);
const unknownClient = {
  ...refused(401, "invalid_client", "the client is not authenticated"),
  challenge: 'Basic realm="oauth"',
};
const etag = String(openWorld().site.ring.jwksResponse().headers.etag);

const granting: readonly Row[] = [
  {
    name: "a refresh token is exchanged, and its successor is in the body",
    request: async (w) => token((await w.start()).refreshToken),
    status: 200,
    body: (body) =>
      expect(body).toEqual({
        access_token: expect.any(String),
        token_type: "Bearer",
        expires_in: 900,
        refresh_token: expect.stringMatching(/^rjt1/),
      }),
    headers: { ...JSON_TYPE, pragma: "no-cache" },
  },
  {
    name: "a form with a charset, and a body without a length, is read",
    request: async (w) => {
      const headers = { "content-type": `${FORM}; charset=utf-8`, "transfer-encoding": "chunked" };
      return token((await w.start()).refreshToken, headers);
    },
    status: 200,
    body: (body) => expect(body).toMatchObject({ token_type: "Bearer" }),
  },
  {
    name: "a form for the token endpoint may have a query of other things",
    request: async (w) => token((await w.start()).refreshToken, {}, "/oauth/token?tenant=1"),
    status: 200,
    body: (body) => expect(body).toMatchObject({ token_type: "Bearer" }),
  },
  {
    name: "a session that is bound to a key is told the nonce, and bears no harm",
    request: (w) => bound(w),
    ...refused(400, "use_dpop_nonce", "the DPoP proof needs another nonce", "PROOF_NONCE"),
    headers: { ...JSON_TYPE, "dpop-nonce": openWorld().nonce() },
  },
  {
    name: "a session that is bound to a key is refreshed with its proof",
    request: (w) => bound(w, w.nonce()),
    status: 200,
    body: (body) => expect(body).toMatchObject({ token_type: "DPoP" }),
    headers: { "dpop-nonce": openWorld().nonce() },
  },
  {
    name: "a used refresh token is invalid_grant",
    request: async (w) => {
      const { refreshToken } = await w.start();
      await w.sessions.refresh(refreshToken);
      w.clock.advance("31s");
      return token(refreshToken);
    },
    ...refused(400, "invalid_grant", "the refresh token was used already", "REFRESH_REUSED"),
  },
  {
    name: "a token endpoint whose store is down is 503, never 400",
    request: async (w) => {
      const { refreshToken } = await w.start();
      w.storeIsDown = true;
      return token(refreshToken);
    },
    ...refused(503, "temporarily_unavailable", "try again", "STORE_UNAVAILABLE"),
    headers: { ...JSON_TYPE, "retry-after": "5" },
  },
  {
    name: "another grant is unsupported_grant_type",
    request: () => form("/oauth/token", { grant_type: "password", username: "a", password: "b" }),
    ...refused(400, "unsupported_grant_type", "the grant must be refresh_token"),
  },
];

const revoking: readonly Row[] = [
  {
    name: "a refresh token is revoked, with no body",
    request: async (w) => form("/oauth/revoke", { token: (await w.start()).refreshToken }),
    status: 200,
    headers: { "cache-control": "no-store" },
  },
  {
    name: "a public client that is known revokes too, naming itself",
    request: async (w) => {
      const sent = form("/oauth/revoke", { token: (await w.start()).accessToken, client_id: "public" });
      return { ...sent, headers: sent.headers.filter(([name]) => name !== "authorization") };
    },
    status: 200,
  },
  {
    name: "revoking garbage is 200 all the same",
    request: () => form("/oauth/revoke", { token: "garbage" }),
    status: 200,
  },
  {
    name: "another client's token is not revoked",
    request: async (w) => form("/oauth/revoke", { token: (await w.start("ann", { clientId: "other" })).refreshToken }),
    ...refused(400, "invalid_grant", "the token was issued to another client"),
  },
];

const introspecting: readonly Row[] = [
  {
    name: "introspection tells of a good access token",
    request: async (w) => form("/oauth/introspect", { token: (await w.start()).accessToken }),
    status: 200,
    body: (body) => expect(body).toMatchObject({ active: true, sub: "user_42", token_type: "Bearer" }),
    headers: JSON_TYPE,
  },
  {
    name: "introspection of a token of an ended session says inactive and no more",
    request: async (w) => {
      const { accessToken, sessionId } = await w.start();
      await w.sessions.end(sessionId);
      return form("/oauth/introspect", { token: accessToken });
    },
    status: 200,
    body: { active: false },
  },
  {
    name: "introspection tells nothing to a client that only names itself",
    request: async (w) => {
      const sent = form("/oauth/introspect", { token: (await w.start()).accessToken, client_id: "public" });
      return { ...sent, headers: sent.headers.filter(([name]) => name !== "authorization") };
    },
    ...unknownClient,
  },
];

/** The same for each endpoint. */
const everywhere: readonly Row[] = ["/oauth/token", "/oauth/revoke", "/oauth/introspect"].flatMap((path): Row[] => [
  {
    name: `${path}: another method is 405`,
    request: () => get(path),
    status: 405,
    body: { error: "method_not_allowed" },
    headers: { ...JSON_TYPE, allow: "POST" },
  },
  {
    name: `${path}: a token in the address is refused, though the body is good`,
    request: async (w) => token((await w.start()).refreshToken, {}, `${path}?token=x`),
    ...invalid("tokens and secrets belong in the body, never in the address"),
  },
  {
    name: `${path}: JSON is refused`,
    request: async (w) => ({
      ...form(path, JSON.stringify({ token: (await w.start()).refreshToken }), { "content-type": "application/json" }),
    }),
    ...invalid("the content type must be application/x-www-form-urlencoded"),
  },
  {
    name: `${path}: an empty body says what is missing`,
    request: () => form(path, ""),
    ...invalid(`the parameter ${path === "/oauth/token" ? "grant_type" : "token"} is missing`),
  },
  {
    name: `${path}: a parameter that comes twice is refused, though it is the same`,
    request: () => form(path, "token=x&token=x"),
    ...invalid("the body must be UTF-8, with each parameter once"),
  },
  {
    name: `${path}: a body over the limit is 413`,
    request: () => form(path, `token=${"x".repeat(20_000)}`),
    ...refused(413, "invalid_request", "the body is too long"),
  },
  {
    name: `${path}: a body over the limit is 413, though it does not say its length`,
    request: () => form(path, `token=${"x".repeat(20_000)}`, { "transfer-encoding": "chunked" }),
    ...refused(413, "invalid_request", "the body is too long"),
  },
  {
    name: `${path}: a client with a wrong secret is 401`,
    request: async (w) => token((await w.start()).refreshToken, { authorization: basic("wrong") }, path),
    ...unknownClient,
  },
  {
    name: `${path}: two Authorization headers are no client`,
    request: async (w) => {
      const sent = token((await w.start()).refreshToken, {}, path);
      return { ...sent, headers: [...sent.headers, ["authorization", basic()]] };
    },
    ...unknownClient,
  },
]);

const publishing: readonly Row[] = [
  {
    name: "the key set is published",
    request: () => get("/jwks"),
    status: 200,
    body: openWorld().site.ring.jwks(),
    headers: { "content-type": "application/jwk-set+json", "cache-control": "public, max-age=300", etag },
  },
  {
    name: "a key set that the reader has is not sent again",
    request: () => get("/jwks", { "if-none-match": `"other", ${etag}` }),
    status: 304,
    headers: { etag },
  },
  {
    name: "a key set has no body for HEAD",
    request: () => ({ ...get("/jwks"), method: "HEAD" }),
    status: 200,
    headers: { "content-type": "application/jwk-set+json", etag },
  },
  {
    name: "a key set is for reading alone",
    request: () => ({ ...get("/jwks"), method: "DELETE" }),
    status: 405,
    body: { error: "method_not_allowed" },
    headers: { ...JSON_TYPE, allow: "GET, HEAD" },
  },
];

export const oauthRows: readonly Row[] = [...granting, ...revoking, ...introspecting, ...everywhere, ...publishing];
