/** `rejwt demo`: a session, its rotation, a lost reply and a thief, in one process and a moment. */
import { randomBytes } from "node:crypto";
import { isTokenError } from "../errors.ts";
import { generateKey } from "../jwk/generate.ts";
import { createSigner } from "../jwt/signer.ts";
import { createVerifier } from "../jwt/verifier.ts";
import { createSessions } from "../session/sessions.ts";
import { memoryStore } from "../store/memory.ts";
import { type Clock, systemClock } from "../time.ts";
import type { Arguments } from "./arguments.ts";
import type { Command } from "./command.ts";
import { EXIT, type ExitCode, usageError } from "./exit.ts";
import type { Terminal } from "./terminal.ts";

export const demoCommand: Command = {
  name: "demo",
  summary: "watch a session being refreshed, and a thief being caught",
  options: {},
  help: `rejwt demo

Runs a session in this process: a login, a request, a refresh, a lost reply, and a thief. It writes nothing and opens no
socket; its clock is its own, so that nobody waits. The repository's "npm run demo" shows the same with real servers.

Exit code: 0 where everything came out as it says, else 1.`,
  async run(args: Arguments, terminal: Terminal): Promise<ExitCode> {
    if (args.words.length > 0) throw usageError("demo takes no arguments");
    return walkThrough(terminal);
  },
};

const ISSUER = "https://auth.example";
const AUDIENCE = "https://api.example";
const MINUTE_MS = 60_000;

async function walkThrough({ out, paint }: Terminal): Promise<ExitCode> {
  let time = systemClock();
  const clock: Clock = () => time;
  const wait = (minutes: number): void => {
    time = new Date(time.getTime() + minutes * MINUTE_MS);
    out(paint("dim", `   … ${minutes} minutes later`));
  };
  const surprises: string[] = [];
  const expect = async (what: string, call: () => Promise<unknown> | unknown, refusal?: string): Promise<void> => {
    const code = await outcomeOf(call);
    if (code !== refusal) surprises.push(what);
    out(`   ${paint(refusal === undefined ? "green" : "red", (code ?? "ok").padEnd(14))}  ${what}`);
  };
  const step = (title: string): void => out(`\n${paint("bold", title)}`);

  const key = await generateKey("ES256");
  const signer = createSigner({ key, issuer: ISSUER, audience: AUDIENCE, expiresIn: "15m", clock });
  const verifier = createVerifier({ keys: key, issuer: ISSUER, audience: AUDIENCE, required: ["sub"], clock });
  const sessions = createSessions({
    signer,
    store: memoryStore({ clock }),
    refreshSecrets: [randomBytes(32)],
    idle: "14d",
    absolute: "90d",
    clock,
    onEvent: ({ type }) => out(paint("dim", `   event: ${type}`)),
  });

  step("1. Ada logs in: an access token for 15 minutes, a refresh token for the session");
  const first = await sessions.start({ subject: "ada" });
  await expect("an API server verifies the access token, with the public key alone", () =>
    verifier.verify(first.accessToken),
  );
  await expect("one character changed", () => verifier.verify(first.accessToken.replace(/\.e/, ".f")), "SIGNATURE");

  step("2. The access token expires, and she refreshes");
  wait(16);
  await expect("the old access token", () => verifier.verify(first.accessToken), "EXPIRED");
  const second = await sessions.refresh(first.refreshToken);
  await expect("the new one", () => verifier.verify(second.accessToken));

  step("3. The reply is lost, and her client tries again within 30 seconds");
  const retried = await sessions.refresh(first.refreshToken);
  await expect("it gets the very same successor: nobody is logged out", () => {
    if (retried.refreshToken !== second.refreshToken) throw new Error("another successor");
  });

  step("4. A thief has copied the refresh token, and uses it after Ada did");
  await sessions.refresh(second.refreshToken);
  wait(5);
  await expect(
    "the thief's copy: two hold this session, so it ends",
    () => sessions.refresh(second.refreshToken),
    "REFRESH_REUSED",
  );
  await expect(
    "Ada's own: both copies die, and she logs in again",
    () => sessions.refresh(second.refreshToken),
    "SESSION_ENDED",
  );

  for (const surprise of surprises) out(paint("red", `\nnot as it should be: ${surprise}`));
  return surprises.length === 0 ? EXIT.ok : EXIT.refused;
}

/** The code of the error, or undefined where there was none. */
async function outcomeOf(call: () => Promise<unknown> | unknown): Promise<string | undefined> {
  try {
    await call();
    return undefined;
  } catch (error) {
    return isTokenError(error) ? error.code : "Error";
  }
}
