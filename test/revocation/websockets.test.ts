/** Connections that outlive a request: one logout closes every socket of its subject, and nobody else's. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, it } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { secretKey } from "../../src/jwk/secret-key.ts";
import { createSigner } from "../../src/jwt/signer.ts";
import { createVerifier } from "../../src/jwt/verifier.ts";
import { createRevocationList } from "../../src/revocation/create-revocation-list.ts";
import { createSessions } from "../../src/session/sessions.ts";
import { memoryStore } from "../../src/store/memory.ts";

const SOCKETS = 1000;
const OTHERS = 50;
const REVOKED = 4001;

it("1,000 real WebSockets close on one endAll, and other users' stay open", { timeout: 60_000 }, async () => {
  const key = secretKey("a secret of this test, of 32 bytes and more", { alg: "HS256" });
  const issuer = "https://auth.example";
  const store = memoryStore();
  const sessions = createSessions({
    signer: createSigner({ key, issuer, audience: false, expiresIn: "15m" }),
    store,
    refreshSecrets: ["a refresh secret of this test, of 32 bytes and more"],
    idle: "14d",
    absolute: "90d",
  });
  const revocations = createRevocationList({ feed: store, bound: "5s", duringOutage: "reject" });
  const verifier = createVerifier({ keys: key, issuer, audience: false, required: ["sub"], revocations });
  type Claims = ReturnType<typeof verifier.verify>["claims"];
  expect(await revocations.ready()).toBe(true);

  const open = new Map<WebSocket, Claims>();
  const server = createServer();
  const webSockets = new WebSocketServer({ noServer: true });
  server.on("upgrade", (request, socket, head) => {
    const result = verifier.safeVerify((request.headers.authorization ?? "").replace("Bearer ", ""));
    if (!result.ok) return void socket.end("HTTP/1.1 401 Unauthorized\r\n\r\n");
    webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      open.set(webSocket, result.value.claims);
      webSocket.on("close", () => open.delete(webSocket));
    });
  });
  revocations.onChange(() => {
    for (const [webSocket, claims] of open) if (revocations.isRevoked(claims)) webSocket.close(REVOKED, "revoked");
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;

  const connect = async (subject: string): Promise<WebSocket> => {
    const { accessToken } = await sessions.start({ subject });
    const socket = new WebSocket(`ws://127.0.0.1:${port}`, { headers: { authorization: `Bearer ${accessToken}` } });
    await once(socket, "open");
    return socket;
  };
  const connectAll = async (count: number, subjectOf: (index: number) => string): Promise<WebSocket[]> => {
    const sockets: WebSocket[] = [];
    // A few at a time: more than the backlog of a listening socket at once would be refused.
    while (sockets.length < count) {
      const batch = Array.from({ length: Math.min(50, count - sockets.length) }, (_, at) =>
        subjectOf(sockets.length + at),
      );
      sockets.push(...(await Promise.all(batch.map(connect))));
    }
    return sockets;
  };

  try {
    const theirs = await connectAll(SOCKETS, () => "user_42");
    const others = await connectAll(OTHERS, (index) => `user_${index + 1000}`);
    expect(open.size).toBe(SOCKETS + OTHERS);

    const codes = theirs.map(async (socket) => (await once(socket, "close"))[0]);
    const from = performance.now();
    await sessions.endAll("user_42");
    const resolved = performance.now();
    expect(new Set(await Promise.all(codes))).toEqual(new Set([REVOKED]));
    const closed = performance.now();
    console.log(
      `endAll took ${(resolved - from).toFixed(1)} ms; all ${SOCKETS} sockets were closed ${(closed - from).toFixed(1)} ms after it was called`,
    );

    expect(theirs.filter(({ readyState }) => readyState !== WebSocket.CLOSED)).toEqual([]);
    expect(others.filter(({ readyState }) => readyState !== WebSocket.OPEN)).toEqual([]);
    await expect.poll(() => open.size).toBe(OTHERS);
    // Those that stay still speak.
    const [socket] = others;
    const pong = once(socket as WebSocket, "pong");
    socket?.ping();
    await pong;
    for (const other of others) other.terminate();
  } finally {
    await revocations.close();
    webSockets.close();
    server.closeAllConnections();
    server.close();
  }
});
