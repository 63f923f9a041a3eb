/** A stored family as its owner sees it, and the two things of a caller's that a family keeps: metadata and binding. */
import type { JsonObject } from "../encoding/json.ts";
import { checkDefined, checkNames, configError } from "../options.ts";
import type { Binding, Family } from "../store/contract.ts";
import type { Session } from "./types.ts";

const MOST_METADATA_BYTES = 4096;
const MOST_BINDING_BYTES = 1024;

/** The public shape of a family: freshly made, without hashes or keys. */
export function sessionOf(family: Family): Session {
  const { jkt, clientId } = family.binding ?? {};
  return {
    sessionId: family.sessionId,
    subject: family.subject,
    metadata: JSON.parse(family.metadata) as JsonObject,
    createdAt: new Date(family.createdAtMs),
    lastRefreshedAt: new Date(family.rotatedAtMs),
    idleExpiresAt: new Date(family.idleExpiresAtMs),
    absoluteExpiresAt: new Date(family.absoluteExpiresAtMs),
    binding: { ...(jkt !== undefined && { jkt }), ...(clientId !== undefined && { clientId }) },
  };
}

/** Metadata as JSON text. @throws CONFIG unless it is an object of at most 4 KiB of JSON */
export function metadataText(metadata: unknown): string {
  const text = stringify(metadata === undefined ? {} : metadata);
  if (text?.startsWith("{") !== true) throw configError("start", "`metadata` must be an object that JSON can carry");
  if (Buffer.byteLength(text) > MOST_METADATA_BYTES) {
    throw configError("start", `\`metadata\` must be at most ${MOST_METADATA_BYTES} bytes of JSON`);
  }
  return text;
}

function stringify(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}

/**
 * What a new session is bound to.
 * @throws CONFIG for a member that is undefined, which would bind nothing, or is not text of 1 to 1024 bytes
 */
export function readNewBinding(binding: unknown): Binding {
  const result = readBinding("start", binding);
  checkDefined("start", binding as object, ["jkt", "clientId"]);
  if (result.jkt === undefined && result.clientId === undefined) {
    throw configError("start", "`binding` must name `jkt`, `clientId` or both");
  }
  return result;
}

/** What a request has proved. Undefined members prove nothing, and meet no bound session. @throws CONFIG */
export function readBinding(where: string, binding: unknown): Binding {
  checkNames(where, binding, ["jkt", "clientId"]);
  const { jkt, clientId } = binding as { readonly jkt?: unknown; readonly clientId?: unknown };
  return { jkt: readMember(where, "jkt", jkt), clientId: readMember(where, "clientId", clientId) };
}

function readMember(where: string, name: string, value: unknown): string | undefined {
  if (value === undefined) return undefined;
  const fits = typeof value === "string" && value !== "" && value.isWellFormed() && !value.includes("\0");
  if (!fits || Buffer.byteLength(value) > MOST_BINDING_BYTES) {
    throw configError(where, `\`binding.${name}\` must be text of 1 to ${MOST_BINDING_BYTES} bytes, without NUL`);
  }
  return value;
}
