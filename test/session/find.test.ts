/** Looking at a session by its id or its refresh token, and what RFC 7662 and RFC 7009 make of it. */
import { describe, expect, it } from "vitest";
import {
  createSessions,
  createSigner,
  createVerifier,
  memoryStore,
  type SessionsOptions,
  secretKey,
} from "../../src/index.ts";
import { introspectToken } from "../../src/session/introspection.ts";
import { revokeToken } from "../../src/session/token-revocation.ts";
import { manualClock } from "../../src/testing/index.ts";
import { rejectionOf } from "../fixtures/refusals.ts";
import { forge } from "../fixtures/tokens.ts";

const key = secretKey("an HMAC secret of the tests, long enough", { alg: "HS256" });
const common = { issuer: "https://auth.example", audience: "https://api.example" } as const;
const JKT = "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I";

function open(changes: Partial<SessionsOptions> = {}) {
  const clock = manualClock("2026-05-01T12:00:00Z");
  const store = memoryStore({ clock });
  const sessions = createSessions({
    signer: createSigner({ ...common, key, expiresIn: "15m", clock }),
    store,
    refreshSecrets: [new Uint8Array(32).fill(7)],
    idle: "14d",
    absolute: "90d",
    clock,
    ...changes,
  });
  const verifier = createVerifier({ ...common, keys: key, clock });
  const seconds = () => clock().getTime() / 1000;
  return { clock, store, sessions, verifier, seconds, sources: { sessions, verifier } };
}

describe("find", () => {
  it("answers the session while it lives", async () => {
    const { sessions } = open();
    const { sessionId } = await sessions.start({
      subject: "ann",
      metadata: { device: "phone" },
      binding: { clientId: "app" },
    });
    expect(await sessions.find(sessionId)).toMatchObject({
      subject: "ann",
      metadata: { device: "phone" },
      binding: { clientId: "app" },
    });
    await sessions.end(sessionId);
    expect(await sessions.find(sessionId)).toBeUndefined();
  });

  it("answers none for one that expired, was logged out everywhere, or never was", async () => {
    const { sessions, clock } = open();
    const first = await sessions.start({ subject: "ann" });
    clock.advance("14d");
    expect(await sessions.find(first.sessionId)).toBeUndefined();
    const second = await sessions.start({ subject: "ann" });
    await sessions.endAll("ann");
    expect(await sessions.find(second.sessionId)).toBeUndefined();
    expect(await open().sessions.find(second.sessionId)).toBeUndefined();
  });

  it("refuses what is no session id", async () => {
    expect(await rejectionOf(open().sessions.find("ann"))).toMatchObject({ code: "REQUEST_INVALID" });
  });
});

describe("findByToken", () => {
  it("answers what a refresh would, and exchanges nothing", async () => {
    const { sessions, clock } = open();
    const { refreshToken, sessionId } = await sessions.start({ subject: "ann", binding: { jkt: JKT } });
    for (let asked = 0; asked < 3; asked++)
      expect(await sessions.findByToken(refreshToken)).toMatchObject({ sessionId });
    const next = await sessions.refresh(refreshToken, { binding: { jkt: JKT } });
    expect(next.outcome).toBe("rotated");
    // Within grace the old one would still be answered.
    expect(await sessions.findByToken(refreshToken)).toMatchObject({ sessionId });
    clock.advance("31s");
    expect(await sessions.findByToken(refreshToken)).toBeUndefined();
    // And asking about it was no theft.
    expect(await sessions.findByToken(next.refreshToken)).toMatchObject({ sessionId });
  });

  it("answers none for what is no token of ours, and asks no store", async () => {
    const { sessions } = open({ store: { ...memoryStore(), read: () => Promise.reject(new Error("asked")) } });
    for (const text of ["", "garbage", "a.b.c", 7]) expect(await sessions.findByToken(text as string)).toBeUndefined();
  });

  it("cannot tell while the store is down, or where the secret is not configured", async () => {
    const { sessions } = open();
    const { refreshToken } = await sessions.start({ subject: "ann" });
    const down = open({ store: { ...memoryStore(), read: () => Promise.reject(new Error("down")) } }).sessions;
    expect(await rejectionOf(down.findByToken(refreshToken))).toMatchObject({ code: "STORE_UNAVAILABLE" });
    const elsewhere = open({ refreshSecrets: [new Uint8Array(32).fill(8)] }).sessions;
    expect(await rejectionOf(elsewhere.findByToken(refreshToken))).toMatchObject({ code: "KEYS_UNAVAILABLE" });
  });
});

describe("endByToken of a client", () => {
  it("ends its own and unbound sessions, and no other client's", async () => {
    const { sessions } = open();
    const own = await sessions.start({ subject: "ann", binding: { clientId: "app" } });
    const unbound = await sessions.start({ subject: "ann" });
    const error = await rejectionOf(sessions.endByToken(own.refreshToken, { clientId: "other" }));
    expect(error).toMatchObject({ code: "BINDING" });
    expect(await sessions.find(own.sessionId)).toBeDefined();
    for (const { refreshToken, sessionId } of [own, unbound]) {
      await sessions.endByToken(refreshToken, { clientId: "app" });
      expect(await sessions.find(sessionId)).toBeUndefined();
    }
  });

  it("refuses an undefined client, which would ask nothing", async () => {
    const options = { clientId: undefined } as never;
    expect(await rejectionOf(open().sessions.endByToken("x", options))).toMatchObject({ code: "CONFIG" });
  });
});

describe("introspection", () => {
  it("tells the claims of a good access token, but for `rv`", async () => {
    const { sessions, sources, seconds } = open({ claims: () => ({ scope: "orders", active: "no", token_type: "x" }) });
    const { accessToken, sessionId } = await sessions.start({ subject: "ann" });
    const told = await introspectToken(accessToken, sources);
    expect(told).toMatchObject({
      active: true,
      token_type: "Bearer",
      sub: "ann",
      sid: sessionId,
      scope: "orders",
      iss: common.issuer,
      aud: common.audience,
      iat: seconds(),
      exp: seconds() + 900,
    });
    expect(told).not.toHaveProperty("rv");
  });

  it("tells a bound token's key, for whoever asks to compare", async () => {
    const { sessions, sources } = open();
    const { accessToken, refreshToken } = await sessions.start({
      subject: "ann",
      binding: { jkt: JKT, clientId: "app" },
    });
    expect(await introspectToken(accessToken, sources)).toMatchObject({
      active: true,
      token_type: "DPoP",
      cnf: { jkt: JKT },
    });
    const told = await introspectToken(refreshToken, sources);
    expect(told).toMatchObject({ active: true, cnf: { jkt: JKT }, client_id: "app" });
    expect(told).not.toHaveProperty("token_type");
  });

  it("tells when a refresh token was made and when its session expires, in seconds", async () => {
    const { sessions, sources, seconds } = open();
    const { refreshToken, sessionId } = await sessions.start({ subject: "ann" });
    expect(await introspectToken(refreshToken, sources)).toEqual({
      active: true,
      sub: "ann",
      sid: sessionId,
      iat: seconds(),
      exp: seconds() + 14 * 86_400,
    });
  });

  it("tells nothing but `active: false` of every other token", async () => {
    const { sessions, sources, seconds, clock } = open();
    const ended = await sessions.start({ subject: "ann" });
    await sessions.end(ended.sessionId);
    const expired = await sessions.start({ subject: "ann" });
    clock.advance("15m");
    const claims = { iss: common.issuer, aud: common.audience, exp: seconds() + 900 };
    const foreign = forge(secretKey("another HMAC secret of the tests, too", { alg: "HS256" }), claims);
    const twice = forge(key, { ...claims, cnf: { jkt: JKT, "x5t#S256": JKT } });
    const tokens = [ended.accessToken, ended.refreshToken, expired.accessToken, foreign, twice, "garbage", "", "a.b.c"];
    for (const token of tokens) expect(await introspectToken(token, sources)).toEqual({ active: false });
  });

  it("needs no session for a token that none made", async () => {
    const { sources, seconds } = open();
    const claims = { iss: common.issuer, aud: common.audience, exp: seconds() + 900, sid: "another issuer's" };
    expect(await introspectToken(forge(key, claims), sources)).toMatchObject({ active: true, sid: "another issuer's" });
  });

  it("is an outage, and no verdict, while the store is down", async () => {
    const { sessions, verifier } = open();
    const { accessToken } = await sessions.start({ subject: "ann" });
    const down = open({ store: { ...memoryStore(), read: () => Promise.reject(new Error("down")) } }).sessions;
    const error = await rejectionOf(introspectToken(accessToken, { sessions: down, verifier }));
    expect(error).toMatchObject({ code: "STORE_UNAVAILABLE" });
  });
});

describe("revocation", () => {
  it("ends the session by either of its tokens", async () => {
    for (const name of ["accessToken", "refreshToken"] as const) {
      const { sessions, sources } = open();
      const tokens = await sessions.start({ subject: "ann", binding: { jkt: JKT } });
      expect(await revokeToken(tokens[name], { ...sources, clientId: "app" })).toBe("revoked");
      expect(await sessions.find(tokens.sessionId)).toBeUndefined();
      // A second time it is revoked already.
      expect(await revokeToken(tokens[name], { ...sources, clientId: "app" })).toBe("revoked");
    }
  });

  it("ends the session by an old refresh token too", async () => {
    const { sessions, sources, clock } = open();
    const { refreshToken, sessionId } = await sessions.start({ subject: "ann" });
    await sessions.refresh(refreshToken);
    clock.advance("1h");
    expect(await revokeToken(refreshToken, { ...sources, clientId: "app" })).toBe("revoked");
    expect(await sessions.find(sessionId)).toBeUndefined();
  });

  it("is refused to another client than the token's own", async () => {
    const { sessions, sources } = open();
    const tokens = await sessions.start({ subject: "ann", binding: { clientId: "app" } });
    for (const token of [tokens.accessToken, tokens.refreshToken]) {
      expect(await revokeToken(token, { ...sources, clientId: "other" })).toBe("foreign");
    }
    expect(await sessions.find(tokens.sessionId)).toBeDefined();
  });

  it("cannot revoke an access token that no session made, or without a verifier", async () => {
    const { sessions, sources, seconds } = open();
    const lone = forge(key, { iss: common.issuer, aud: common.audience, exp: seconds() + 900 });
    expect(await revokeToken(lone, { ...sources, clientId: "app" })).toBe("unsupported");
    const { accessToken } = await sessions.start({ subject: "ann" });
    expect(await revokeToken(accessToken, { sessions, clientId: "app" })).toBe("unsupported");
  });

  it("takes what is no token, or no longer good, for revoked", async () => {
    const { sessions, sources, clock } = open();
    const { accessToken } = await sessions.start({ subject: "ann" });
    clock.advance("15m");
    for (const token of [accessToken, "garbage", ""]) {
      expect(await revokeToken(token, { ...sources, clientId: "app" })).toBe("revoked");
    }
  });
});
