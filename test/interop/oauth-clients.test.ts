/** oauth4webapi, openid-client and jose, each written elsewhere, against the handlers over real HTTP. */
import { calculateJwkThumbprint, createRemoteJWKSet, exportJWK, jwtVerify } from "jose";
import * as oauth from "oauth4webapi";
import * as openid from "openid-client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type AuthorizationServer,
  CLIENT_ID,
  CLIENT_SECRET,
  metadataOf,
  startAuthorizationServer,
} from "./authorization-server.ts";

let server: AuthorizationServer;
beforeAll(async () => {
  server = await startAuthorizationServer();
});
afterAll(() => server.close());

const jktOf = async (key: oauth.CryptoKey): Promise<string> => calculateJwkThumbprint(await exportJWK(key));

describe("jose", () => {
  it("verifies an issued token with the served JWKS", async () => {
    const { accessToken } = await server.sessions.start({ subject: "ann" });
    const jwks = createRemoteJWKSet(new URL(`${server.origin}/jwks`));
    const { payload, protectedHeader } = await jwtVerify(accessToken, jwks, {
      issuer: server.origin,
      audience: "https://api.example",
    });
    expect(payload.sub).toBe("ann");
    expect(protectedHeader.alg).toBe("ES256");
  });
});

describe.each([
  ["client_secret_basic", oauth.ClientSecretBasic],
  ["client_secret_post", oauth.ClientSecretPost],
] as const)("oauth4webapi with %s", (_name, authentication) => {
  const client: oauth.Client = { client_id: CLIENT_ID };
  const secret = authentication(CLIENT_SECRET);
  const http = { [oauth.allowInsecureRequests]: true } as const;
  const issuer = (): oauth.AuthorizationServer => metadataOf(server.origin);

  it("refreshes, introspects and revokes", async () => {
    const { refreshToken } = await server.sessions.start({ subject: "ann", binding: { clientId: CLIENT_ID } });
    const response = await oauth.refreshTokenGrantRequest(issuer(), client, secret, refreshToken, http);
    const tokens = await oauth.processRefreshTokenResponse(issuer(), client, response);
    expect(tokens).toMatchObject({ token_type: "bearer", expires_in: 900 });
    const rotated = tokens.refresh_token as string;

    const introspect = async (token: string) => {
      const answer = await oauth.introspectionRequest(issuer(), client, secret, token, http);
      return oauth.processIntrospectionResponse(issuer(), client, answer);
    };
    expect(await introspect(tokens.access_token)).toMatchObject({ active: true, sub: "ann", iss: server.origin });
    expect(await introspect(rotated)).toMatchObject({ active: true, client_id: CLIENT_ID });

    await oauth.processRevocationResponse(await oauth.revocationRequest(issuer(), client, secret, rotated, http));
    expect(await introspect(tokens.access_token)).toEqual({ active: false });
    expect(await introspect(rotated)).toEqual({ active: false });
    const late = await oauth.refreshTokenGrantRequest(issuer(), client, secret, rotated, http);
    await expect(oauth.processRefreshTokenResponse(issuer(), client, late)).rejects.toMatchObject({
      error: "invalid_grant",
      status: 400,
    });
  });

  it("is told of a wrong secret by a challenge", async () => {
    const wrong = authentication("wrong");
    const response = await oauth.introspectionRequest(issuer(), client, wrong, "x", http);
    await expect(oauth.processIntrospectionResponse(issuer(), client, response)).rejects.toMatchObject({
      cause: [{ scheme: "basic" }],
    });
  });

  it.each(["ES256", "Ed25519", "PS256", "RS256"])(
    "refreshes a bound session and calls a resource with proofs of %s",
    async (alg) => {
      const pair = await oauth.generateKeyPair(alg);
      const { refreshToken } = await server.sessions.start({
        subject: "ann",
        binding: { jkt: await jktOf(pair.publicKey) },
      });
      const DPoP = oauth.DPoP(client, pair);
      const refresh = async () => {
        const response = await oauth.refreshTokenGrantRequest(issuer(), client, secret, refreshToken, {
          ...http,
          DPoP,
        });
        return oauth.processRefreshTokenResponse(issuer(), client, response);
      };
      // The first proof has no nonce; the client learns it from the refusal.
      const tokens = await refresh().catch((error: unknown) => {
        expect(oauth.isDPoPNonceError(error)).toBe(true);
        return refresh();
      });
      expect(tokens.token_type).toBe("dpop");

      const url = new URL(`${server.origin}/me?page=2`);
      const call = () =>
        oauth.protectedResourceRequest(tokens.access_token, "GET", url, undefined, null, { ...http, DPoP });
      const response = await call().catch((error: unknown) => {
        expect(oauth.isDPoPNonceError(error)).toBe(true);
        return call();
      });
      expect(await response.json()).toEqual({ sub: "ann" });

      // The thief of the access token has no key to prove.
      const stolen = await oauth
        .protectedResourceRequest(tokens.access_token, "GET", url, undefined, null, http)
        .catch((error: unknown) => error as oauth.WWWAuthenticateChallengeError);
      expect(stolen).toMatchObject({ status: 401 });
      const thief = oauth.DPoP(client, await oauth.generateKeyPair("ES256"));
      const attempt = () =>
        oauth.protectedResourceRequest(tokens.access_token, "GET", url, undefined, null, { ...http, DPoP: thief });
      await attempt().catch(() => undefined);
      await expect(attempt()).rejects.toMatchObject({
        cause: expect.arrayContaining([
          { scheme: "dpop", parameters: expect.objectContaining({ error: "invalid_token" }) },
        ]),
      });
    },
  );
});

describe("openid-client", () => {
  const configure = (secret = CLIENT_SECRET): openid.Configuration => {
    const config = new openid.Configuration(
      metadataOf(server.origin),
      CLIENT_ID,
      undefined,
      openid.ClientSecretBasic(secret),
    );
    openid.allowInsecureRequests(config);
    return config;
  };

  it("refreshes, introspects and revokes", async () => {
    const config = configure();
    const { refreshToken } = await server.sessions.start({ subject: "ann" });
    const tokens = await openid.refreshTokenGrant(config, refreshToken);
    expect(tokens.expires_in).toBe(900);
    expect(await openid.tokenIntrospection(config, tokens.access_token)).toMatchObject({ active: true, sub: "ann" });
    await openid.tokenRevocation(config, tokens.access_token);
    expect(await openid.tokenIntrospection(config, tokens.refresh_token as string)).toEqual({ active: false });
    await expect(openid.refreshTokenGrant(config, tokens.refresh_token as string)).rejects.toMatchObject({
      error: "invalid_grant",
    });
  });

  it("refreshes a bound session and calls a resource with proofs, nonces by itself", async () => {
    const config = configure();
    const pair = await openid.randomDPoPKeyPair("ES256");
    const { refreshToken } = await server.sessions.start({
      subject: "ann",
      binding: { jkt: await jktOf(pair.publicKey) },
    });
    const DPoP = openid.getDPoPHandle(config, pair);
    const tokens = await openid.refreshTokenGrant(config, refreshToken, undefined, { DPoP });
    expect(tokens.token_type).toBe("dpop");
    expect(await openid.tokenIntrospection(config, tokens.access_token)).toMatchObject({
      active: true,
      token_type: "DPoP",
      cnf: { jkt: await jktOf(pair.publicKey) },
    });
    const url = new URL(`${server.origin}/me`);
    const response = await openid.fetchProtectedResource(
      config,
      tokens.access_token,
      url,
      "GET",
      undefined,
      undefined,
      { DPoP },
    );
    expect(await response.json()).toEqual({ sub: "ann" });
    // Without the proof the session is not refreshed, and not harmed.
    await expect(openid.refreshTokenGrant(config, tokens.refresh_token as string)).rejects.toMatchObject({
      error: "invalid_grant",
    });
    const next = await openid.refreshTokenGrant(config, tokens.refresh_token as string, undefined, { DPoP });
    expect(next.token_type).toBe("dpop");
  });
});
