/** Ports for the servers that tests start. */
import { once } from "node:events";
import { createServer } from "node:net";

/** A port that nobody uses, and low enough for the bus of a Redis Cluster, which is 10,000 above. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < 100; tries++) {
    // Below 32,768, where Linux takes the ports of outgoing connections from; so is the bus.
    const port = 10_000 + Math.floor(Math.random() * 12_000);
    if ((await isFree(port)) && (await isFree(port + 10_000))) return port;
  }
  throw new Error("found no free port");
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}
