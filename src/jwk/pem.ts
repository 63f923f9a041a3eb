/** Keys as PEM text: RFC 7468; SPKI, PKCS#8 (plain or encrypted), PKCS#1, SEC 1, X.509 certificates. */
import { createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import type { AsymmetricAlg } from "../jwa/algorithm.ts";
import { isAsymmetricAlg } from "../jwa/algorithms.ts";
import { checkDefined, checkNames, configError, flagOption, textOption } from "../options.ts";
import { createKey, type Key, materialOf, signingHalf, unreadableKey } from "./key.ts";
import { onlyKeyIn } from "./pem-block.ts";

export interface ImportPemOptions {
  readonly alg: AsymmetricAlg;
  /** Default: the RFC 7638 thumbprint. */
  readonly kid?: string;
  /** Of an encrypted private key. */
  readonly passphrase?: string;
}

/**
 * The one key in some PEM text: a private key signs and verifies, a public key or a certificate verifies.
 * A certificate's dates, names and issuer are not looked at: it is a container of its key here.
 * @throws KEY_INVALID, KEY_WEAK; CONFIG for wrong options; ALG_UNSUPPORTED
 */
export function importPem(pem: string, options: ImportPemOptions): Key {
  checkNames("importPem", options, ["alg", "kid", "passphrase"]);
  checkDefined("importPem", options, ["alg", "kid", "passphrase"]);
  if (!isAsymmetricAlg(options.alg)) {
    throw configError("importPem", `${options.alg} takes a secret, not a key pair: use secretKey`);
  }
  if (options.passphrase !== undefined) textOption("importPem", "passphrase", options.passphrase);
  if (typeof pem !== "string") throw configError("importPem", "the PEM must be text");
  const { label } = onlyKeyIn(pem);
  const object = label.includes("PRIVATE") ? readPrivate(pem, label, options.passphrase) : readPublic(pem);
  return createKey(options.alg, object, options.kid);
}

export interface ExportPemOptions {
  /** Default false: the public key. */
  readonly private?: boolean;
  /** Encrypts the private key (PKCS#8, AES-256). */
  readonly passphrase?: string;
}

/**
 * PEM text of a key pair: SPKI, or PKCS#8 with `private: true`.
 * @throws CONFIG for a secret, or for `private` where there is no private half
 */
export function exportPem(key: Key, options: ExportPemOptions = {}): string {
  checkNames("exportPem", options, ["private", "passphrase"]);
  checkDefined("exportPem", options, ["passphrase"]);
  if (options.passphrase !== undefined) textOption("exportPem", "passphrase", options.passphrase);
  const isPrivate = flagOption("exportPem", "private", options.private);
  const { verifying } = materialOf(key);
  if (verifying.type === "secret") throw configError("exportPem", "a secret has no PEM form: use exportJwk");
  if (!isPrivate) {
    if (options.passphrase !== undefined) throw configError("exportPem", 'a passphrase goes with "private: true"');
    return verifying.export({ type: "spki", format: "pem" }) as string;
  }
  const encryption = options.passphrase === undefined ? {} : { cipher: "aes-256-cbc", passphrase: options.passphrase };
  return signingHalf(key).export({ type: "pkcs8", format: "pem", ...encryption }) as string;
}

function readPrivate(pem: string, label: string, passphrase: string | undefined): KeyObject {
  try {
    return createPrivateKey(passphrase === undefined ? pem : { key: pem, passphrase });
  } catch {
    const encrypted = label.includes("ENCRYPTED") || pem.includes("Proc-Type: 4,ENCRYPTED");
    throw unreadableKey("the PEM", encrypted ? ": it is encrypted, and the passphrase is missing or wrong" : "");
  }
}

function readPublic(pem: string): KeyObject {
  try {
    return createPublicKey(pem);
  } catch {
    throw unreadableKey("the PEM");
  }
}
