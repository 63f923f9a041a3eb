/** A verifier in a process of its own, which keeps the issuer's JWKS for as long as it may. Its parent has the clock. */
import { createVerifier } from "rejwt";
import { remoteKeys } from "rejwt/jwks";

const settings = JSON.parse(process.env.SETTINGS ?? "");
let time = settings.start;
const clock = () => new Date(time + settings.skewMs);
const keys = remoteKeys(settings.url, { algs: ["ES256", "Ed25519"], allowHttp: true, clock });
const verifier = createVerifier({ keys, issuer: settings.issuer, audience: false, clockSkew: "5s", clock });
process.send({});

process.on("message", async ({ now, tokens }) => {
  time = now;
  const results = await Promise.all(tokens.map((token) => verifier.safeVerifyAsync(token)));
  process.send({ refused: results.flatMap((result) => (result.ok ? [] : [result.error.code])) });
});
process.on("disconnect", () => process.exit());
