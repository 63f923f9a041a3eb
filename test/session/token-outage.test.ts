/** Revoking and introspecting where something does not answer, or the token is odd: no verdict is made up. */
import { describe, expect, it } from "vitest";
import { secretKey } from "../../src/jwk/secret-key.ts";
import { signJws } from "../../src/jws/sign.ts";
import { createVerifier } from "../../src/jwt/verifier.ts";
import { createRevocationList } from "../../src/revocation/create-revocation-list.ts";
import { introspectToken } from "../../src/session/introspection.ts";
import { revokeToken } from "../../src/session/token-revocation.ts";
import { memoryStore } from "../../src/store/memory.ts";
import { rejectionOf } from "../fixtures/refusals.ts";
import { key, setUp } from "./sessions.ts";

const names = { issuer: "https://auth.test", audience: "https://api.test" } as const;
const clientId = "app";

describe("an outage is thrown on", () => {
  it("of the revocation list, by both", async () => {
    const { sessions, clock, store } = setUp();
    const { accessToken } = await sessions.start({ subject: "ann" });
    const list = createRevocationList({ feed: memoryStore({ clock }), bound: "1s", duringOutage: "reject", clock });
    const verifier = createVerifier({ ...names, keys: key, clock, revocations: list });
    clock.advance("5s");
    await list.close();
    const stale = { code: "REVOCATIONS_STALE" };
    expect(await rejectionOf(introspectToken(accessToken, { sessions, verifier }))).toMatchObject(stale);
    expect(await rejectionOf(revokeToken(accessToken, { sessions, verifier, clientId }))).toMatchObject(stale);
    await store.close?.();
  });

  it("of the store, where a refresh token is revoked", async () => {
    const { sessions } = setUp();
    const { refreshToken } = await sessions.start({ subject: "ann" });
    const store = Object.assign(memoryStore(), { read: async () => Promise.reject(new Error("down")) });
    const down = setUp({ store }).sessions;
    expect(await rejectionOf(revokeToken(refreshToken, { sessions: down, clientId }))).toMatchObject({
      code: "STORE_UNAVAILABLE",
    });
  });
});

it("a client revokes the access token of a session that is bound to it", async () => {
  const { sessions, clock } = setUp();
  const verifier = createVerifier({ ...names, keys: key, clock });
  const { accessToken, sessionId } = await sessions.start({ subject: "ann", binding: { clientId } });
  expect(await revokeToken(accessToken, { sessions, verifier, clientId })).toBe("revoked");
  expect(await sessions.find(sessionId)).toBeUndefined();
});

it.each([null, 5, "jkt", [], {}, { jkt: "" }, { jkt: 7 }, { jkt: null }])(
  "a token bound in a way that nobody knows is not active: %j",
  async (cnf) => {
    const { sessions, clock } = setUp();
    const verifier = createVerifier({ ...names, keys: key, clock });
    const exp = Math.floor(clock().getTime() / 1000) + 60;
    const claims = { iss: names.issuer, aud: names.audience, exp, cnf };
    const token = signJws(key, Buffer.from(JSON.stringify(claims)), { typ: "JWT" });
    expect(await introspectToken(token, { sessions, verifier })).toEqual({ active: false });
  },
);

it("a verifier's own mistake is no verdict", async () => {
  const { sessions } = setUp();
  const broken = { safeVerifyAsync: () => Promise.reject(new Error("broken")) } as never;
  await expect(introspectToken("a.b.c", { sessions, verifier: broken })).rejects.toThrow("broken");
  const other = secretKey("another HMAC secret of these tests, long", { alg: "HS256" });
  const verifier = createVerifier({ ...names, keys: other });
  expect(await introspectToken("a.b.c", { sessions, verifier })).toEqual({ active: false });
});

it("what binds a session to nothing is not told", async () => {
  const { sessions } = setUp();
  const { sessionId } = await sessions.start({ subject: "ann" });
  expect(Object.keys((await sessions.find(sessionId))?.binding ?? { x: 1 })).toEqual([]);
  const bound = await sessions.start({ subject: "ann", binding: { clientId } });
  expect(Object.keys((await sessions.find(bound.sessionId))?.binding ?? {})).toEqual(["clientId"]);
});

it("each session that endAll ends is told of, with the reason", async () => {
  const { sessions, events } = setUp();
  const { sessionId } = await sessions.start({ subject: "ann" });
  await sessions.endAll("ann");
  expect(events.at(-1)).toEqual({ type: "ended", sessionId, subject: "ann", reason: "logout" });
});
