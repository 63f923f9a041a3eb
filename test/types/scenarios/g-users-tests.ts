// (g) the user's own tests, with a clock they move.
import { createSessions, createSigner, createVerifier, generateKey, isTokenError, memoryStore } from "rejwt";
import { manualClock, spoil } from "rejwt/testing";
import { expect, test, vi } from "vitest";

const clock = manualClock("2026-05-01T12:00:00Z");
const key = await generateKey("ES256");
const common = { issuer: "https://auth.test", audience: "https://api.test", clock } as const;
const signer = createSigner({ ...common, key, expiresIn: "15m" });
const verifier = createVerifier({ ...common, keys: key });

test("an expired token is refused", () => {
  const token = signer.sign({ sub: "ann" });
  clock.advance("15m");
  const result = verifier.safeVerify(token);
  expect(result.ok).toBe(false);
  if (!result.ok) expect(result.error.code).toBe("EXPIRED");
});
test("a changed payload is refused", () => {
  try {
    verifier.verify(spoil(signer.sign({ sub: "ann" }), "payload"));
    expect.unreachable();
  } catch (error) {
    expect(isTokenError(error) && error.code).toBe("SIGNATURE");
  }
});
test("a session ends after 14 idle days", async () => {
  const sessions = createSessions({
    signer,
    store: memoryStore({ clock }),
    refreshSecrets: [new Uint8Array(32).fill(7)],
    idle: "14d",
    absolute: "90d",
    clock,
  });
  const { refreshToken } = await sessions.start({ subject: "ann" });
  clock.advance("14d");
  await expect(sessions.refresh(refreshToken)).rejects.toMatchObject({ code: "SESSION_ENDED", reason: "idle" });
});
test("fake timers work without a clock of one's own", () => {
  vi.useFakeTimers({ now: new Date("2026-05-01") });
  const v = createVerifier({ keys: key, issuer: "https://auth.test", audience: "https://api.test" });
  expect(v.safeVerify("x.y.z").ok).toBe(false);
  vi.useRealTimers();
});
