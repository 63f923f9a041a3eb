/** Keys as files, as `rejwt keygen` writes them: PEM or JWK, private ones for their owner alone. No entry point loads this. */
import { type FileHandle, open, unlink } from "node:fs/promises";
import { dirname } from "node:path";
import { checkDefined, checkNames, configError, textOption } from "../options.ts";
import { exportJwk } from "./jwk.ts";
import { type Key, materialOf } from "./key.ts";
import { exportPem } from "./pem.ts";
import { thumbprint } from "./thumbprint.ts";

export interface KeyFileOptions {
  /** Default "pem": SPKI, or PKCS#8 with `private`. A secret has no PEM form. */
  readonly format?: "pem" | "jwk";
  /** Default false: the public half only. */
  readonly private?: boolean;
  /** Encrypts a private PEM. */
  readonly passphrase?: string;
}

const WHERE = "saveKey";
const NAMES = ["format", "private", "passphrase"] as const;

/**
 * The text of a key file, with the newline at its end.
 * @throws CONFIG for a key that has no such form, and for a passphrase where nothing would be encrypted
 */
export function keyText(key: Key, options: KeyFileOptions = {}): string {
  checkNames(WHERE, options, NAMES);
  checkDefined(WHERE, options, NAMES);
  const { format = "pem", private: isPrivate = false, passphrase } = options;
  if (format !== "pem" && format !== "jwk") throw configError(WHERE, 'option "format" must be "pem" or "jwk"');
  if (passphrase !== undefined) textOption(WHERE, "passphrase", passphrase);
  if (format === "jwk") {
    if (passphrase !== undefined)
      throw configError(WHERE, 'a JWK is not encrypted: use format "pem", or no passphrase');
    return `${JSON.stringify(exportJwk(key, { private: isPrivate }), null, 2)}\n`;
  }
  return exportPem(key, { private: isPrivate, ...(passphrase === undefined ? {} : { passphrase }) });
}

/**
 * Writes a new file with a key, and returns when it is on the disk. Whoever may read the folder, a private key's file is
 * for its owner alone (0600) from its first moment. A file that exists is never overwritten: it may be the only copy of
 * a key that signs.
 * @throws CONFIG as keyText does, where the file exists, and where it cannot be written (nothing of it is left then)
 */
export async function saveKey(path: string, key: Key, options: KeyFileOptions = {}): Promise<void> {
  const text = keyText(key, options);
  const mode = options.private === true ? 0o600 : 0o644;
  // `wx` also refuses a link that somebody put there.
  const file = await open(path, "wx", mode).catch((cause: unknown) => {
    throw unwritable(cause);
  });
  try {
    // A umask takes rights away, the owner's too.
    if (options.private === true) await file.chmod(mode);
    await file.writeFile(text);
    await file.sync();
  } catch (cause) {
    await unlink(path);
    throw unwritable(cause);
  } finally {
    await file.close();
  }
  await syncFolder(dirname(path));
}

/** The RFC 7638 thumbprint. Undefined for a secret: its hash, shown to others, would let them try secrets (§7). */
export function thumbprintOf(key: Key): string | undefined {
  const { verifying } = materialOf(key);
  return verifying.type === "secret" ? undefined : thumbprint(verifying);
}

/** So that the name survives a crash too, as the content does. */
async function syncFolder(path: string): Promise<void> {
  let folder: FileHandle | undefined;
  try {
    folder = await open(path, "r");
    await folder.sync();
  } catch {
    // Windows opens no folders: there the file system keeps names by itself.
  } finally {
    await folder?.close();
  }
}

function unwritable(cause: unknown): Error {
  const { code } = cause as NodeJS.ErrnoException;
  const why = code === "EEXIST" ? "it exists already, and a key is never overwritten" : code;
  return configError(WHERE, `the file cannot be written: ${why}`, cause);
}
