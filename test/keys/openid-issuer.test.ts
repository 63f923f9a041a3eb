/** Tokens of an OpenID provider that this project did not write, verified with the keys that it publishes. */
import { describe, expect, it } from "vitest";
import { type AsymmetricAlg, createVerifier, generateKey } from "../../src/index.ts";
import { remoteKeys } from "../../src/jwk/remote-keys.ts";
import { type OpenIdIssuer, openIdIssuer } from "./openid-issuer.ts";
import { refusalOf } from "./refusal.ts";

const audience = "https://orders.example";
const rsa = await generateKey("RS256", { modulusLength: 2048 });
const ec = await generateKey("ES256");
const ed = await generateKey("Ed25519");

const verifierOf = ({ issuer, jwksUri }: OpenIdIssuer, algs: readonly [AsymmetricAlg, ...AsymmetricAlg[]]) =>
  createVerifier({
    keys: remoteKeys(jwksUri, { algs, allowHttp: true }),
    issuer,
    audience,
    profile: "at+jwt",
    required: ["sub"],
  });

describe("an access token of an OpenID provider", () => {
  it.each([
    ["RS256", "RS256", rsa],
    ["ES256", "ES256", ec],
    ["Ed25519", "Ed25519", ed],
  ] as const)("signed with %s is verified through its JWKS endpoint, as RFC 9068 says", async (alg, asked, key) => {
    const provider = await openIdIssuer({ keys: [rsa, ec, ed], alg, audience });
    const { claims, header, key: used } = await verifierOf(provider, [asked]).verifyAsync(await provider.accessToken());
    expect(claims).toMatchObject({ iss: provider.issuer, aud: audience, sub: "worker", client_id: "worker" });
    expect(header).toMatchObject({ alg, typ: "at+jwt" });
    expect(used).toEqual({ alg, kid: key.kid });
  });

  it("is refused by a verifier of another issuer, of another audience, and for another kind of token", async () => {
    const provider = await openIdIssuer({ keys: [ec], alg: "ES256", audience });
    const token = await provider.accessToken();
    const { issuer } = provider;
    const keys = remoteKeys(provider.jwksUri, { algs: ["ES256"], allowHttp: true });
    const cases = [
      ["ISSUER", { keys, issuer: `${issuer}/`, audience, typ: "at+jwt" }],
      ["AUDIENCE", { keys, issuer, audience: "https://billing.example", typ: "at+jwt" }],
      ["TYP", { keys, issuer, audience }],
    ] as const;
    for (const [code, policy] of cases) {
      expect((await refusalOf(createVerifier(policy).verifyAsync(token))).code).toBe(code);
    }
  });

  it("is refused under the keys of another provider", async () => {
    const provider = await openIdIssuer({ keys: [ec], alg: "ES256", audience });
    const other = await openIdIssuer({ keys: [await generateKey("ES256")], alg: "ES256", audience });
    const mixed = verifierOf({ ...provider, jwksUri: other.jwksUri }, ["ES256"]);
    expect((await refusalOf(mixed.verifyAsync(await provider.accessToken()))).code).toBe("KEY_UNKNOWN");
  });
});
