/** The place where a page of sessions ends, as text that a client sends back: milliseconds in hexadecimal, a dot, the id. */
import { tokenError } from "../errors.ts";
import type { Family } from "./contract.ts";
import { parseSessionId } from "./session-id.ts";

export interface PageCursor {
  readonly createdAtMs: number;
  readonly sessionId: string;
}

const CURSOR = /^([0-9a-f]{1,12})\.([\w-]{35})$/;

/** The cursor after this session. */
export function formatCursor(family: Family): string {
  return `${family.createdAtMs.toString(16)}.${family.sessionId}`;
}

/** @throws REQUEST_INVALID for anything that `formatCursor` does not write */
export function parseCursor(text: string): PageCursor {
  const [, hexadecimal, sessionId] = CURSOR.exec(text) ?? [];
  if (hexadecimal === undefined || sessionId === undefined || parseSessionId(sessionId) === undefined) {
    throw tokenError("REQUEST_INVALID", "`after` must be the `next` of the page before");
  }
  return { createdAtMs: Number.parseInt(hexadecimal, 16), sessionId };
}
