/** What the guard answers, on every framework: RFC 6750. */
import { bearer, get, post, type Row } from "./rows.ts";
import { ORIGIN, type World } from "./site.ts";

const authorized = (world: World, claims: object = {}): { readonly authorization: string } => ({
  authorization: `Bearer ${world.sign(claims)}`,
});
const cookie = (world: World): { readonly cookie: string } => ({ cookie: `access=${world.sign({})}` });

const missing = { status: 401, challenge: bearer(), body: { error: "unauthorized" } };
const invalidRequest = {
  status: 400,
  challenge: bearer("invalid_request", "the request is malformed"),
  body: { error: "invalid_request", code: "REQUEST_INVALID" },
};
const foreign = { status: 403, body: { error: "origin_not_allowed", code: "ORIGIN" } };
const accepted = { status: 200, body: { sub: "user_42" } };

function invalidToken(code: string, description: string) {
  return {
    status: 401,
    challenge: bearer("invalid_token", description),
    body: { error: "invalid_token", code },
    headers: { "cache-control": "no-store", "content-type": "application/json" },
  };
}

const scopeMissing = {
  status: 403,
  challenge: bearer("insufficient_scope", "the access token does not allow this", "orders:read orders:write"),
  body: { error: "insufficient_scope", code: "SCOPE" },
};

const credentials: readonly Row[] = [
  { name: "a good token passes", request: (w) => get("/me", authorized(w)), ...accepted },
  {
    name: "the scheme may be in lower case",
    request: (w) => get("/me", { authorization: `bearer ${w.sign({})}` }),
    ...accepted,
  },
  {
    name: "more than one space may follow the scheme",
    request: (w) => get("/me", { authorization: `Bearer   ${w.sign({})}` }),
    ...accepted,
  },
  { name: "a guarded POST needs no Origin with a header", request: (w) => post("/page", authorized(w)), ...accepted },
  { name: "no token: a challenge without an error", request: () => get("/me"), ...missing },
  {
    name: "another realm is told",
    request: () => get("/realm"),
    ...missing,
    challenge: 'Bearer realm="orders"',
  },
  {
    name: "another scheme is no token",
    request: () => get("/me", { authorization: "Basic dXNlcjpwYXNz" }),
    ...missing,
  },
  {
    name: "a scheme that only begins like Bearer is no token",
    request: (w) => get("/me", { authorization: `Bearer2 ${w.sign({})}` }),
    ...missing,
  },
  { name: "a token in the query is no token", request: (w) => get(`/me?access_token=${w.sign({})}`), ...missing },
  {
    name: "a token in the body is no token",
    request: (w) => ({
      ...post("/me", { "content-type": "application/x-www-form-urlencoded" }),
      body: `access_token=${w.sign({})}`,
    }),
    ...missing,
  },
  {
    name: "a token in a cookie is no token where no cookie is named",
    request: (w) => get("/me", cookie(w)),
    ...missing,
  },
  {
    name: "two Authorization headers are refused, though both are good",
    request: (w) => {
      const line = ["authorization", `Bearer ${w.sign({})}`] as const;
      return { ...get("/me"), headers: [line, line] };
    },
    ...invalidRequest,
  },
  {
    name: "two tokens in one header are refused",
    request: (w) => get("/me", { authorization: `Bearer ${w.sign({})} ${w.sign({})}` }),
    ...invalidRequest,
  },
  {
    name: "a value that reads like the field's name is no second header",
    request: (w) => {
      const { authorization } = authorized(w);
      return {
        ...get("/me"),
        headers: [
          ["x-field", "authorization"],
          ["authorization", authorization],
        ],
      };
    },
    ...accepted,
  },
  {
    name: "a scheme without a token is refused",
    request: () => get("/me", { authorization: "Bearer" }),
    ...invalidRequest,
  },
  {
    name: "a quoted token is refused",
    request: (w) => get("/me", { authorization: `Bearer "${w.sign({})}"` }),
    ...invalidRequest,
  },
  {
    name: "a header that begins with no scheme is refused",
    request: () => get("/me", { authorization: '"Bearer" abc' }),
    ...invalidRequest,
  },
  {
    name: "a token of more than the verifier's limit is refused",
    request: () => get("/me", { authorization: `Bearer ${"a".repeat(9000)}` }),
    ...invalidToken("TOO_LARGE", "the access token is too long"),
  },
];

const verdicts: readonly Row[] = [
  {
    name: "a text that is no token is refused",
    request: () => get("/me", { authorization: "Bearer abc" }),
    ...invalidToken("MALFORMED", "the access token is malformed"),
  },
  {
    name: "an expired token is refused",
    request: (w) => get("/me", { authorization: `Bearer ${w.sign({}, "expired")}` }),
    ...invalidToken("EXPIRED", "the access token has expired"),
  },
  {
    name: "a token for another audience is refused",
    request: (w) => get("/me", { authorization: `Bearer ${w.sign({}, "other-audience")}` }),
    ...invalidToken("AUDIENCE", "the access token is for another audience"),
  },
  {
    name: "a token of another key is refused",
    request: (w) => get("/me", { authorization: `Bearer ${w.sign({}, "other-key")}` }),
    ...invalidToken("SIGNATURE", "the signature of the access token is wrong"),
  },
  {
    name: "a token for another purpose is refused",
    request: (w) => get("/me", { authorization: `Bearer ${w.sign({}, "refresh-typ")}` }),
    ...invalidToken("TYP", "the token is of another type"),
  },
  {
    name: "a DPoP-bound token is refused as a plain bearer",
    request: (w) => get("/me", authorized(w, { cnf: { jkt: "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I" } })),
    ...invalidToken("PROOF_REQUIRED", "the access token needs a proof of its key"),
  },
  {
    name: "an outage of the keys is 503, never 401",
    request: (w) => get("/outage", authorized(w)),
    status: 503,
    body: { error: "temporarily_unavailable", code: "KEYS_UNAVAILABLE" },
    headers: { "retry-after": "5", "cache-control": "no-store" },
  },
  {
    name: "a stale revocation list is 503, never 401",
    request: (w) => get("/stale", authorized(w)),
    status: 503,
    body: { error: "token_not_fresh", code: "REVOCATIONS_STALE" },
    headers: { "retry-after": "5" },
  },
  { name: "a bug in a verifier is no refusal", request: (w) => get("/broken", authorized(w)), status: 500 },
  {
    name: "an `allow` that answers a promise lets nobody in",
    request: (w) => get("/misused", authorized(w)),
    status: 500,
  },
];

const scopes: readonly Row[] = [
  {
    name: "a token with the scopes passes",
    request: (w) => get("/orders", authorized(w, { scope: "orders:write email orders:read" })),
    ...accepted,
  },
  {
    name: "`scp` may be a list",
    request: (w) => get("/orders", authorized(w, { scp: ["orders:read", "orders:write"] })),
    ...accepted,
  },
  {
    name: "scopes may be listed, and spaced as one likes",
    request: (w) => get("/listed", authorized(w, { scope: " orders:write  orders:read " })),
    ...accepted,
  },
  {
    name: "a claim's empty words are no scope",
    request: (w) => get("/listed", authorized(w, { scope: "  ", scp: ["", 7] })),
    ...scopeMissing,
  },
  {
    name: "`scp` may be text",
    request: (w) => get("/orders", authorized(w, { scp: "orders:read orders:write" })),
    ...accepted,
  },
  {
    name: "a token without any scope is refused, and told which",
    request: (w) => get("/orders", authorized(w)),
    ...scopeMissing,
  },
  {
    name: "a token with one of two scopes is refused",
    request: (w) => get("/orders", authorized(w, { scope: "orders:read" })),
    ...scopeMissing,
  },
  {
    name: "a scope that only begins alike is refused",
    request: (w) => get("/orders", authorized(w, { scope: "orders:read:own orders:write" })),
    ...scopeMissing,
  },
  {
    name: "a scope that is neither text nor list is none",
    request: (w) => get("/orders", authorized(w, { scope: { "orders:read": true }, scp: 7 })),
    ...scopeMissing,
  },
  { name: "what `allow` lets in passes", request: (w) => get("/admin", authorized(w, { role: "admin" })), ...accepted },
  {
    name: "what `allow` does not let in is refused, without a scope to ask for",
    request: (w) => get("/admin", authorized(w, { role: "user" })),
    status: 403,
    challenge: bearer("insufficient_scope", "the access token does not allow this"),
    body: { error: "insufficient_scope", code: "SCOPE" },
  },
];

const cookies: readonly Row[] = [
  { name: "the named cookie may hold the token", request: (w) => get("/page", cookie(w)), ...accepted },
  {
    name: "the cookie counts beside a credential of another scheme",
    request: (w) => get("/page", { ...cookie(w), authorization: "Basic dXNlcjpwYXNz" }),
    ...accepted,
  },
  {
    name: "the header wins over the cookie",
    request: (w) => get("/page", { cookie: "access=stale", ...authorized(w) }),
    ...accepted,
  },
  {
    name: "a refused header does not fall back to the cookie",
    request: (w) => get("/page", { ...cookie(w), authorization: "Bearer abc" }),
    ...invalidToken("MALFORMED", "the access token is malformed"),
  },
  {
    name: "a malformed header does not fall back to the cookie",
    request: (w) => get("/page", { ...cookie(w), authorization: "Bearer" }),
    ...invalidRequest,
  },
  {
    name: "a cookie without a value is no token, though its name begins alike",
    request: () => get("/page", { cookie: "access1; accessory=1" }),
    ...missing,
  },
  { name: "an empty cookie is no token", request: () => get("/page", { cookie: "access=; other=1" }), ...missing },
  {
    name: "a POST with the cookie from a listed origin passes",
    request: (w) => post("/page", { ...cookie(w), origin: ORIGIN }),
    ...accepted,
  },
  {
    name: "a POST with the cookie from another origin is refused",
    request: (w) => post("/page", { ...cookie(w), origin: "https://evil.example" }),
    ...foreign,
  },
  { name: "a POST with the cookie and no origin is refused", request: (w) => post("/page", cookie(w)), ...foreign },
  {
    name: "a POST with the cookie is refused where no origin is listed",
    request: (w) => post("/own-page", { ...cookie(w), origin: ORIGIN }),
    ...foreign,
  },
  {
    name: "a GET with the cookie passes where no origin is listed",
    request: (w) => get("/own-page", cookie(w)),
    ...accepted,
  },
  {
    name: "a HEAD with the cookie passes where no origin is listed",
    request: (w) => ({ ...get("/own-page", cookie(w)), method: "HEAD" }),
    status: 200,
  },
  {
    name: "an OPTIONS with the cookie passes where no origin is listed",
    request: (w) => ({ ...get("/own-page", cookie(w)), method: "OPTIONS" }),
    ...accepted,
  },
  {
    name: "a POST without the cookie is asked for a token, not for an origin",
    request: () => post("/page"),
    ...missing,
  },
  {
    name: "the same token in two cookies is one",
    request: (w) => {
      const { cookie: pair } = cookie(w);
      return get("/page", { cookie: `${pair}; ${pair}` });
    },
    ...accepted,
  },
  {
    name: "two tokens in cookies are refused",
    request: (w) => get("/page", { cookie: `${cookie(w).cookie}; access=another` }),
    ...invalidRequest,
  },
];

export const guardRows: readonly Row[] = [...credentials, ...verdicts, ...scopes, ...cookies];
