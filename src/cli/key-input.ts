/** Keys from a file or an environment variable, in whichever form they are there. Never from the command line. */
import { isUtf8 } from "node:buffer";
import { isTokenError } from "../errors.ts";
import { ALGS, isAlg } from "../jwa/alg-names.ts";
import type { Alg, AsymmetricAlg } from "../jwa/algorithm.ts";
import { isAsymmetricAlg, isHmacAlg } from "../jwa/algorithms.ts";
import { importJwk, type Jwk, type Jwks } from "../jwk/jwk.ts";
import { importJwks } from "../jwk/jwks.ts";
import type { Key } from "../jwk/key.ts";
import { importPem } from "../jwk/pem.ts";
import { type SecretEncoding, secretKey } from "../jwk/secret-key.ts";
import { type Arguments, type OptionTable, SECRET_ON_COMMAND_LINE } from "./arguments.ts";
import { isCommandError, usageError } from "./exit.ts";
import { readFile } from "./input.ts";
import type { Terminal } from "./terminal.ts";

export const KEY_OPTIONS: OptionTable = {
  key: "text",
  jwks: "text",
  "key-env": "text",
  alg: "text",
  kid: "text",
  encoding: "text",
  "passphrase-env": "text",
};

export const KEY_HELP = `  --key FILE             a PEM, a JWK, or a secret; one line end after a secret is left out
  --jwks FILE            a JWK Set; a file as well, and never a URL
  --key-env NAME         the key from an environment variable: its name, without "$"
  --alg ALG              the key's algorithm: needed for RSA and for secrets
  --encoding ENCODING    how a secret is spelled: utf8 (default), hex, base64, base64url
  --passphrase-env NAME  the environment variable with the passphrase of an encrypted PEM
  --kid KID              the key's id, where it has none or another`;

interface KeyFacts {
  readonly alg: Alg | undefined;
  readonly kid: string | undefined;
  readonly encoding: string | undefined;
  readonly passphrase: string | undefined;
}

/** The one key of `--key` or `--key-env`. @throws a usage error; TokenError as the imports of keys do */
export async function readKey(args: Arguments, terminal: Terminal): Promise<Key> {
  const keys = await readKeys(args, terminal);
  const [key, ...more] = keys;
  if (key === undefined || more.length > 0) throw usageError("this is a JWK Set: pass the one key that is meant");
  return key;
}

/** One key, or those of a JWK Set. */
export async function readKeys(args: Arguments, terminal: Terminal): Promise<readonly Key[]> {
  const path = args.text("key") ?? args.text("jwks");
  const variable = args.text("key-env");
  if (["key", "jwks", "key-env"].filter((name) => args.flag(name)).length > 1) {
    throw usageError("pass one of --key, --jwks and --key-env");
  }
  const facts = factsOf(args, terminal);
  if (variable !== undefined) return keysOf(Buffer.from(environmentText("--key-env", variable, terminal)), facts);
  if (path === undefined) throw usageError("which key? Pass --key FILE or --key-env NAME");
  return keysOf(await readKeyFile(path), facts);
}

/** The keys in a file. Its name may be a key that was pasted in the file's place: it is never shown. */
export async function readKeyFile(path: string): Promise<Buffer> {
  if (/^[a-z]+:\/\//i.test(path)) {
    throw usageError(
      "this program never fetches anything: download the keys first (curl -o jwks.json …), and pass the file",
    );
  }
  try {
    return await readFile(path, "the key");
  } catch (error) {
    const looksLikeKey = /BEGIN |["{}]|[^/\\.]{32}/.test(path) && isCommandError(error);
    throw looksLikeKey
      ? usageError(`there is no file of that name. If that was a key: ${SECRET_ON_COMMAND_LINE}`)
      : error;
  }
}

/** @throws a usage error that does not show the name: it may be the value, where a shell put that in its place */
export function environmentText(option: string, name: string, { env }: Terminal): string {
  const value = env[name];
  if (value === undefined || value === "") {
    throw usageError(`${option} needs the name of an environment variable that is set: a name, without "$"`);
  }
  return value;
}

/** @throws a usage error for an algorithm that is not in the table */
export function algOption(text: string | undefined): Alg | undefined {
  if (text !== undefined && !isAlg(text)) throw usageError(`the algorithm must be one of ${ALGS.join(", ")}`);
  return text;
}

function factsOf(args: Arguments, terminal: Terminal): KeyFacts {
  const passphrase = args.text("passphrase-env");
  return {
    alg: algOption(args.text("alg")),
    kid: args.text("kid"),
    encoding: args.text("encoding"),
    passphrase: passphrase === undefined ? undefined : environmentText("--passphrase-env", passphrase, terminal),
  };
}

/** Tells by the text which form it is. What decides is the key's own file, never the token. */
export function keysOf(bytes: Buffer, facts: KeyFacts): readonly Key[] {
  if (bytes.length === 0) throw usageError("the key is empty");
  if (!isUtf8(bytes)) return [secret(bytes, facts)];
  const text = bytes.toString("utf8").replace(/^\uFEFF/, "");
  if (text.includes("-----BEGIN ")) return [pem(text, facts)];
  if (text.trimStart().startsWith("{")) return jwk(text, facts);
  return [secret(text.replace(/\r?\n$/, ""), facts)];
}

function secret(secretText: string | Buffer, { alg, kid, encoding }: KeyFacts): Key {
  if (alg === undefined) throw usageError("this key is neither a PEM nor a JWK. If it is a secret, say --alg HS256");
  if (!isHmacAlg(alg)) throw usageError(`this key is neither a PEM nor a JWK, as ${alg} needs`);
  return secretKey(secretText, {
    alg,
    ...(kid === undefined ? {} : { kid }),
    ...(encoding === undefined ? {} : { encoding: encoding as SecretEncoding }),
  });
}

/** Each of these has a kind of key or a curve of its own. */
const IMPLIED: readonly AsymmetricAlg[] = [
  "ES256",
  "ES384",
  "ES512",
  "ES256K",
  "Ed25519",
  "Ed448",
  "ML-DSA-44",
  "ML-DSA-65",
  "ML-DSA-87",
];

function pem(text: string, { alg, kid, passphrase }: KeyFacts): Key {
  const options = { ...(kid === undefined ? {} : { kid }), ...(passphrase === undefined ? {} : { passphrase }) };
  if (alg !== undefined) {
    if (!isAsymmetricAlg(alg)) throw usageError(`${alg} takes a secret, and this is a PEM`);
    return importPem(text, { alg, ...options });
  }
  for (const implied of IMPLIED) {
    try {
      return importPem(text, { alg: implied, ...options });
    } catch (error) {
      if (!isTokenError(error)) throw error;
    }
  }
  // What is wrong with the text itself is said here too.
  importPem(text, { alg: "RS256", ...options });
  throw usageError("an RSA key can be for RS256, PS256 and others: say --alg");
}

function jwk(text: string, { alg, kid }: KeyFacts): readonly Key[] {
  const value = parse(text) as Jwk | Jwks;
  if (!("keys" in value)) {
    return [importJwk(value, { ...(alg === undefined ? {} : { alg }), ...(kid === undefined ? {} : { kid }) })];
  }
  const declared = Array.isArray(value.keys) ? value.keys.map((member: Jwk) => member?.alg).filter(isAlg) : [];
  const [first, ...others] = alg === undefined ? [...new Set(declared)] : [alg];
  if (first === undefined) throw usageError("the keys of this JWK Set name no algorithm: say --alg");
  return importJwks(value as Jwks, { algs: [first, ...others] });
}

function parse(text: string): object {
  try {
    return JSON.parse(text) as object;
  } catch {
    // The parser's own message quotes the text, and the text is somebody's key.
    throw usageError("the key looks like a JWK, but is not valid JSON");
  }
}
