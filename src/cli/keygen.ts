/** `rejwt keygen`: a new key, in files that are written once. */
import { extname } from "node:path";
import { isHmacAlg } from "../jwa/algorithms.ts";
import { type GenerateKeyOptions, generateKey } from "../jwk/generate.ts";
import { exportJwk } from "../jwk/jwk.ts";
import type { Key } from "../jwk/key.ts";
import { keyText, saveKey, thumbprintOf } from "../jwk/key-file.ts";
import type { Arguments } from "./arguments.ts";
import type { Command } from "./command.ts";
import { EXIT, type ExitCode, usageError } from "./exit.ts";
import { algOption, environmentText } from "./key-input.ts";
import type { Terminal } from "./terminal.ts";

export const keygenCommand: Command = {
  name: "keygen",
  summary: "make a key or a secret",
  options: {
    out: "text",
    stdout: "flag",
    format: "text",
    kid: "text",
    bits: "text",
    "passphrase-env": "text",
  },
  help: `rejwt keygen ALG (--out FILE | --stdout) [--format pem|jwk|text] [more options]

Makes a key for ALG: ES256, Ed25519, RS256, PS256, HS256 and so on. A private key's file is for its owner alone (0600),
and no file is ever overwritten. With --out auth.pem the public half goes into auth.pub.pem.

  --out FILE             write it there
  --stdout               print it: the private key, or the secret
  --format FORMAT        pem (default for key pairs), jwk (default for secrets), or text: a secret alone, ready for an
                         environment variable that is read with secretKey(process.env.…)
  --kid KID              the key's id; default: the RFC 7638 thumbprint, none for a secret
  --bits N               RSA: 2048, 3072 (default) or 4096
  --passphrase-env NAME  encrypt the PEM with the passphrase in that environment variable

Exit code: 0, or 2 where it was called wrongly.

  rejwt keygen ES256 --out auth.pem
  export JWT_SECRET=$(rejwt keygen HS256 --stdout --format text)`,
  async run(args: Arguments, terminal: Terminal): Promise<ExitCode> {
    const [word, ...more] = args.words;
    const alg = algOption(word);
    if (alg === undefined || more.length > 0) throw usageError("name one algorithm: rejwt keygen ES256 --out auth.pem");
    const out = args.text("out");
    if ((out === undefined) !== args.flag("stdout")) throw usageError("say --out FILE, or --stdout to print the key");
    const isSecret = isHmacAlg(alg);
    const form = formOf(args, isSecret);
    const passphrase = passphraseOf(args, terminal);
    const key = await generateKey(alg, generateOptions(args));

    const text =
      form === "text"
        ? `${exportJwk(key, { private: true }).k}\n`
        : keyText(key, { format: form, private: true, ...passphrase });
    if (out === undefined) terminal.out(text.trimEnd());
    else if (form === "text") throw usageError("--format text goes with --stdout");
    else {
      await saveKey(out, key, { format: form, private: true, ...passphrase });
      terminal.note(`${isSecret ? "secret" : "private key"}  ${out}  (for its owner alone)`);
      if (!isSecret) await savePublic(out, key, form, terminal);
    }
    // With --kid the key has a name of its own; its thumbprint is the same key's everywhere.
    const thumbprint = thumbprintOf(key);
    if (thumbprint !== undefined) terminal.note(`thumbprint   ${thumbprint}  (the kid, unless another is declared)`);
    return EXIT.ok;
  },
};

async function savePublic(path: string, key: Key, format: "pem" | "jwk", terminal: Terminal): Promise<void> {
  const extension = extname(path);
  const publicPath = `${path.slice(0, path.length - extension.length)}.pub${extension}`;
  await saveKey(publicPath, key, { format });
  terminal.note(`public key   ${publicPath}`);
}

function formOf(args: Arguments, isSecret: boolean): "pem" | "jwk" | "text" {
  const format = args.text("format") ?? (isSecret ? "jwk" : "pem");
  if (format !== "pem" && format !== "jwk" && format !== "text") throw usageError("--format must be pem, jwk or text");
  if (isSecret && format === "pem") throw usageError("a secret has no PEM form: use --format jwk or text");
  if (!isSecret && format === "text") throw usageError("--format text is for secrets: use pem or jwk");
  return format;
}

function passphraseOf(args: Arguments, terminal: Terminal): { readonly passphrase?: string } {
  const name = args.text("passphrase-env");
  return name === undefined ? {} : { passphrase: environmentText("--passphrase-env", name, terminal) };
}

function generateOptions(args: Arguments): GenerateKeyOptions {
  const kid = args.text("kid");
  const bits = args.text("bits");
  const modulusLength = [2048, 3072, 4096].find((length) => String(length) === bits) as 2048 | 3072 | 4096 | undefined;
  if (bits !== undefined && modulusLength === undefined) throw usageError("--bits must be 2048, 3072 or 4096");
  return {
    ...(kid === undefined ? {} : { kid }),
    ...(modulusLength === undefined ? {} : { modulusLength }),
  };
}
