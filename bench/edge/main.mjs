/**
 * `npm run bench:edge`: what the guard costs a server, beside the same server without it and beside the framework's own JWT
 * plugin, over HTTP on this machine, in interleaved rounds of one run. HS256; every contender checks algorithm, issuer,
 * audience and expiry. Processor time counts the client too, which is the same for all.
 */
import { createSigner, createVerifier, secretKey } from "../../dist/index.js";
import { race } from "../rounds.mjs";
import { openConnection } from "./connection.mjs";
import { frameworks } from "./servers.mjs";

const ROUNDS = Number(process.env.ROUNDS ?? 60);
const secret = "an HMAC secret of the bench, long enough";
const key = secretKey(secret, { alg: "HS256" });
const common = { issuer: "https://auth.example", audience: "https://api.example" };
const token = createSigner({ key, ...common, expiresIn: "1h" }).sign({ sub: "user_42", role: "admin" });
const policy = { secret, ...common, verifier: createVerifier({ keys: key, ...common }) };
const stranger = `${token.slice(0, -4)}AAAA`;

console.log("framework  requests/s bare  with guard  guard/bare  guard/plugin");
for (const [framework, { plugin, start }] of Object.entries(frameworks)) {
  const opened = [];
  for (const name of ["bare", "plugin", "guard"]) {
    const server = await start[name](policy);
    if (name !== "bare") await mustRefuse(`${framework} ${name}`, server.port);
    opened.push({ name, server, connection: await openConnection(server.port, token) });
  }
  const contenders = opened.map(({ name, connection }) => ({ name, run: (count) => connection.send(count) }));
  const result = await race(contenders, { rounds: ROUNDS, turnMs: 20, warmUpMs: 400, most: 200 });
  const figures = [
    Math.round(result.perSecond("bare")),
    Math.round(result.perSecond("guard")),
    result.ratio("guard", "bare").toFixed(2),
    `${result.ratio("guard", "plugin").toFixed(2)} (${plugin})`,
  ];
  console.log([framework.padEnd(9), ...figures.map((figure) => String(figure).padStart(11))].join(" "));
  for (const { server, connection } of opened) {
    connection.close();
    await server.close();
  }
}
process.exit(0);

/** A contender that lets anybody in would be the fastest. */
async function mustRefuse(name, port) {
  const headers = { authorization: `Bearer ${stranger}` };
  const { status } = await fetch(`http://127.0.0.1:${port}/me`, { headers });
  if (status !== 401 && status !== 500) throw new Error(`${name} answered ${status} to a token with a wrong signature`);
}
