/** A process of its own that uses sessions on a SQLite file, told what to do by messages. Bundled and forked by its test. */
import Database from "libsql";
import { secretKey } from "../../../src/jwk/secret-key.ts";
import { createSigner } from "../../../src/jwt/signer.ts";
import { createSessions } from "../../../src/session/sessions.ts";
import { sqliteStore } from "../../../src/store/sqlite.ts";

export interface Task {
  readonly path: string;
  readonly secret: string;
  /** Presented all at once, `times` times each. */
  readonly tokens: readonly string[];
  readonly times: number;
  /** Kills this process with SIGKILL between commit and reply. */
  readonly dieAfterCommit?: boolean;
}

export interface Presented {
  /** `rotated`, `replayed`, or the code of the error. */
  readonly outcome: string;
  readonly refreshToken: string | undefined;
}

const key = secretKey("an HMAC secret of the tests, long enough", { alg: "HS256" });

process.on("message", async (task: Task) => {
  const store = sqliteStore(new Database(task.path));
  await store.migrate();
  if (task.dieAfterCommit === true) {
    const rotate = store.rotate.bind(store);
    store.rotate = async (command) => {
      await rotate(command);
      // What won is told by its hash: the token itself dies with this process.
      process.send?.(command.proposal.secretHash, () => process.kill(process.pid, "SIGKILL"));
      return new Promise(() => {});
    };
  }
  const sessions = createSessions({
    signer: createSigner({ key, issuer: "https://auth.test", audience: false, expiresIn: "15m" }),
    store,
    refreshSecrets: [task.secret],
    idle: "14d",
    absolute: "90d",
  });
  const present = async (token: string): Promise<Presented> => {
    try {
      const { outcome, refreshToken } = await sessions.refresh(token);
      return { outcome, refreshToken };
    } catch (error) {
      return { outcome: String((error as { readonly code?: unknown }).code), refreshToken: undefined };
    }
  };
  const all = Array.from({ length: task.times }, () => task.tokens).flat();
  process.send?.(await Promise.all(all.map(present)));
});

process.send?.("ready");
