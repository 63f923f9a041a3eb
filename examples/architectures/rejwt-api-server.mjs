/** (d) An API server: public keys in its own memory, and nothing else. */
import express from "express";
import { createVerifier } from "rejwt";
import { guard } from "rejwt/express";
import { remoteKeys } from "rejwt/jwks";
import { listen } from "../demo/process.mjs";
import { countOutgoingCalls } from "./outgoing-calls.mjs";

const { jwksUrl } = JSON.parse(process.argv[2]);
const keys = remoteKeys(jwksUrl, { algs: ["ES256"], allowHttp: true });
await keys.preload();

const auth = guard(createVerifier({ keys, issuer: "https://auth.shop.example", audience: "shop", required: ["sub"] }));
const app = express().use(countOutgoingCalls);
app.get("/orders", auth, (request, response) => {
  response.json({ of: auth.of(request).claims.sub });
});

listen(app);
