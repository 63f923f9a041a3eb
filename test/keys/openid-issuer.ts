/** Starts an OpenID provider, and asks it for tokens as a client would. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { AsymmetricAlg, Key } from "../../src/index.ts";
import { exportJwk } from "../../src/index.ts";

export interface OpenIdIssuer {
  readonly issuer: string;
  /** From its discovery document. OpenID Connect Discovery §3. */
  readonly jwksUri: string;
  /** By the client credentials grant. RFC 6749 §4.4, RFC 8707 §2. */
  accessToken(): Promise<string>;
}

export interface OpenIdSettings {
  readonly keys: readonly Key[];
  readonly alg: AsymmetricAlg;
  readonly audience: string;
  /** Laid into every access token. */
  readonly claims?: object;
}

/** An issuer that ends when the test does. */
export async function openIdIssuer({ keys, ...settings }: OpenIdSettings): Promise<OpenIdIssuer> {
  const jwks = keys.map((key) => exportJwk(key, { private: true }));
  const process_ = fork(join(import.meta.dirname, "openid-issuer.mjs"), {
    env: { SETTINGS: JSON.stringify({ claims: {}, ...settings, keys: jwks }) },
    // It says that it was not made for this Node.js, and that it has not been told everything.
    silent: true,
  });
  onTestFinished(() => void process_.kill());
  const [issuer] = (await once(process_, "message")) as [string];
  const discovery = await fetch(`${issuer}/.well-known/openid-configuration`);
  const { jwks_uri, token_endpoint } = (await discovery.json()) as { jwks_uri: string; token_endpoint: string };
  return {
    issuer,
    jwksUri: jwks_uri,
    async accessToken() {
      const response = await fetch(token_endpoint, {
        method: "POST",
        headers: { authorization: `Basic ${btoa("worker:a+secret+of+the+client")}` },
        body: new URLSearchParams({
          grant_type: "client_credentials",
          scope: "orders:read",
          resource: "https://orders.example",
        }),
      });
      return ((await response.json()) as { access_token: string }).access_token;
    },
  };
}
