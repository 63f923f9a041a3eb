/** Starts and kills the signer process, and asks it over HTTP as a KMS client would. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { exportJwk } from "../../src/jwk/jwk.ts";
import type { Key } from "../../src/jwk/key.ts";

export interface RemoteSigner {
  sign(input: Uint8Array): Promise<Uint8Array>;
  /** Resolves when the process is gone. */
  kill(): Promise<void>;
  /** On the same port as before. */
  restart(): Promise<void>;
}

/** @param key whose private half only the process will use */
export async function remoteSigner(key: Key, ecdsaFormat: "raw" | "der"): Promise<RemoteSigner> {
  let process_: ChildProcess | undefined;
  let port = 0;
  const start = async (): Promise<void> => {
    process_ = fork(join(import.meta.dirname, "remote-signer.mjs"), {
      env: {
        PRIVATE_JWK: JSON.stringify(exportJwk(key, { private: true })),
        ECDSA_FORMAT: ecdsaFormat,
        PORT: String(port),
      },
    });
    [port] = (await once(process_, "message")) as [number];
  };
  await start();
  return {
    async sign(input) {
      const response = await fetch(`http://127.0.0.1:${port}/`, {
        method: "POST",
        body: Buffer.from(input).toString("base64"),
      });
      return Buffer.from(await response.text(), "base64");
    },
    async kill() {
      const ended = once(process_ as ChildProcess, "exit");
      process_?.kill("SIGKILL");
      await ended;
    },
    restart: start,
  };
}
