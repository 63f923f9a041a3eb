/** Three identity providers side by side, each with its own keys, audiences and schema: zod, valibot and arktype. */
import { type } from "arktype";
import * as v from "valibot";
import { expect, expectTypeOf, test } from "vitest";
import { z } from "zod";
import {
  type ClaimsOf,
  createSigner,
  createVerifier,
  generateKey,
  keyRing,
  verifierByIssuer,
} from "../../../src/index.ts";
import { remoteKeys } from "../../../src/jwk/remote-keys.ts";
import { openIdIssuer } from "../openid-issuer.ts";
import { refusalOf } from "../refusal.ts";
import { serve } from "./loopback.ts";

const rsa = () => generateKey("RS256", { modulusLength: 2048 });

test("each token is judged by its own issuer's keys and schema; none can speak for another", async () => {
  const [acme, realm, pool] = await Promise.all([rsa(), rsa(), rsa()]);
  const roles = "https://acme.example/roles";
  const [first, third] = await Promise.all([
    openIdIssuer({ keys: [acme], alg: "RS256", audience: "https://api.acme.example", claims: { [roles]: ["admin"] } }),
    openIdIssuer({
      keys: [realm],
      alg: "RS256",
      audience: "orders",
      claims: { azp: "web", realm_access: { roles: ["clerk"] } },
    }),
  ]);
  const ring = keyRing([pool], { tokenLife: "1h" });
  const second = await serve((_request, response) => void response.end(ring.jwksResponse().body));
  const poolIssuer = `${second}/eu-west-1_abc`;
  const signer = createSigner({ key: ring, issuer: poolIssuer, audience: false, expiresIn: "1h" });

  const remote = (url: string) => remoteKeys(url, { algs: ["RS256"], allowHttp: true });
  const auth0 = createVerifier({
    keys: remote(first.jwksUri),
    issuer: first.issuer,
    audience: ["https://api.acme.example", "https://acme.example/userinfo"],
    typ: "at+jwt",
    required: ["sub"],
    schema: z.object({
      [roles]: z.array(z.string()).default([]),
      permissions: z.array(z.string()).optional(),
      scope: z.string().transform((scope) => scope.split(" ")),
    }),
  });
  const cognito = createVerifier({
    keys: remote(`${second}/.well-known/jwks.json`),
    issuer: poolIssuer,
    audience: false,
    required: ["sub"],
    schema: v.object({
      client_id: v.literal("7abc"),
      token_use: v.literal("access"),
      "cognito:groups": v.optional(v.array(v.string()), []),
    }),
  });
  const keycloak = createVerifier({
    keys: remote(third.jwksUri),
    issuer: ["https://id.acme.example/realms/acme", third.issuer],
    audience: "orders",
    typ: "at+jwt",
    required: ["sub"],
    schema: type({ azp: "string", realm_access: { roles: "string[]" } }),
  });
  const verifier = verifierByIssuer([auth0, cognito, keycloak]);
  expectTypeOf<ClaimsOf<typeof verifier>>().not.toBeAny();
  const rolesOf = async (token: string): Promise<readonly string[]> => {
    const { claims } = await verifier.verifyAsync(token);
    expectTypeOf(claims.sub).toEqualTypeOf<string>();
    if ("realm_access" in claims) return claims.realm_access.roles;
    if ("cognito:groups" in claims) return claims["cognito:groups"];
    return claims[roles] as string[];
  };

  expect(await rolesOf(await first.accessToken())).toEqual(["admin"]);
  expect(await rolesOf(await third.accessToken())).toEqual(["clerk"]);
  const member = { sub: "user_42", client_id: "7abc", token_use: "access" };
  expect(await rolesOf(signer.sign({ ...member, "cognito:groups": ["staff"] }))).toEqual(["staff"]);
  expect(await rolesOf(signer.sign(member))).toEqual([]);
  expect((await refusalOf(rolesOf(signer.sign({ ...member, client_id: "8abc" })))).code).toBe("CLAIM_INVALID");

  const impostor = createSigner({
    key: pool,
    issuer: first.issuer,
    audience: "https://api.acme.example",
    expiresIn: "1h",
    typ: "at+jwt",
  });
  expect((await refusalOf(rolesOf(impostor.sign({ sub: "1", scope: "all" })))).code).toBe("KEY_UNKNOWN");
  const stranger = createSigner({ key: pool, issuer: `${poolIssuer}/`, audience: false, expiresIn: "1h" });
  expect((await refusalOf(rolesOf(stranger.sign(member)))).code).toBe("ISSUER_UNKNOWN");
});

test("a schema that must ask a database says so, and the verifier is asynchronous", async () => {
  const provider = await openIdIssuer({ keys: [await rsa()], alg: "RS256", audience: "x", claims: { tenant: "acme" } });
  const tenants = new Set(["acme"]);
  const withLookup = createVerifier({
    keys: remoteKeys(provider.jwksUri, { algs: ["RS256"], allowHttp: true }),
    issuer: provider.issuer,
    audience: "x",
    typ: "at+jwt",
    schemaAsync: z.object({ tenant: z.string().refine(async (id) => tenants.has(id)) }),
  });
  const token = await provider.accessToken();
  expect((await withLookup.verifyAsync(token)).claims.tenant).toBe("acme");
  tenants.clear();
  expect((await refusalOf(withLookup.verifyAsync(token))).code).toBe("CLAIM_INVALID");
});
