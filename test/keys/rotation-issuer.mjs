/** One instance of an issuer, in a process of its own: a ring behind a JWKS endpoint, and a signer. Its parent has the clock. */
import { createServer } from "node:http";
import { createSigner, importJwk, keyRing } from "rejwt";

const settings = JSON.parse(process.env.SETTINGS ?? "");
let time = settings.start;
const clock = () => new Date(time + settings.skewMs);
const load = (entries) =>
  entries.map(({ jwk, signsFrom }) =>
    signsFrom === undefined ? importJwk(jwk) : { key: importJwk(jwk), signsFrom: new Date(signsFrom) },
  );

const { tokenLife, jwksMaxAge, expiresIn, issuer } = settings;
const ring = keyRing(load(settings.entries), { tokenLife, jwksMaxAge, clock });
const signer = createSigner({ key: ring, issuer, audience: false, expiresIn, clock });

const answered = { 200: 0, 304: 0 };
const server = createServer((request, response) => {
  const { status, headers, body } = ring.jwksResponse(request.headers["if-none-match"]);
  answered[status] += 1;
  response.writeHead(status, headers).end(body);
});
server.listen(0, "127.0.0.1", () => process.send({ port: server.address().port }));

process.on("message", ({ now, entries, sign = 0 }) => {
  time = now;
  if (entries !== undefined) ring.replace(load(entries));
  const tokens = Array.from({ length: sign }, (_, at) => signer.sign({ sub: `user_${at}` }));
  process.send({ tokens, kid: ring.current().kid, answered });
});
process.on("disconnect", () => process.exit());
