/** The block of a PEM text that holds a key: RFC 7468 §2. */
import { tokenError } from "../errors.ts";

/** Between the lines there may be single hyphens: an encrypted PKCS#1 or SEC 1 key names its cipher (RFC 1421 §4.6.1.3). */
const BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----((?:[^-]|-(?!----))*)-----END \1-----/g;

/** `openssl ecparam -genkey` writes the curve's name in front of the key. */
const NOT_A_KEY = "EC PARAMETERS";

export interface PemBlock {
  /** `PUBLIC KEY`, `PRIVATE KEY`, `CERTIFICATE` … */
  readonly label: string;
  /** What stands between the two lines: base64, and headers where the key is encrypted the old way. */
  readonly body: string;
}

/** The one key that the text holds: with two, it would be a guess which is meant. @throws KEY_INVALID */
export function onlyKeyIn(pem: string): PemBlock {
  const blocks = [...pem.matchAll(BLOCK)]
    .map(([, label = "", body = ""]) => ({ label, body }))
    .filter(({ label }) => label !== NOT_A_KEY);
  const [block, second] = blocks;
  if (block === undefined) {
    const hint = pem.includes("\\n") ? ": it holds \\n as two characters where a line should end" : "";
    throw tokenError("KEY_INVALID", `the text holds no PEM block (-----BEGIN …-----)${hint}`);
  }
  if (second !== undefined) {
    throw tokenError("KEY_INVALID", `the text holds ${blocks.length} PEM blocks: pass the one that is meant`);
  }
  return block;
}
