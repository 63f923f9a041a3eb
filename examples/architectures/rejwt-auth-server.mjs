/** (d) The auth server: the only one with a private key, and the only one that asks the store. */
import { randomBytes } from "node:crypto";
import express from "express";
import { createSessions, createSigner, generateKey, keyRing } from "rejwt";
import { sessionRoutes } from "rejwt/express";
import { listen } from "../demo/process.mjs";
import { countOutgoingCalls } from "./outgoing-calls.mjs";
import { openStore } from "./store.mjs";

const { redisUrl, databasePath, accessLife, grace } = JSON.parse(process.argv[2]);
const store = await openStore({ redisUrl, databasePath });
await store.migrate();

const ring = keyRing([await generateKey("ES256")], { tokenLife: accessLife });
const sessions = createSessions({
  signer: createSigner({ key: ring, issuer: "https://auth.shop.example", audience: "shop", expiresIn: accessLife }),
  store,
  refreshSecrets: [randomBytes(32)],
  idle: "14d",
  absolute: "90d",
  grace,
});
const routes = sessionRoutes(sessions, { cookie: { origins: ["https://shop.example"] } });
const app = express().use(countOutgoingCalls, express.json());

app.post("/login", async (request, response) => {
  routes.issue(response, await sessions.start({ subject: request.body.user }));
});
app.post("/refresh", routes.refresh);
app.post("/ban", async (request, response) => {
  await sessions.endAll(request.body.user);
  response.sendStatus(204);
});
app.get("/jwks", (_request, response) => {
  const { status, headers, body } = ring.jwksResponse();
  response.status(status).set(headers).send(body);
});
// The error's own status: an outage is 503, and no client throws its tokens away for it.
app.use((error, _request, response, _next) => response.sendStatus(error.status ?? 500));

listen(app);
