/** (a) Sessions in this server's memory: the other server has never heard of them. */
import { randomUUID } from "node:crypto";
import express from "express";
import { listen } from "../demo/process.mjs";
import { sessionIdOf, setSessionCookie } from "./cookie.mjs";
import { countOutgoingCalls } from "./outgoing-calls.mjs";

const sessions = new Map();
const app = express().use(countOutgoingCalls, express.json());

app.post("/login", (request, response) => {
  const id = randomUUID();
  sessions.set(id, { user: request.body.user });
  setSessionCookie(response, id);
  response.sendStatus(204);
});
app.get("/orders", (request, response) => {
  const session = sessions.get(sessionIdOf(request));
  if (session === undefined) response.sendStatus(403);
  else response.json({ of: session.user });
});
app.post("/ban", (request, response) => {
  for (const [id, { user }] of sessions) if (user === request.body.user) sessions.delete(id);
  response.sendStatus(204);
});

listen(app);
