/** Listing a subject's sessions: "where you are logged in". */
import { tokenError } from "../errors.ts";
import { checkNames, configError, countOption } from "../options.ts";
import { addressOf } from "./address.ts";
import type { SessionContext } from "./context.ts";
import { sessionOf } from "./session-view.ts";
import type { SessionPage } from "./types.ts";

const DEFAULT_LIMIT = 20;
const MOST = 100;

/** See `Sessions.list`. */
export async function listSessions(context: SessionContext, subject: unknown, page: unknown): Promise<SessionPage> {
  checkNames("list", page, ["limit", "after"]);
  const { limit = DEFAULT_LIMIT, after } = page as { readonly limit?: unknown; readonly after?: unknown };
  const count = countOption("list", "limit", limit, 1);
  if (count > MOST) throw configError("list", `option "limit" must be at most ${MOST}`);
  if (after !== undefined && typeof after !== "string") {
    throw tokenError("REQUEST_INVALID", "`after` must be the `next` of the page before");
  }
  const address = addressOf("list", subject, context.secrets, context.store.shards);
  const { families, next } = await context.store.list(address, { limit: count, after });
  return { sessions: families.map(sessionOf), next };
}
