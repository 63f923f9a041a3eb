/** What the guard and the session routes answer to DPoP, on every framework: RFC 9449. */
import { keyFor } from "../fixtures/keys.ts";
import { athOf, jktOf, type ProofChanges } from "./proofs.ts";
import { get, post, type Row } from "./rows.ts";
import type { Sent } from "./served.ts";
import { NAME, session, tokens } from "./session-rows.ts";
import { ORIGIN, openWorld, type World } from "./site.ts";

const ALGS = 'algs="ES256 Ed25519 EdDSA PS256 RS256"';
const nonceAtStart = openWorld().nonce();
const otherJkt = jktOf(keyFor("Ed25519"));

/** A token bound to the client's key, with a proof of it. */
function proved(path: string, changes: ProofChanges & { readonly token?: object } = {}) {
  return (world: World): Sent => {
    const token = world.sign({ cnf: { jkt: world.jkt }, ...changes.token });
    const claims = { ath: athOf(token), ...changes.claims };
    return get(path, { authorization: `DPoP ${token}`, dpop: world.prove("GET", path, { ...changes, claims }) });
  };
}

const dpop = (error?: string, description?: string): string =>
  `Bearer realm="api", DPoP realm="api"${error === undefined ? "" : `, error="${error}", error_description="${description}"`}, ${ALGS}`;
const accepted = { status: 200, body: { sub: "user_42" } };

function refused(error: string, code: string, description: string) {
  return { status: 401, challenge: dpop(error, description), body: { error, code } };
}

const invalidProof = refused("invalid_dpop_proof", "PROOF_INVALID", "the DPoP proof is not valid");
const alone = (error?: string, description?: string) => dpop(error, description).replace('Bearer realm="api", ', "");

const guarded: readonly Row[] = [
  { name: "a bound token with its proof passes", request: proved("/proved"), ...accepted },
  {
    name: "the scheme DPoP may be in lower case",
    request: (w) => {
      const { headers, ...sent } = proved("/proved")(w);
      return { ...sent, headers: headers.map(([name, value]) => [name, value.replace("DPoP ", "dpop ")]) };
    },
    ...accepted,
  },
  {
    name: "a proof's address has no query",
    request: (w) => ({ ...proved("/proved")(w), path: "/proved?page=2" }),
    ...accepted,
  },
  {
    name: "an unbound token passes as Bearer, where proofs are not required",
    request: (w) => get("/proved", { authorization: `Bearer ${w.sign({})}` }),
    ...accepted,
  },
  {
    name: "no token: a challenge for each scheme",
    request: () => get("/proved"),
    status: 401,
    challenge: dpop(),
    body: { error: "unauthorized" },
  },
  {
    name: "a bound token as Bearer is refused, though a proof comes with it",
    request: (w) => {
      const token = w.sign({ cnf: { jkt: w.jkt } });
      const proof = w.prove("GET", "/proved", { claims: { ath: athOf(token) } });
      return get("/proved", { authorization: `Bearer ${token}`, dpop: proof });
    },
    status: 401,
    challenge: `Bearer realm="api", error="invalid_token", error_description="the access token needs a proof of its key", DPoP realm="api", ${ALGS}`,
    body: { error: "invalid_token", code: "PROOF_REQUIRED" },
  },
  {
    name: "a token that reads like the other scheme is told so under its own",
    request: () => get("/proved", { authorization: "Bearer dpop" }),
    status: 401,
    challenge: `Bearer realm="api", error="invalid_token", error_description="the access token is malformed", DPoP realm="api", ${ALGS}`,
    body: { error: "invalid_token", code: "MALFORMED" },
  },
  {
    name: "a bound token without a proof is refused",
    request: (w) => get("/proved", { authorization: `DPoP ${w.sign({ cnf: { jkt: w.jkt } })}` }),
    ...invalidProof,
  },
  {
    name: "an unbound token with a proof is refused",
    request: proved("/proved", { token: { cnf: undefined } }),
    ...refused("invalid_token", "CLAIM_MISSING", "the access token lacks a claim"),
  },
  {
    name: "a token that is bound to another key is refused",
    request: proved("/proved", { token: { cnf: { jkt: otherJkt } } }),
    ...refused("invalid_token", "PROOF_REQUIRED", "the access token needs a proof of its key"),
  },
  {
    name: "a token that is bound to a certificate as well is refused",
    request: (w) => proved("/proved", { token: { cnf: { jkt: w.jkt, "x5t#S256": otherJkt } } })(w),
    ...refused("invalid_token", "PROOF_REQUIRED", "the access token needs a proof of its key"),
  },
  {
    name: "an expired token is refused, however good its proof",
    request: (w) => {
      const token = w.sign({ cnf: { jkt: w.jkt } }, "expired");
      const proof = w.prove("GET", "/proved", { claims: { ath: athOf(token) } });
      return get("/proved", { authorization: `DPoP ${token}`, dpop: proof });
    },
    ...refused("invalid_token", "EXPIRED", "the access token has expired"),
  },
  {
    name: "a proof of another token is refused",
    request: proved("/proved", { claims: { ath: athOf("x") } }),
    ...invalidProof,
  },
  {
    name: "a proof of another method is refused",
    request: proved("/proved", { claims: { htm: "POST" } }),
    ...invalidProof,
  },
  {
    name: "a proof of another address is refused",
    request: proved("/proved", { claims: { htu: `${ORIGIN}/me` } }),
    ...invalidProof,
  },
  {
    name: "a proof of another origin is refused, whatever Host says",
    request: proved("/proved", { claims: { htu: "http://127.0.0.1/proved" } }),
    ...invalidProof,
  },
  {
    name: "two proofs are refused, though both are good",
    request: (w) => {
      const sent = proved("/proved")(w);
      return { ...sent, headers: [...sent.headers, ...proved("/proved")(w).headers.slice(1)] };
    },
    ...invalidProof,
  },
  {
    name: "two tokens under the scheme DPoP are refused",
    request: (w) => get("/proved", { authorization: `DPoP ${w.sign({})} ${w.sign({})}` }),
    status: 400,
    challenge: dpop("invalid_request", "the request is malformed"),
    body: { error: "invalid_request", code: "REQUEST_INVALID" },
  },
  {
    name: "where no proofs are taken, the scheme DPoP is no token",
    request: proved("/me"),
    status: 401,
    challenge: 'Bearer realm="api"',
    body: { error: "unauthorized" },
  },
  {
    name: "a store of used proofs that is down is 503, never 401",
    request: proved("/proof-store-down"),
    status: 503,
    body: { error: "temporarily_unavailable", code: "STORE_UNAVAILABLE" },
    headers: { "retry-after": "5" },
  },
  {
    name: "where proofs are required, an unbound token is refused, and told the one scheme",
    request: (w) => get("/proved-alone", { authorization: `Bearer ${w.sign({ scope: "orders" })}` }),
    status: 401,
    challenge: alone("invalid_token", "the access token needs a proof of its key"),
    body: { error: "invalid_token", code: "PROOF_REQUIRED" },
  },
  {
    name: "a proof without a nonce is told one",
    request: (w) => proved("/proved-alone", { token: { scope: "orders" } })(w),
    status: 401,
    challenge: alone("use_dpop_nonce", "the DPoP proof needs another nonce"),
    body: { error: "use_dpop_nonce", code: "PROOF_NONCE" },
    headers: { "dpop-nonce": nonceAtStart },
  },
  {
    name: "a proof with the nonce passes",
    request: (w) => proved("/proved-alone", { token: { scope: "orders" }, claims: { nonce: w.nonce() } })(w),
    ...accepted,
  },
  {
    name: "a bound token without the scope is told which, under its own scheme",
    request: (w) => proved("/proved-alone", { claims: { nonce: w.nonce() } })(w),
    status: 403,
    challenge: alone("insufficient_scope", "the access token does not allow this").replace(
      ", algs",
      ', scope="orders", algs',
    ),
    body: { error: "insufficient_scope", code: "SCOPE" },
  },
];

const sessionOf = (error: string, description: string): string =>
  `${session(error, description).replace("Bearer", `Bearer realm="session", DPoP`)}, ${ALGS}`;

const world = (): World => openWorld({}, {}, true);

async function boundRefresh(world: World, headers: Readonly<Record<string, string>>): Promise<Sent> {
  const { refreshToken } = await world.start("user_42", { jkt: world.jkt });
  return post("/refresh", { origin: ORIGIN, cookie: `${NAME}=${refreshToken}`, ...headers });
}

const refreshes: readonly Row[] = [
  {
    world,
    name: "a bound session is refreshed with a proof, and its token is of type DPoP",
    request: (w) => boundRefresh(w, { dpop: w.prove("POST", "/refresh") }),
    ...tokens("DPoP"),
  },
  {
    world,
    name: "a bound session without a proof is refused, and the cookie kept",
    request: (w) => boundRefresh(w, {}),
    status: 401,
    challenge: `${session("invalid_token", "the session is bound to another key or client")}, DPoP realm="session", ${ALGS}`,
    body: { error: "invalid_token", code: "BINDING" },
  },
  {
    world,
    name: "a proof of another address does not refresh, and the cookie is kept",
    request: (w) => boundRefresh(w, { dpop: w.prove("POST", "/logout") }),
    status: 401,
    challenge: sessionOf("invalid_dpop_proof", "the DPoP proof is not valid"),
    body: { error: "invalid_dpop_proof", code: "PROOF_INVALID" },
  },
  {
    world,
    name: "an unbound session heeds a proof no further",
    request: async (w) => {
      const { refreshToken } = await w.start();
      const dpop = w.prove("POST", "/refresh");
      return post("/refresh", { origin: ORIGIN, cookie: `${NAME}=${refreshToken}`, dpop });
    },
    ...tokens("Bearer"),
  },
];

const LOGIN = "/login-with-key";
const login = (proof: (world: World) => string | undefined) => (w: World) => {
  const dpop = proof(w);
  return post(LOGIN, dpop === undefined ? {} : { dpop });
};
const refusedLogin = (error: string, code: string, description: string) => ({
  status: 401,
  challenge: `DPoP realm="session", error="${error}", error_description="${description}", ${ALGS}`,
  body: { error, code },
  headers: { "dpop-nonce": nonceAtStart },
});
const invalidLogin = refusedLogin("invalid_dpop_proof", "PROOF_INVALID", "the DPoP proof is not valid");

const logins: readonly Row[] = [
  {
    name: "a login with a proof starts a session of its key",
    request: login((w) => w.prove("POST", LOGIN, { claims: { nonce: w.nonce() } })),
    ...tokens("DPoP"),
  },
  {
    name: "a login whose proof has no nonce is told one",
    request: login((w) => w.prove("POST", LOGIN)),
    ...refusedLogin("use_dpop_nonce", "PROOF_NONCE", "the DPoP proof needs another nonce"),
  },
  { name: "a login without a proof is refused", request: login(() => undefined), ...invalidLogin },
  {
    name: "a login with a proof for another address is refused",
    request: login((w) => w.prove("POST", "/login", { claims: { nonce: w.nonce() } })),
    ...invalidLogin,
  },
  {
    name: "a login with a proof that another key signed is refused",
    request: login((w) => w.prove("POST", LOGIN, { claims: { nonce: w.nonce() }, signer: keyFor("Ed25519") })),
    ...invalidLogin,
  },
];

export const dpopRows: readonly Row[] = [...guarded, ...refreshes, ...logins];
