/** A Redis of the demo's own: on a free port, with a folder of its own, gone afterwards. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

export const INSTALL = "apt-get install redis-server, or: brew install redis";

export function isRedisInstalled() {
  return spawnSync("redis-server", ["--version"], { stdio: "ignore" }).status === 0;
}

/** Keeps what it was told on the disk, so that a restart is an outage and not a loss. */
export async function startRedis() {
  const folder = await mkdtemp(join(tmpdir(), "rejwt-architectures-"));
  const port = await freePort();
  const settings = { port, bind: "127.0.0.1", dir: folder, save: "", appendonly: "yes", appendfsync: "always" };
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
  let child;
  const run = async () => {
    child = spawn("redis-server", args, { stdio: "ignore" });
    await answering(port);
  };
  const kill = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
  };
  await run();
  return {
    url: `redis://127.0.0.1:${port}`,
    kill,
    restart: run,
    async stop() {
      await kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function freePort() {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address();
  probe.close();
  await once(probe, "close");
  return port;
}

async function answering(port) {
  for (let tries = 0; tries < 500; tries++) {
    const reply = await ping(port).catch(() => "");
    if (reply.startsWith("+PONG")) return;
    await sleep(20);
  }
  throw new Error("redis-server did not answer");
}

async function ping(port) {
  const socket = connect({ port, host: "127.0.0.1" });
  try {
    await once(socket, "connect");
    socket.write("PING\r\n");
    const [chunk] = await once(socket, "data");
    return chunk.toString();
  } finally {
    socket.destroy();
  }
}
