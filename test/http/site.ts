/** The site that every framework mounts, on a clock that tests move, over a store that tests take down. */

import { tokenError } from "../../src/errors.ts";
import {
  type ClientCredentials,
  type CookieOptions,
  type DpopOptions,
  dpopNonces,
  type GuardOptions,
  type OauthHandlersOptions,
  type SessionRoutesOptions,
} from "../../src/http/index.ts";
import type { Key } from "../../src/jwk/key.ts";
import { type KeyRing, keyRing } from "../../src/jwk/key-ring.ts";
import { secretKey } from "../../src/jwk/secret-key.ts";
import { createSigner, type Signer } from "../../src/jwt/signer.ts";
import type { StandardSchema } from "../../src/jwt/standard-schema.ts";
import { type AsyncVerifier, createVerifier } from "../../src/jwt/verifier.ts";
import { createSessions } from "../../src/session/sessions.ts";
import type { SessionBinding, Sessions, SessionsOptions, Tokens } from "../../src/session/types.ts";
import type { SessionStore } from "../../src/store/contract.ts";
import { memoryStore } from "../../src/store/memory.ts";
import { type ManualClock, manualClock } from "../../src/testing/index.ts";
import { keyFor } from "../fixtures/keys.ts";
import { forge } from "../fixtures/tokens.ts";
import { jktOf, type ProofChanges, proofOf } from "./proofs.ts";

export const ORIGIN = "https://shop.example";
export const ISSUER = "https://auth.example";

/** A route behind a guard; it answers 200 and `{ sub }`. */
export interface GuardedRoute {
  readonly verifier: AsyncVerifier;
  readonly options?: GuardOptions<Readonly<Record<string, unknown>>>;
}

/**
 * What a framework mounts for every method: the guarded routes, /refresh and /logout, /oauth/token, /oauth/revoke,
 * /oauth/introspect and /jwks; and POST /login and /login-with-key.
 */
export interface Site {
  readonly guarded: Readonly<Record<string, GuardedRoute>>;
  readonly sessions: Sessions;
  readonly routeOptions: SessionRoutesOptions;
  readonly oauth: OauthHandlersOptions<object>;
  readonly ring: KeyRing;
  /** What POST /login starts, and POST /login-with-key, behind a proof guard. */
  login(binding?: SessionBinding): Promise<Tokens>;
  readonly proofs: DpopOptions;
}

export interface World {
  readonly site: Site;
  readonly clock: ManualClock;
  readonly signer: Signer;
  readonly sessions: Sessions;
  /** Rejects every call of the store while it is true. */
  storeIsDown: boolean;
  /** An access token. */
  sign(claims: object, how?: "expired" | "other-audience" | "other-key" | "refresh-typ"): string;
  /** A session's tokens. */
  start(subject?: string, binding?: SessionBinding): Promise<Tokens>;
  /** A proof of the client's key. */
  prove(method: string, path: string, changes?: ProofChanges): string;
  /** The client's key, and its thumbprint. */
  readonly clientKey: Key;
  readonly jkt: string;
  /** The nonce that the server gives now. */
  nonce(): string;
  /** The site's verifier with a schema. */
  verifierWith(schema: StandardSchema): AsyncVerifier<object>;
  /** Every token text there is: none of it may be where it does not belong. */
  readonly secrets: Set<string>;
}

const key = secretKey("an HMAC secret of the tests, long enough", { alg: "HS256" });
const otherKey = secretKey("another HMAC secret of the tests, too", { alg: "HS256" });
const clientKey = keyFor("ES256");
const ring = keyRing([keyFor("ES256", "signs")], { tokenLife: "15m" });
const common = { issuer: ISSUER, audience: ORIGIN } as const;

export function openWorld(
  changes: Partial<SessionsOptions> = {},
  cookie: Partial<CookieOptions> = {},
  takesProofs = false,
): World {
  const clock = manualClock("2026-05-01T12:00:00Z");
  const signer = createSigner({ ...common, key, expiresIn: "15m", clock });
  const verifier = createVerifier({ ...common, keys: key, required: ["sub"], clock });
  const secrets = new Set<string>();

  const dpop = { origin: ORIGIN, usedProofs: memoryStore({ clock }), clock };
  const nonces = dpopNonces({ secret: new Uint8Array(32).fill(3), clock });
  const storeDown = { markUsed: () => Promise.reject(new Error("connection refused")) };

  const sessions = createSessions({
    signer,
    store: failing(memoryStore({ clock }), () => world.storeIsDown),
    refreshSecrets: [new Uint8Array(32).fill(7)],
    idle: "14d",
    absolute: "90d",
    clock,
    ...changes,
  });
  const start = async (subject = "user_42", binding?: SessionBinding): Promise<Tokens> => {
    const tokens = await sessions.start({ subject, ...(binding && { binding }) });
    secrets.add(tokens.accessToken).add(tokens.refreshToken);
    return tokens;
  };

  const world: World = {
    clock,
    signer,
    sessions,
    storeIsDown: false,
    secrets,
    start,
    clientKey,
    jkt: jktOf(clientKey),
    nonce: () => nonces.current(),
    verifierWith: (schema) => createVerifier({ ...common, keys: key, clock, schema }),
    prove: (method, path, changes) => {
      const proof = proofOf(clientKey, method, `${ORIGIN}${path}`, clock().getTime() / 1000, changes);
      secrets.add(proof);
      return proof;
    },
    sign: (claims, how) => {
      const own = { sub: "user_42", ...claims };
      const seconds = clock().getTime() / 1000;
      const payload = { iss: ISSUER, aud: ORIGIN, iat: seconds, exp: seconds + 900, ...own };
      const token = {
        expired: () => forge(key, { ...payload, iat: seconds - 1000, exp: seconds - 100 }),
        "other-audience": () => forge(key, { ...payload, aud: "https://other.example" }),
        "other-key": () => forge(otherKey, payload),
        "refresh-typ": () => forge(key, payload, { typ: "reset+jwt" }),
        none: () => forge(key, payload),
      }[how ?? "none"]();
      secrets.add(token);
      return token;
    },
    site: {
      guarded: {
        "/me": { verifier },
        "/orders": { verifier, options: { scope: "orders:read  orders:write" } },
        "/listed": { verifier, options: { scope: ["orders:read", "orders:write"] } },
        "/admin": { verifier, options: { allow: (claims) => claims.role === "admin" } },
        "/page": { verifier, options: { cookie: "access", origins: [ORIGIN] } },
        "/own-page": { verifier, options: { cookie: "access" } },
        "/proved": { verifier, options: { dpop } },
        "/proved-alone": { verifier, options: { scope: "orders", dpop: { ...dpop, required: true, nonces } } },
        "/proof-store-down": { verifier, options: { dpop: { ...dpop, usedProofs: storeDown } } },
        "/realm": { verifier, options: { realm: "orders" } },
        "/outage": { verifier: rejecting(() => tokenError("KEYS_UNAVAILABLE", "no keys")) },
        "/stale": { verifier: rejecting(() => tokenError("REVOCATIONS_STALE", "too old")) },
        "/broken": { verifier: rejecting(() => new Error("a bug")) },
        "/misused": { verifier, options: { allow: (() => Promise.resolve(false)) as never } },
      },
      sessions,
      oauth: { sessions, verifier, authenticateClient: (client) => isClient(client), dpop: { ...dpop, nonces } },
      ring,
      routeOptions: { cookie: { origins: [ORIGIN], ...cookie }, ...(takesProofs && { dpop }) },
      login: (binding) => start("user_42", binding),
      proofs: { ...dpop, nonces },
    },
  };
  return world;
}

/** The one client of the site. */
export const CLIENT = { id: "app", secret: "s3cret of the app" } as const;

function isClient(client: ClientCredentials): boolean {
  return "clientSecret" in client
    ? client.clientSecret === CLIENT.secret && client.clientId === CLIENT.id
    : client.clientId === "public";
}

function rejecting(error: () => Error): AsyncVerifier {
  return { verifyAsync: () => Promise.reject(error()), safeVerifyAsync: () => Promise.reject(error()) };
}

function failing(store: SessionStore, isDown: () => boolean): SessionStore {
  return new Proxy(store, {
    get: (target, name: keyof SessionStore) => {
      const member: unknown = target[name];
      if (typeof member !== "function") return member;
      return (...given: unknown[]) =>
        isDown() ? Promise.reject(new Error("connection refused")) : (member.apply(target, given) as unknown);
    },
  });
}
