/** The auth server: the only process with a private key and a database. Login, refresh, logout, JWKS. */
import { randomBytes } from "node:crypto";
import express from "express";
import { createSessions, createSigner, generateKey, keyRing } from "rejwt";
import { sessionRoutes } from "rejwt/express";
import { sqliteStore } from "rejwt/sqlite";
import { openDatabase } from "./database.mjs";
import { listen, tell } from "./process.mjs";
import { checkPassword, userById } from "./users.mjs";

const { databasePath, accessLife, grace } = JSON.parse(process.argv[2]);

const store = sqliteStore(await openDatabase(databasePath));
await store.migrate();

const ring = keyRing([await generateKey("ES256")], { tokenLife: accessLife });
const signer = createSigner({
  key: ring,
  issuer: "https://auth.shop.example",
  audience: "shop",
  expiresIn: accessLife,
});
const sessions = createSessions({
  signer,
  store,
  refreshSecrets: [randomBytes(32)],
  idle: "14d",
  absolute: "90d",
  grace,
  claims: (session) => {
    const user = userById(session.subject);
    return user === undefined ? null : { role: user.role };
  },
  onEvent: (event) => tell(describe(event)),
});

function describe(event) {
  const session = `session …${event.sessionId.slice(-6)}`;
  switch (event.type) {
    case "started":
      return `${session} started for ${event.subject}`;
    case "rotated":
      return `${session} rotated to generation ${event.generation}`;
    case "replayed":
      return `${session}: a retry of generation ${event.generation - 1}, answered with the same successor`;
    case "reused":
      return `THEFT in ${session}: generation ${event.presented} was presented, ${event.generation} is current. Revoked`;
    case "refused":
      return `${session}: refused, it is over (${event.reason})`;
    default:
      return `${session} ended (${event.reason})`;
  }
}

const origin = "https://shop.example";
const routes = sessionRoutes(sessions, { cookie: { origins: [origin] } });
const app = express();
app.use(express.json());

app.post("/login", async (request, response) => {
  const { email, password } = request.body;
  const user = await checkPassword(email, password);
  if (user === undefined) {
    tell(`wrong password for ${email}`);
    response.status(401).json({ error: "wrong e-mail or password" });
    return;
  }
  routes.issue(response, await sessions.start({ subject: user.id, metadata: { agent: "demo" } }));
});
app.post("/refresh", routes.refresh);
app.post("/logout", routes.logout);
app.get("/.well-known/jwks.json", (request, response) => {
  const { status, headers, body } = ring.jwksResponse(request.get("if-none-match"));
  tell(`JWKS fetched: ${ring.jwks().keys.length} public key`);
  response.status(status).set(headers).send(body);
});

listen(app);
