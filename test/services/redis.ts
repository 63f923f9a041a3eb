/** A Redis server for tests: on a free port, with a data folder of its own, stopped and removed after. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { requireService, type ServiceSuite } from "../services.ts";
import { freePort } from "./ports.ts";

/** The second argument of `describe` for a suite that needs Redis. */
export function requireRedis(): Partial<ServiceSuite> {
  const { skip, ...rest } = requireService("redis-server", "apt-get install redis-server", isInstalled("redis-server"));
  // A suite with `skip: false` runs its skipped tests too.
  return skip ? { skip, ...rest } : rest;
}

function isInstalled(program: string): boolean {
  return spawnSync(program, ["--version"], { stdio: "ignore" }).status === 0;
}

export interface RedisServer {
  readonly port: number;
  readonly url: string;
  readonly pid: number;
  /** Its data folder. */
  readonly folder: string;
  /** Ends the process without a word, as a crash would. */
  kill(): Promise<void>;
  /** Starts it again on the same port and data, after `kill`. */
  restart(): Promise<void>;
  /** Lets it stand still, as a machine that hangs would; `resume` lets it go on. */
  freeze(): void;
  resume(): void;
  stop(): Promise<void>;
}

/**
 * Starts a server that keeps its data in memory alone, unless the configuration says otherwise.
 * @param config pairs of a redis.conf, such as `{ appendonly: "yes" }`
 * @param sentinel lines of a sentinel.conf, which make it a Sentinel
 */
export async function startRedis(
  config: Readonly<Record<string, string>> = {},
  sentinel?: readonly string[],
): Promise<RedisServer> {
  const folder = await mkdtemp(join(tmpdir(), "rejwt-redis-"));
  // A cluster's bus is at port + 10,000, which must be one too.
  const port = Number(config.port ?? (await freePort()));
  const own = { ...config, port: String(port), dir: folder, bind: "127.0.0.1" };
  const args = sentinel === undefined ? argsOf({ save: "", appendonly: "no", ...own }) : [];
  if (sentinel !== undefined) {
    // A Sentinel writes what it learns into its configuration, which must be a file.
    const file = join(folder, "sentinel.conf");
    await writeFile(file, [...sentinel, ...Object.entries(own).map((pair) => pair.join(" "))].join("\n"));
    args.push(file, "--sentinel");
  }
  let child = await run(args, port);

  async function end(): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
  }

  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    folder,
    get pid() {
      return child.pid ?? 0;
    },
    kill: end,
    async restart() {
      child = await run(args, port);
    },
    freeze: () => void child.kill("SIGSTOP"),
    resume: () => void child.kill("SIGCONT"),
    async stop() {
      await end();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function argsOf(settings: Readonly<Record<string, string>>): string[] {
  return Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
}

async function run(args: readonly string[], port: number): Promise<ChildProcess> {
  const child = spawn("redis-server", [...args], { stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk) => (said += chunk));
  for (let waited = 0; waited < 10_000; waited += 20) {
    if (child.exitCode !== null) throw new Error(`redis-server ended at its start:\n${said}`);
    // A server that still reads its data accepts connections, and answers LOADING.
    if ((await command(port, "PING").catch(() => "")).startsWith("+PONG")) return child;
    await pause(20);
  }
  child.kill("SIGKILL");
  throw new Error(`redis-server did not answer:\n${said}`);
}

/** One inline command without a client; answers the first piece of the reply. */
export async function command(port: number, line: string): Promise<string> {
  const socket = connect({ port, host: "127.0.0.1" });
  try {
    await once(socket, "connect");
    socket.write(`${line}\r\n`);
    const [chunk] = (await once(socket, "data")) as [Buffer];
    return chunk.toString();
  } finally {
    socket.destroy();
  }
}
