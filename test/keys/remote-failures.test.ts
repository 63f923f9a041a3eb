/** Fetches that fail: back-off, older keys meanwhile, close, and who is told. */
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { describe, expect, it, vi } from "vitest";
import { generateKey } from "../../src/jwk/generate.ts";
import { exportJwk, importJwk } from "../../src/jwk/jwk.ts";
import { type RemoteKeys, remoteKeys } from "../../src/jwk/remote-keys.ts";
import { createVerifier } from "../../src/jwt/verifier.ts";
import { jwksServer, publish, text } from "./jwks-server.ts";
import { refusalOf } from "./refusal.ts";
import { forged, issuer, remote, tokenOf } from "./remote-issuer.ts";

const [key, next] = await Promise.all([generateKey("ES256"), generateKey("ES256")]);
const token = tokenOf(key);

describe("after a failed fetch", () => {
  it("the next ones wait 1, 2, 4, 8, 16 and then 30 s, and a success forgets it", async () => {
    const server = await jwksServer(text("", {}, 500));
    const { verify, time } = remote(server.url);
    expect(await verify(token)).toBe("KEYS_UNAVAILABLE");
    for (const wait of [1, 2, 4, 8, 16, 30, 30]) {
      const before = server.requests.length;
      time.advance(wait - 0.001);
      expect(await verify(token)).toBe("KEYS_UNAVAILABLE");
      expect(server.requests).toHaveLength(before);
      time.advance(0.001);
      expect(await verify(token)).toBe("KEYS_UNAVAILABLE");
      expect(server.requests).toHaveLength(before + 1);
    }
    server.answer = publish([key]);
    time.advance(30);
    expect(await verify(token)).toBe(key.kid);
    server.answer = text("", {}, 500);
    time.advance(600);
    expect(await verify(token)).toBe(key.kid);
    const before = server.requests.length;
    time.advance(1);
    expect(await verify(token)).toBe(key.kid);
    await vi.waitFor(() => expect(server.requests).toHaveLength(before + 1));
  });

  it("preload tells that it failed, and hammers no more than tokens do", async () => {
    const server = await jwksServer(text("", {}, 500));
    const { keys, time } = remote(server.url);
    expect(await keys.preload()).toBe(false);
    expect(await keys.preload()).toBe(false);
    expect(server.requests).toHaveLength(1);
    server.answer = publish([key]);
    time.advance(1);
    expect(await keys.preload()).toBe(true);
  });

  it("the error is an outage with its cause, and says nothing of the token", async () => {
    const server = await jwksServer(text("", {}, 503));
    const { verifier } = remote(server.url);
    const error = await refusalOf(verifier.verifyAsync(token));
    expect(error).toMatchObject({ code: "KEYS_UNAVAILABLE", status: 503, retryable: true });
    expect((error.cause as Error).message).toContain("503");
    expect(error.message).not.toContain(token);
  });

  it("older keys serve at once while an endpoint that hangs is asked again", async () => {
    const server = await jwksServer(publish([key]));
    const { verify, time, next: event } = remote(server.url, { timeoutMs: 60 });
    await verify(token);
    server.answer = () => {};
    time.advance(600);
    // The first to find out waits for the timeout.
    expect(await verify(token)).toBe(key.kid);
    time.advance(30);
    const failed = event("failed");
    let waited = false;
    void failed.then(() => {
      waited = true;
    });
    expect(await verify(token)).toBe(key.kid);
    expect(waited).toBe(false);
    await failed;
  });
});

describe("close", () => {
  it("fetches no more: what needs a fetch is KEYS_UNAVAILABLE, what does not is verified", async () => {
    const server = await jwksServer(publish([key]));
    const { keys, verify, time } = remote(server.url);
    await verify(token);
    keys.close();
    time.advance(60);
    expect(await verify(token)).toBe(key.kid);
    expect(await verify(forged("unknown"))).toBe("KEYS_UNAVAILABLE");
    expect(await keys.preload()).toBe(false);
    time.advance(600);
    expect(await verify(token)).toBe(key.kid);
    time.advance(86_400);
    expect(await verify(token)).toBe("KEYS_UNAVAILABLE");
    expect(server.requests).toHaveLength(1);
  });

  it("before the first fetch leaves none", async () => {
    const server = await jwksServer(publish([key]));
    const { keys, verify } = remote(server.url);
    keys.close();
    keys.close();
    expect(await verify(token)).toBe("KEYS_UNAVAILABLE");
    expect(server.requests).toHaveLength(0);
  });

  it("ends a fetch that is under way", async () => {
    const server = await jwksServer(() => {});
    const { keys, verify } = remote(server.url, { timeoutMs: 60_000 });
    const verdict = verify(token);
    await vi.waitFor(() => expect(server.requests).toHaveLength(1));
    keys.close();
    expect(await verdict).toBe("KEYS_UNAVAILABLE");
  });
});

describe("events", () => {
  it("go to the channel too, with the URL", async () => {
    const messages: unknown[] = [];
    const listener = (message: unknown): unknown => messages.push(message);
    subscribe("rejwt:jwks", listener);
    const server = await jwksServer(publish([key]));
    await remote(server.url).verify(token);
    unsubscribe("rejwt:jwks", listener);
    expect(messages).toEqual([{ type: "loaded", keys: 1, url: server.url }]);
  });

  it.each<[string, () => void]>([
    [
      "throws",
      () => {
        throw new Error("listener");
      },
    ],
    ["rejects", (async () => Promise.reject(new Error("listener"))) as () => void],
  ])("a listener that %s decides nothing about tokens", async (_name, onEvent) => {
    const server = await jwksServer(publish([key, { kty: "unknown" }]));
    const { verify, time } = remote(server.url, { onEvent });
    expect(await verify(token)).toBe(key.kid);
    server.answer = text("", {}, 500);
    time.advance(600);
    expect(await verify(token)).toBe(key.kid);
  });

  it("tell whether older keys serve on", async () => {
    const server = await jwksServer(publish([key]));
    const { verify, time, events } = remote(server.url, { staleIfError: "1h" });
    await verify(token);
    server.answer = text("", {}, 500);
    time.advance(600);
    await verify(token);
    time.advance(3600);
    await verify(token);
    expect(events).toMatchObject([
      { type: "loaded" },
      { type: "failed", stale: true },
      { type: "failed", stale: false },
    ]);
  });
});

describe("remote and local keys in one verifier", () => {
  const local = importJwk({ ...exportJwk(next, { private: true }), kid: "local" });
  const both = (keys: RemoteKeys, own = local) =>
    createVerifier({ keys: [own, keys], issuer, audience: false, expiry: "optional" });

  it("are both asked", async () => {
    const server = await jwksServer(publish([key]));
    const keys = remoteKeys(server.url, { algs: ["ES256"], allowHttp: true });
    const verifier = both(keys);
    expect((await verifier.verifyAsync(token)).key.kid).toBe(key.kid);
    expect((await verifier.verifyAsync(tokenOf(local))).key.kid).toBe("local");
    expect((await refusalOf(verifier.verifyAsync(forged("unknown")))).code).toBe("KEY_UNKNOWN");
    expect((await refusalOf(verifier.verifyAsync(forged("unknown", "RS256")))).code).toBe("ALG");
  });

  it("an outage is not the token's fault, and local keys serve through it", async () => {
    const server = await jwksServer(text("", {}, 500));
    const verifier = both(remoteKeys(server.url, { algs: ["ES256"], allowHttp: true }));
    expect((await refusalOf(verifier.verifyAsync(token))).code).toBe("KEYS_UNAVAILABLE");
    expect((await verifier.verifyAsync(tokenOf(local))).key.kid).toBe("local");
    expect((await refusalOf(verifier.verifyAsync(forged("1", "RS256")))).code).toBe("ALG");
  });

  it("an outage is not the token's fault either where a local key without kid was tried in vain", async () => {
    const server = await jwksServer(text("", {}, 500));
    const verifier = both(remoteKeys(server.url, { algs: ["ES256"], allowHttp: true }), next);
    expect((await refusalOf(verifier.verifyAsync(token))).code).toBe("KEYS_UNAVAILABLE");
    expect((await verifier.verifyAsync(tokenOf(next))).key.kid).toBe(next.kid);
  });
});
