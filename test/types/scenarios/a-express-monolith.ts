// (a) Express monolith: HS256 from env, login, guard, refresh by cookie, logout, logout everywhere, SQLite.
import { scryptSync, timingSafeEqual } from "node:crypto";
import express from "express";
import Database from "libsql";
import { type ClaimsOf, createRevocationList, createSessions, createSigner, createVerifier, secretKey } from "rejwt";
import { guard, sessionRoutes } from "rejwt/express";
import { sqliteStore } from "rejwt/sqlite";
import { z } from "zod";

const issuer = "https://shop.example";
const key = secretKey(process.env.JWT_SECRET, { alg: "HS256" }); // no `!`, no `?? "dev"`
const store = sqliteStore(new Database("app.db"));
await store.migrate();

const revocations = createRevocationList({ feed: store, bound: "5s", duringOutage: { acceptFor: "15m" } });
const signer = createSigner({ key, issuer, audience: issuer, expiresIn: "15m" });
const verifier = createVerifier({
  keys: key,
  issuer,
  audience: issuer,
  revocations,
  required: ["sub"],
  schema: z.object({ role: z.enum(["admin", "user"]), sid: z.string() }),
});
export type Auth = ClaimsOf<typeof verifier>;

interface User {
  id: string;
  email: string;
  role: "admin" | "user";
  salt: Buffer;
  hash: Buffer;
  banned: boolean;
}
declare function userByEmail(email: string): User | undefined;
declare function userById(id: string): User | undefined;

const sessions = createSessions({
  signer,
  store,
  refreshSecrets: [process.env.REFRESH_SECRET],
  idle: "14d",
  absolute: "90d",
  grace: "30s",
  claims: (session) => {
    const user = userById(session.subject);
    return user === undefined || user.banned ? null : { role: user.role };
  },
  onEvent: (event) => {
    if (event.type === "reused") console.warn("stolen refresh token", event.sessionId, event.presented);
  },
});

const app = express().use(express.json());
const routes = sessionRoutes(sessions, { cookie: { sameSite: "strict", origins: [issuer] } });
const auth = guard(verifier);

app.post("/login", async (req, res) => {
  const { email, password } = req.body as { email: string; password: string };
  const user = userByEmail(email);
  if (!user || !timingSafeEqual(scryptSync(password, user.salt, 64), user.hash)) {
    res.status(401).end();
    return;
  }
  routes.issue(
    res,
    await sessions.start({ subject: user.id, metadata: { agent: req.get("user-agent") ?? "unknown" } }),
  );
});
app.post("/refresh", routes.refresh);
app.post("/logout", routes.logout); // works with an expired access token: the cookie alone
app.post("/logout-everywhere", auth, async (req, res) => {
  const { claims } = auth.of(req);
  await sessions.endAll(claims.sub, { except: claims.sid });
  res.status(204).end();
});
app.get("/me", auth, (req, res) => {
  const { claims } = auth.of(req);
  const role: "admin" | "user" = claims.role; // the schema's type arrives
  const until: number = claims.exp; // kept although z.object() does not mention it
  res.json({ sub: claims.sub, role, until });
});
app.get(
  "/admin",
  guard(verifier, { allow: (claims) => claims.role === "admin", requireFresh: true }),
  (_req, res) => void res.end(),
);
app.listen(3000);
