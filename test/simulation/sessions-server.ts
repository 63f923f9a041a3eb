/** Who is asked, for real: `createSessions` on app servers with clocks of their own, over one store. */
import { createHash } from "node:crypto";
import { isTokenError } from "../../src/errors.ts";
import { secretKey } from "../../src/jwk/secret-key.ts";
import { createSigner } from "../../src/jwt/signer.ts";
import { createSessions } from "../../src/session/sessions.ts";
import type { Sessions } from "../../src/session/types.ts";
import { memoryStore } from "../../src/store/memory.ts";
import type { Answer, Server, Token } from "./server.ts";
import type { Terms } from "./terms.ts";

const key = secretKey("the secret of every app server, 32+", { alg: "HS256" });
const refreshSecret = new Uint8Array(32).fill(7);

export function sessionsServer(terms: Terms, storeMs: () => number, trueMs: () => number): Server {
  const store = memoryStore({ clock: () => new Date(storeMs()) });
  const seconds = (ms: number): number => ms / 1000;
  const appServers = terms.skewsMs.map((skewMs): Sessions => {
    const clock = (): Date => new Date(trueMs() + skewMs);
    return createSessions({
      signer: createSigner({ key, issuer: "https://auth.example", audience: false, expiresIn: "1m", clock }),
      store,
      refreshSecrets: [refreshSecret],
      idle: seconds(terms.idleMs),
      absolute: seconds(terms.absoluteMs),
      grace: seconds(terms.graceMs),
      attemptWindow: seconds(terms.attemptWindowMs),
      clock,
    });
  });
  const any = appServers[0] as Sessions;
  const bindingOf = (held: string | undefined) => (held === undefined ? {} : { binding: { jkt: bytesOf(held) } });
  let sessionId = "";
  return {
    async start(): Promise<Token> {
      const tokens = await any.start({ subject: "ann", ...bindingOf(terms.key) });
      sessionId = tokens.sessionId;
      return { text: tokens.refreshToken, generation: 0 };
    },
    async refresh({ token, attempt, key: held, appServer }): Promise<Answer> {
      const proof = attempt && proofOf(attempt);
      try {
        const app = appServers[appServer] as Sessions;
        const next = await app.refresh(token.text, { ...bindingOf(held), ...(proof && { attempt: proof }) });
        return { outcome: next.outcome, successor: { text: next.refreshToken, generation: token.generation + 1 } };
      } catch (error) {
        if (!isTokenError(error)) throw error;
        if (error.code === "REFRESH_REUSED") return { outcome: "reused" };
        if (error.code === "BINDING") return { outcome: "binding" };
        if (error.code === "SESSION_ENDED") return { outcome: "ended", reason: String(error.reason) };
        throw error;
      }
    },
    logOut: (how) =>
      how === "session" ? any.end(sessionId) : how === "subject" ? any.endAll("ann") : any.endEveryone(),
  };
}

function proofOf({ verifier, proven }: { readonly verifier: string; readonly proven: boolean }) {
  const bytes = createHash("sha256").update(verifier).digest();
  if (proven) return { verifier: bytes.toString("base64url") };
  return { challenge: createHash("sha256").update(bytes).digest("base64url") };
}

/** A name as 32 bytes, base64url: the shape of a key's thumbprint. */
function bytesOf(name: string): string {
  return createHash("sha256").update(name).digest("base64url");
}
