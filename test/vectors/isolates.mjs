/** Runtimes without Node, each given one bundled module whose `verify` is then asked about many cases. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { build } from "esbuild";
import { chromium } from "playwright-core";
import workerd from "workerd";

/**
 * @typedef {object} Isolate
 * @property {(cases: readonly unknown[]) => Promise<readonly Outcome[]>} run one outcome for each case, in order
 * @property {() => Promise<void>} close
 *
 * @typedef {{ accepted: boolean, code?: string, payload?: unknown } | { crashed: string }} Outcome
 */

const CHROMIUM_FLAGS = [
  ...["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"],
  ...["--disable-background-networking", "--disable-component-update", "--disable-sync"],
];

/** Answers every case, whatever it does; secrets travel as base64. */
const HARNESS = `
import { verify } from "./web-adapter.mjs";
export async function answerAll(cases) {
  const outcomes = [];
  for (const { key, ...rest } of cases) {
    const bytes = key.b64 === undefined ? undefined : Uint8Array.from(atob(key.b64), (char) => char.charCodeAt(0));
    try {
      outcomes.push(await verify({ ...rest, key: { ...key, bytes } }));
    } catch (error) {
      outcomes.push({ crashed: String(error) });
    }
  }
  return outcomes;
}
`;

/** @param {string} entry what to do with \`answerAll\` */
async function bundle(entry) {
  const { outputFiles } = await build({
    stdin: { contents: HARNESS + entry, resolveDir: import.meta.dirname },
    bundle: true,
    format: "esm",
    // Neither Node's built-ins nor its globals: a module that needs one does not even bundle.
    platform: "neutral",
    target: "es2022",
    write: false,
  });
  return outputFiles[0]?.text ?? "";
}

/** @returns {Promise<Isolate>} a page of a headless Chromium */
export async function openPage() {
  const script = await bundle("globalThis.answerAll = answerAll;");
  const server = createServer((request, response) => {
    const isScript = request.url === "/script.js";
    response.setHeader("content-type", isScript ? "text/javascript" : "text/html");
    response.end(isScript ? script : '<!doctype html><script type="module" src="/script.js"></script>');
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: CHROMIUM_FLAGS });
  const page = await browser.newPage();
  // A secure context, so that there is WebCrypto.
  await page.goto(`http://localhost:${server.address().port}/`);
  await page.waitForFunction(() => "answerAll" in globalThis);
  return {
    run: (cases) => page.evaluate((given) => globalThis.answerAll(given), cases),
    close: async () => {
      await browser.close();
      server.closeAllConnections();
      server.close();
    },
  };
}

/** @returns {Promise<Isolate>} a worker of workerd, the runtime of Cloudflare Workers, without \`nodejs_compat\` */
export async function openWorker() {
  const folder = await mkdtemp(join(tmpdir(), "rejwt-workerd-"));
  const script = await bundle(`
export default {
  fetch: async (request) => Response.json(await answerAll(await request.json())),
};`);
  await writeFile(join(folder, "worker.js"), script);
  await writeFile(
    join(folder, "config.capnp"),
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = (modules = [(name = "worker", esModule = embed "worker.js")], compatibilityDate = "2025-06-01"))],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);`,
  );
  const child = spawn(workerd.default ?? workerd, ["serve", "--control-fd=3", join(folder, "config.capnp")], {
    stdio: ["ignore", "ignore", "pipe", "pipe"],
  });
  let trouble = "";
  child.stderr.on("data", (chunk) => {
    trouble += chunk;
  });
  const port = await portOf(child, () => trouble);
  return {
    run: async (cases) => {
      const response = await fetch(`http://127.0.0.1:${port}/`, { method: "POST", body: JSON.stringify(cases) });
      if (!response.ok) throw new Error(`workerd answered ${response.status}: ${trouble}`);
      return response.json();
    },
    close: async () => {
      if (child.exitCode === null && child.kill("SIGTERM")) await once(child, "exit");
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** workerd chooses a free port and says which on its control channel, one JSON object a line. */
async function portOf(child, trouble) {
  let said = "";
  child.stdio[3].on("data", (chunk) => {
    said += chunk;
  });
  for (let waited = 0; waited < 20_000 && child.exitCode === null; waited += 50) {
    const port = /"event":"listen".*"port":(\d+)/.exec(said)?.[1];
    if (port !== undefined) return Number(port);
    await pause(50);
  }
  child.kill("SIGKILL");
  throw new Error(`workerd did not start: ${trouble()}`);
}
