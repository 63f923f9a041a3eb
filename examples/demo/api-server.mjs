/** An API server: it knows the address of the public keys, and nothing else. No database, no session, no secret. */
import express from "express";
import { createVerifier } from "rejwt";
import { guard } from "rejwt/express";
import { remoteKeys } from "rejwt/jwks";
import { listen, tell } from "./process.mjs";

const { jwksUrl } = JSON.parse(process.argv[2]);

const keys = remoteKeys(jwksUrl, { algs: ["ES256"], allowHttp: true });
const verifier = createVerifier({
  keys,
  issuer: "https://auth.shop.example",
  audience: "shop",
  required: ["sub"],
});
const auth = guard(verifier);

const app = express();
app.use((_request, response, next) => {
  response.on("finish", () => {
    const refusal = response.getHeader("www-authenticate");
    if (refusal !== undefined) tell(`refused: ${refusal}`);
  });
  next();
});
app.get("/orders", auth, (request, response) => {
  const { claims, key } = auth.of(request);
  tell(`accepted ${claims.sub} (${claims.role}), signed with ${key.alg} key ${key.kid.slice(0, 6)}…`);
  response.json({ orders: [17, 23], of: claims.sub });
});

listen(app);
