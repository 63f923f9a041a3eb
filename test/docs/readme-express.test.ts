/** The README's Express example, started as it stands there and talked to over HTTP. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { codeBlocks } from "./code-blocks.ts";

const origin = "https://shop.example";
let server: ChildProcess;
let url: string;

beforeAll(async () => {
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  const block = codeBlocks("express").find(
    ({ name, code }) => name.startsWith("README.md") && code.includes("app.listen("),
  );
  server = spawn(process.execPath, [block?.program ?? ""], {
    env: {
      ...process.env,
      PORT: String(port),
      DATABASE: ":memory:",
      JWT_SECRET: "an example secret, 32 bytes or more",
      REFRESH_SECRET: "a refresh secret, 32 bytes or more",
    },
    stdio: ["ignore", "inherit", "inherit"],
  });
  await answering(url);
});

afterAll(async () => {
  server.kill();
  await once(server, "exit");
});

test("login, a guarded route, refresh and logout work as the README says", async () => {
  const login = await fetch(`${url}/login`, { method: "POST", headers: { origin } });
  const { access_token: accessToken } = (await login.json()) as { access_token: string };
  const me = await fetch(`${url}/me`, { headers: { authorization: `Bearer ${accessToken}` } });
  expect(await me.json()).toEqual({ you: "user_42" });
  expect((await fetch(`${url}/me`)).status).toBe(401);

  const refresh = await fetch(`${url}/refresh`, { method: "POST", headers: { origin, cookie: cookieOf(login) } });
  expect(refresh.status).toBe(200);
  const logout = await fetch(`${url}/logout`, { method: "POST", headers: { origin, cookie: cookieOf(refresh) } });
  expect(logout.status).toBe(204);
  const late = await fetch(`${url}/refresh`, { method: "POST", headers: { origin, cookie: cookieOf(refresh) } });
  expect(late.status).toBe(401);
});

function cookieOf(response: Response): string {
  return response.headers.getSetCookie()[0]?.split(";")[0] ?? "";
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as { port: number };
  probe.close();
  await once(probe, "close");
  return port;
}

async function answering(address: string): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const answered = await fetch(address).then(
      () => true,
      () => false,
    );
    if (answered) return;
    await sleep(50);
  }
  throw new Error("the README's server did not start");
}
