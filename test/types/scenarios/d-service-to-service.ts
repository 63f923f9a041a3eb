// (d) service to service: each service has a key, mints a 60 s token for each callee, no refresh.

import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { createSigner, createVerifier, importPem, seconds, verifierByIssuer } from "rejwt";
import { remoteKeys } from "rejwt/jwks";

const key = importPem(readFileSync("billing.pem", "utf8"), { alg: "Ed25519" });
const signer = createSigner({
  key,
  issuer: "svc:billing",
  audience: false,
  expiresIn: seconds(process.env.TOKEN_TTL),
  typ: "svc+jwt",
});
const cache = new Map<string, { token: string; until: number }>();
export function tokenFor(audience: string): string {
  const hit = cache.get(audience);
  if (hit && hit.until > Date.now()) return hit.token;
  const token = signer.sign({ sub: "svc:billing", jti: randomUUID() }, { audience });
  cache.set(audience, { token, until: Date.now() + 45_000 });
  return token;
}

// Callee: each caller has keys of its own; one caller must not be able to speak as another.
const caller = (name: string) =>
  createVerifier({
    keys: remoteKeys(`https://${name}.internal/jwks`, { algs: ["Ed25519"] }),
    issuer: `svc:${name}`,
    audience: "svc:orders",
    typ: "svc+jwt",
    required: ["sub", "jti"],
    maxAge: "60s",
    clockSkew: "2s",
  });
export const callers = verifierByIssuer([caller("billing"), caller("search")]);
export async function check(token: string): Promise<string> {
  return (await callers.verifyAsync(token)).claims.sub;
}

// private_key_jwt at a token endpoint (RFC 7523): aud is the endpoint, single use.
import type { SessionStore } from "rejwt";

declare const store: SessionStore;
export const clientAssertion = (token: string) => callers.verifyAsync(token, { subject: "svc:billing", once: store });
