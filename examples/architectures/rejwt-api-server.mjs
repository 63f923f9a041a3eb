/** (d) An API server: public keys and a list of what was revoked, both in its own memory. */
import express from "express";
import { createRevocationList, createVerifier } from "rejwt";
import { guard } from "rejwt/express";
import { remoteKeys } from "rejwt/jwks";
import { listen } from "../demo/process.mjs";
import { countOutgoingCalls } from "./outgoing-calls.mjs";
import { openFeed } from "./store.mjs";

const { jwksUrl, redisUrl, databasePath, bound, acceptFor } = JSON.parse(process.argv[2]);
const feed = await openFeed({ redisUrl, databasePath });
const revocations = createRevocationList({ feed, bound, duringOutage: { acceptFor } });
const keys = remoteKeys(jwksUrl, { algs: ["ES256"], allowHttp: true });
await Promise.all([revocations.ready(), keys.preload()]);

const auth = guard(
  createVerifier({ keys, issuer: "https://auth.shop.example", audience: "shop", required: ["sub"], revocations }),
);
const app = express().use(countOutgoingCalls);
app.get("/orders", auth, (request, response) => {
  response.json({ of: auth.of(request).claims.sub });
});

listen(app);
