/** How the demo's processes talk: a server tells its parent its port once, and then what it saw. */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

/** In a server: listens on a free port of loopback, tells the parent, and ends when the parent does. */
export function listen(app) {
  const server = app.listen(0, "127.0.0.1", () => process.send({ port: server.address().port }));
  process.on("disconnect", () => process.exit());
}

/** In a server: says what it saw. */
export function tell(saw) {
  process.send?.({ saw });
}

/** In the parent: starts a server and resolves once it listens. `sightings()` hands over what it saw since last asked. */
export function start(name, file, options) {
  const child = spawn(process.execPath, [fileURLToPath(new URL(file, import.meta.url)), JSON.stringify(options)], {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  let seen = [];
  return new Promise((resolve, reject) => {
    child.on("exit", (code) => reject(new Error(`${name} ended before it listened (code ${code})`)));
    child.on("message", ({ port, saw }) => {
      if (saw !== undefined) seen.push(saw);
      if (port === undefined) return;
      resolve({
        name,
        url: `http://127.0.0.1:${port}`,
        sightings() {
          const all = seen;
          seen = [];
          return all;
        },
        stop: () =>
          new Promise((stopped) => {
            child.on("exit", stopped);
            child.kill();
          }),
      });
    });
  });
}
