/** A client of pg that prepares each statement once for each connection, which saves the server from reading it again. */
import { createHash } from "node:crypto";
import type { PostgresClient } from "./postgres-client.ts";

/** feature_not_supported: here, that a prepared statement answers other columns since the tables were upgraded. */
const OUTDATED = "0A000";

/** What pg's `query` takes instead of text. */
interface Prepared {
  readonly name: string;
  readonly text: string;
  readonly values: unknown[];
}

/** @param client of pg: others do not know what a name is */
export function preparing(client: PostgresClient): PostgresClient {
  const names = new Map<string, string>();
  const ask = client.query.bind(client) as unknown as (statement: Prepared) => ReturnType<PostgresClient["query"]>;
  return {
    query: async (text, values = []) => {
      const name = names.get(text) ?? nameOf(text);
      names.set(text, name);
      try {
        return await ask({ name, text, values });
      } catch (error) {
        if ((error as { readonly code?: unknown } | null)?.code !== OUTDATED) throw error;
        // It was not run. Connections that are opened from now on prepare it as it is now.
        return client.query(text, values);
      }
    },
  };
}

/** The same for one text everywhere, and another for any other: pg refuses one name for two texts. At most 63 bytes. */
function nameOf(text: string): string {
  return `rejwt_${createHash("sha256").update(text).digest("base64url")}`;
}
