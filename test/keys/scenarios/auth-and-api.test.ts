/** An auth service whose ring is a folder of PEM files, and an API service that verifies with its JWKS. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import {
  createSigner,
  createVerifier,
  exportPem,
  generateKey,
  importPem,
  type Key,
  keyRing,
  type RingEntry,
} from "../../../src/index.ts";
import { remoteKeys } from "../../../src/jwk/remote-keys.ts";
import { manualClock } from "../manual-clock.ts";
import { ask, serve } from "./loopback.ts";

const issuer = "https://auth.example";

test("keys are files named after their day; the API follows each change through the JWKS", async () => {
  const { clock, set } = manualClock("2026-05-20T00:00:00Z");
  const folder = mkdtempSync(join(tmpdir(), "keys-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const add = async (day: string): Promise<string> => {
    const key = await generateKey("ES256");
    writeFileSync(join(folder, `${day}.pem`), exportPem(key, { private: true }));
    return key.kid as string;
  };
  const may = await add("2026-05-01");

  // The auth service.
  const load = (): RingEntry<Key>[] =>
    readdirSync(folder)
      .sort()
      .map((file) => ({
        key: importPem(readFileSync(join(folder, file), "utf8"), { alg: "ES256" }),
        signsFrom: new Date(file.slice(0, 10)),
      }));
  const ring = keyRing(load(), { tokenLife: "10m", jwksMaxAge: "5m", clock });
  const signer = createSigner({
    key: ring,
    issuer,
    audience: ["orders", "billing", "search"],
    expiresIn: "10m",
    profile: "at+jwt",
    clock,
  });
  const auth = await serve((request, response) => {
    const { status, headers, body } = ring.jwksResponse(request.headers["if-none-match"]);
    response.writeHead(status, headers).end(body);
  });
  const mint = (): string => signer.sign({ sub: "user_42", client_id: "web", tenant: "acme" });

  // One of the API services.
  const keys = remoteKeys(`${auth}/.well-known/jwks.json`, { algs: ["ES256"], allowHttp: true, clock });
  const verifier = createVerifier({ keys, issuer, audience: "orders", profile: "at+jwt", required: ["sub"], clock });
  const api = await serve(async (request, response) => {
    const token = request.headers.authorization?.replace("Bearer ", "") ?? "";
    const result = await verifier.safeVerifyAsync(token);
    response.statusCode = result.ok ? 200 : result.error.status;
    response.end(JSON.stringify(result.ok ? { ...result.value.claims, kid: result.value.key.kid } : result.error.code));
  });

  expect(await ask(api, mint())).toMatchObject({ status: 200, body: { sub: "user_42", tenant: "acme", kid: may } });

  const june = await add("2026-06-01");
  ring.replace(load());
  set("2026-05-31T23:59:59Z");
  const lastOfMay = mint();
  expect(await ask(api, lastOfMay)).toMatchObject({ status: 200, body: { kid: may } });
  set("2026-06-01T00:00:00Z");
  expect(await ask(api, mint())).toMatchObject({ status: 200, body: { kid: june } });
  set("2026-06-01T00:09:58Z");
  expect(await ask(api, lastOfMay)).toMatchObject({ status: 200, body: { kid: may } });
  set("2026-06-01T00:09:59Z");
  expect(await ask(api, lastOfMay)).toEqual({ status: 401, body: "EXPIRED" });
  keys.close();
});
