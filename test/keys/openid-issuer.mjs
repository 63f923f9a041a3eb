/** An OpenID provider in a process of its own (oidc-provider): it grants JWT access tokens, and publishes its keys. */
import { once } from "node:events";
import { createServer } from "node:http";
import Provider from "oidc-provider";

const { keys, alg, claims, audience } = JSON.parse(process.env.SETTINGS ?? "");
const server = createServer((request, response) => provider.callback()(request, response));
server.listen(0, "127.0.0.1");
await once(server, "listening");

const issuer = `http://127.0.0.1:${server.address().port}`;
const provider = new Provider(issuer, {
  jwks: { keys },
  clients: [
    {
      client_id: "worker",
      client_secret: "a secret of the client",
      grant_types: ["client_credentials"],
      redirect_uris: [],
      response_types: [],
      id_token_signed_response_alg: alg,
    },
  ],
  extraTokenClaims: () => claims,
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: () => ({
        scope: "orders:read",
        audience,
        accessTokenFormat: "jwt",
        accessTokenTTL: 300,
        jwt: { sign: { alg } },
      }),
    },
  },
});
process.send?.(issuer);
process.on("disconnect", () => process.exit());
