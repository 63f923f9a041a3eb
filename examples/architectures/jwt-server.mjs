/** (c) A plain JWT: every server can check it, and nobody can take it back. */
import express from "express";
import jwt from "jsonwebtoken";
import { listen } from "../demo/process.mjs";
import { countOutgoingCalls } from "./outgoing-calls.mjs";

const { secret, accessLife } = JSON.parse(process.argv[2]);
const app = express().use(countOutgoingCalls, express.json());

app.post("/login", (request, response) => {
  const token = jwt.sign({ sub: request.body.user }, secret, { algorithm: "HS256", expiresIn: accessLife });
  response.json({ access_token: token });
});
app.get("/orders", (request, response) => {
  try {
    const token = (request.get("authorization") ?? "").replace("Bearer ", "");
    response.json({ of: jwt.verify(token, secret, { algorithms: ["HS256"] }).sub });
  } catch {
    response.sendStatus(401);
  }
});
// The account is closed, and no server that holds no list can know which tokens are out there.
app.post("/ban", (_request, response) => response.sendStatus(204));

listen(app);
