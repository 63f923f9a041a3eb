/** `rejwt jwks`: the public halves of some keys, as the JWK Set that verifiers fetch. RFC 7517 §5. */
import { isHmacAlg } from "../jwa/algorithms.ts";
import { exportJwk } from "../jwk/jwk.ts";
import type { Arguments } from "./arguments.ts";
import type { Command } from "./command.ts";
import { EXIT, type ExitCode, usageError } from "./exit.ts";
import { algOption, keysOf, readKeyFile } from "./key-input.ts";
import type { Terminal } from "./terminal.ts";

export const jwksCommand: Command = {
  name: "jwks",
  summary: "print the public keys of some key files as a JWK Set",
  options: { alg: "text" },
  help: `rejwt jwks FILE… [--alg ALG]

Prints a JWK Set with the public halves of the keys in the files: PEM or JWK, public or private. A secret is refused.

  --alg ALG   the algorithm of the keys, where they are RSA keys in PEM

Exit code: 0, or 2 where it was called wrongly.

  rejwt jwks auth.pem next.pem > jwks.json`,
  async run(args: Arguments, terminal: Terminal): Promise<ExitCode> {
    if (args.words.length === 0) throw usageError("which keys? Name their files: rejwt jwks auth.pem");
    const alg = algOption(args.text("alg"));
    const files = await Promise.all(args.words.map(readKeyFile));
    const facts = { alg, kid: undefined, encoding: undefined, passphrase: undefined };
    const keys = files.flatMap((bytes) => keysOf(bytes, facts));
    if (keys.some((key) => isHmacAlg(key.alg))) {
      throw usageError("a JWK Set is public, and one of these is a secret: nobody but its holders may have it");
    }
    const jwks = keys.map((key) => exportJwk(key));
    if (new Set(jwks.map(({ kid }) => kid)).size < jwks.length) throw usageError("two of these keys have one kid");
    terminal.out(JSON.stringify({ keys: jwks }, null, 2));
    return EXIT.ok;
  },
};
