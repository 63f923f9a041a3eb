/** (b) Sessions in a shared Redis: every server knows them, and every request asks. */
import { randomUUID } from "node:crypto";
import express from "express";
import { Redis } from "ioredis";
import { listen } from "../demo/process.mjs";
import { sessionIdOf, setSessionCookie } from "./cookie.mjs";
import { countOutgoingCalls } from "./outgoing-calls.mjs";

const { redisUrl } = JSON.parse(process.argv[2]);
// A request waits for a store that does not answer no longer than a person would.
const redis = new Redis(redisUrl, { maxRetriesPerRequest: 0, commandTimeout: 1000, enableOfflineQueue: false });
redis.on("error", () => {});
await new Promise((ready) => redis.once("ready", ready));
const app = express().use(countOutgoingCalls, express.json());

app.post("/login", async (request, response) => {
  const id = randomUUID();
  const { user } = request.body;
  await redis.multi().set(`session:${id}`, user, "EX", 3600).sadd(`sessions-of:${user}`, id).exec();
  setSessionCookie(response, id);
  response.sendStatus(204);
});
app.get("/orders", async (request, response) => {
  const user = await redis.get(`session:${sessionIdOf(request)}`);
  if (user === null) response.sendStatus(403);
  else response.json({ of: user });
});
app.post("/ban", async (request, response) => {
  const { user } = request.body;
  const ids = await redis.smembers(`sessions-of:${user}`);
  await redis.del(`sessions-of:${user}`, ...ids.map((id) => `session:${id}`));
  response.sendStatus(204);
});
app.use((_error, _request, response, _next) => response.sendStatus(503));

listen(app);
