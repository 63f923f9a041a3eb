import { describe, expect, it } from "vitest";
import { memoryStore } from "../../src/store/memory.ts";
import { formatCursor, parseCursor } from "../../src/store/page-cursor.ts";
import { formatSessionId, parseSessionId } from "../../src/store/session-id.ts";
import { familyAt5 } from "./families.ts";

const tag = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
const random = new Uint8Array(16).fill(255);

describe("a session id", () => {
  it("is 35 characters that say the shard and the tag", () => {
    for (const shard of [0, 1, 255, 256, 65_535]) {
      const id = formatSessionId(shard, tag, random);
      expect(id).toMatch(/^[\w-]{35}$/);
      expect(parseSessionId(id)).toEqual({ shard, tag: Buffer.from(tag).toString("base64url") });
    }
  });

  it("has one spelling", () => {
    const id = formatSessionId(7, tag, random);
    const spareBits = `${id.slice(0, -1)}${id.endsWith("8") ? "9" : "_"}`;
    for (const wrong of [
      undefined,
      null,
      7,
      "",
      id.slice(1),
      `${id}A`,
      `${id.slice(0, -1)}=`,
      `+${id.slice(1)}`,
      spareBits,
    ]) {
      expect(parseSessionId(wrong)).toBeUndefined();
    }
  });
});

describe("a page cursor", () => {
  const sessionId = formatSessionId(7, tag, random);

  it("comes back as the place that it was made of", () => {
    const family = familyAt5({ sessionId });
    expect(parseCursor(formatCursor(family))).toEqual({ createdAtMs: family.createdAtMs, sessionId });
  });

  it.each([
    "",
    ".",
    sessionId,
    `.${sessionId}`,
    `0x1.${sessionId}`,
    `1.${"A".repeat(34)}B`,
    `1.${sessionId} `,
    `${"f".repeat(13)}.${sessionId}`,
  ])("refuses %j", (text) => {
    expect(() => parseCursor(text)).toThrow(expect.objectContaining({ code: "REQUEST_INVALID" }) as Error);
  });
});

describe("memoryStore", () => {
  it("refuses unknown options, and a clock that is none", () => {
    expect(() => memoryStore({ clok: Date } as never)).toThrow(expect.objectContaining({ code: "CONFIG" }) as Error);
    expect(() => memoryStore({ clock: 5 } as never)).toThrow(expect.objectContaining({ code: "CONFIG" }) as Error);
  });

  it("uses this machine's time unless it is told otherwise", async () => {
    const before = Date.now();
    const { nowMs } = await memoryStore().readSubject({ subject: "ann", shard: 0, tags: [] });
    expect(nowMs).toBeGreaterThanOrEqual(before);
  });
});
