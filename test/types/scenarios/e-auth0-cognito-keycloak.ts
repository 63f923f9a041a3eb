// (e) Auth0, Cognito and Keycloak side by side: RS256, remote JWKS, audience arrays, namespaced claims, zod (and valibot, arktype).
import { type } from "arktype";
import { type ClaimsOf, createVerifier, verifierByIssuer } from "rejwt";
import { remoteKeys } from "rejwt/jwks";
import * as v from "valibot";
import { z } from "zod";

const auth0 = createVerifier({
  keys: remoteKeys("https://acme.eu.auth0.com/.well-known/jwks.json", { algs: ["RS256"] }),
  issuer: "https://acme.eu.auth0.com/", // the slash matters: exact comparison
  audience: ["https://api.acme.example", "https://acme.eu.auth0.com/userinfo"],
  required: ["sub"],
  schema: z.object({
    "https://acme.example/roles": z.array(z.string()).default([]),
    permissions: z.array(z.string()).optional(),
    scope: z.string().transform((s) => s.split(" ")),
  }),
});
const cognito = createVerifier({
  keys: remoteKeys("https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_abc/.well-known/jwks.json", {
    algs: ["RS256"],
  }),
  issuer: "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_abc",
  audience: false, // Cognito access tokens have no aud: client_id is checked by the schema
  required: ["sub"],
  schema: v.object({
    client_id: v.literal("7abc"),
    token_use: v.literal("access"),
    "cognito:groups": v.optional(v.array(v.string()), []),
  }),
});
const keycloak = createVerifier({
  keys: remoteKeys("http://keycloak:8080/realms/acme/protocol/openid-connect/certs", {
    algs: ["RS256"],
    allowHttp: true,
  }),
  issuer: ["https://id.acme.example/realms/acme", "http://keycloak:8080/realms/acme"], // two names, one set of keys
  audience: "orders",
  required: ["sub"],
  schema: type({ azp: "string", realm_access: { roles: "string[]" } }),
});
export const verifier = verifierByIssuer([auth0, cognito, keycloak]);
export type Auth = ClaimsOf<typeof verifier>;

export async function rolesOf(token: string): Promise<readonly string[]> {
  const { claims } = await verifier.verifyAsync(token);
  if ("realm_access" in claims) return claims.realm_access.roles;
  if ("cognito:groups" in claims) return claims["cognito:groups"];
  return claims["https://acme.example/roles"];
}

// A schema that must ask the database says so.
declare function tenantExists(id: string): Promise<boolean>;
export const withLookup = createVerifier({
  keys: remoteKeys("https://acme.eu.auth0.com/.well-known/jwks.json", { algs: ["RS256"] }),
  issuer: "https://acme.eu.auth0.com/",
  audience: "x",
  schemaAsync: z.object({ tenant: z.string().refine(tenantExists) }),
});
// passthrough schemas keep both what they name and the registered claims
export const loose = createVerifier({
  keys: remoteKeys("https://a.example/jwks", { algs: ["RS256"] }),
  issuer: "https://a.example",
  audience: "x",
  required: ["sub"],
  schema: z.looseObject({ role: z.string() }),
});
export async function looseSub(token: string) {
  const { claims } = await loose.verifyAsync(token);
  const sub: string = claims.sub;
  const role: string = claims.role;
  const other: unknown = claims["anything"];
  return { sub, role, other };
}
