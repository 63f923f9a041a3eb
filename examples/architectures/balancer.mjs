/** A load balancer: takes each request to the next of its servers, in turn. It knows nothing of sessions or tokens. */
import { Agent, createServer, request as send } from "node:http";
import { listen } from "../demo/process.mjs";

/** `routes`: the first whose prefix fits says which servers take turns. */
const { routes } = JSON.parse(process.argv[2]);
const agent = new Agent({ keepAlive: true });
const turns = new Map(routes.map(({ prefix }) => [prefix, 0]));

function nextServer(path) {
  const { prefix, servers } = routes.find((route) => path.startsWith(route.prefix));
  const turn = turns.get(prefix);
  turns.set(prefix, turn + 1);
  return new URL(path, servers[turn % servers.length]);
}

const server = createServer((incoming, outgoing) => {
  const { method, headers } = incoming;
  const forwarded = send(nextServer(incoming.url), { method, headers, agent }, (answer) => {
    outgoing.writeHead(answer.statusCode, answer.headers);
    answer.pipe(outgoing);
  });
  forwarded.on("error", () => {
    outgoing.writeHead(502);
    outgoing.end();
  });
  incoming.pipe(forwarded);
});

listen(server);
