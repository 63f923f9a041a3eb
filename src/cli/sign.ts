/** `rejwt sign`: a token with the claims that are said. */
import type { JsonObject } from "../encoding/json.ts";
import { createSigner } from "../jwt/signer.ts";
import type { Duration } from "../time.ts";
import type { Arguments } from "./arguments.ts";
import type { Command } from "./command.ts";
import { EXIT, type ExitCode, usageError } from "./exit.ts";
import { readText } from "./input.ts";
import { KEY_HELP, KEY_OPTIONS, readKey } from "./key-input.ts";
import { audienceOption, durationText, issuerOption, kindOptions, PARTY_OPTIONS } from "./policy-options.ts";
import type { Terminal } from "./terminal.ts";

export const signCommand: Command = {
  name: "sign",
  summary: "make a token",
  options: {
    ...KEY_OPTIONS,
    ...PARTY_OPTIONS,
    file: "text",
    subject: "text",
    "expires-in": "text",
    "no-expiry": "flag",
    "not-before": "text",
    typ: "text",
    profile: "text",
  },
  help: `rejwt sign [CLAIMS | -] [--file FILE] (--key FILE | --key-env NAME) [--alg ALG]
           (--issuer ISSUER | --no-issuer) (--audience AUDIENCE… | --no-audience)
           (--expires-in DURATION | --no-expiry) [more options]

Makes a token as createSigner does, and prints it. CLAIMS is a JSON object: an argument, the file of --file, or "-" for
stdin; without it the claims are those of the options.

${KEY_HELP}
  --issuer ISSUER        becomes iss
  --audience AUDIENCE    becomes aud; may be given again
  --subject SUBJECT      becomes sub
  --expires-in DURATION  from now to exp: 45s, 15m, 12h, 14d
  --not-before DURATION  from now to nbf
  --typ TYP              the header's typ; default JWT
  --profile at+jwt       an access token of RFC 9068

Exit code: 0, or 2 where it was called wrongly.

  rejwt sign '{"role":"admin"}' --subject user_42 --key auth.pem \\
    --issuer https://auth.example --audience orders --expires-in 15m`,
  async run(args: Arguments, terminal: Terminal): Promise<ExitCode> {
    // First, so that a secret in the wrong place is the first thing that is said.
    const key = await readKey(args, terminal);
    const expiresIn = expiryOption(args);
    const [audience, ...more] = audienceOption(args) || [];
    const notBefore = args.text("not-before");
    const signer = createSigner({
      key,
      issuer: issuerOption(args),
      // One is written as text, several as a list: RFC 7519 §4.1.3.
      audience: audience === undefined ? false : more.length === 0 ? audience : [audience, ...more],
      expiresIn,
      ...kindOptions(args),
      ...(notBefore === undefined ? {} : { notBefore: durationText("not-before", notBefore) }),
    });
    const subject = args.text("subject");
    const claims = { ...(await readClaims(args, terminal)), ...(subject === undefined ? {} : { sub: subject }) };
    terminal.out(await signer.signAsync(claims));
    return EXIT.ok;
  },
};

function expiryOption(args: Arguments): Duration | false {
  const text = args.text("expires-in");
  if (text === undefined && args.flag("no-expiry")) return false;
  if (text === undefined || args.flag("no-expiry")) throw usageError("say --expires-in DURATION, or --no-expiry");
  return durationText("expires-in", text);
}

async function readClaims(args: Arguments, terminal: Terminal): Promise<JsonObject> {
  const file = args.text("file");
  if (args.words.length === 0 && file === undefined) return {};
  const text = await readText(args.words, file, "the JSON of the claims", terminal);
  let claims: unknown;
  try {
    claims = JSON.parse(text);
  } catch {
    throw usageError(`the claims are not JSON. In most shells: '{"role":"admin"}', in single quotes`);
  }
  if (typeof claims !== "object" || claims === null || Array.isArray(claims)) {
    throw usageError('the claims must be a JSON object, like {"role":"admin"}');
  }
  return claims as JsonObject;
}
