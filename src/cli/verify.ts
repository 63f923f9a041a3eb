/** `rejwt verify`: whether a token holds, for a key and a policy that are said. */
import { inspect } from "../jwt/inspect.ts";
import { unwrap } from "../jwt/unwrap.ts";
import { createVerifier } from "../jwt/verifier.ts";
import type { Arguments } from "./arguments.ts";
import type { Command } from "./command.ts";
import { EXIT, type ExitCode, refusedInput } from "./exit.ts";
import { readToken, TOKEN_HELP, TOKEN_OPTIONS } from "./input.ts";
import { KEY_HELP, KEY_OPTIONS, readKeys } from "./key-input.ts";
import { audienceOption, durationText, issuerOption, kindOptions, PARTY_OPTIONS } from "./policy-options.ts";
import type { Terminal } from "./terminal.ts";
import { clockAt } from "./time-text.ts";
import { visible, visibleJson } from "./visible.ts";
import { whyNotAToken } from "./why-not-a-token.ts";

export const verifyCommand: Command = {
  name: "verify",
  summary: "check a token's signature, issuer, audience and times",
  options: {
    ...TOKEN_OPTIONS,
    ...KEY_OPTIONS,
    ...PARTY_OPTIONS,
    typ: "text",
    profile: "text",
    skew: "text",
    "max-age": "text",
    subject: "text",
    json: "flag",
    at: "text",
  },
  help: `rejwt verify [TOKEN | -] [--file FILE] (--key FILE | --jwks FILE | --key-env NAME) [--alg ALG]
             (--issuer ISSUER | --no-issuer) (--audience AUDIENCE… | --no-audience) [more options]

Checks a token as createVerifier does, and prints its claims where everything holds. The algorithm is the key's, never the
token's. Nothing is fetched: a JWK Set is a file too.

${TOKEN_HELP}

${KEY_HELP}
  --issuer ISSUER        who must have issued it, to the letter; --no-issuer asks nothing
  --audience AUDIENCE    whom it must be for; may be given again. --no-audience: it must name nobody
  --typ TYP              the header's typ; default: absent or JWT
  --profile at+jwt       an access token of RFC 9068
  --subject SUBJECT      whose it must be
  --max-age DURATION     how old it may be, by iat
  --skew DURATION        how far the issuer's clock may differ; default 0
  --at DATE              verify as of then
  --json                 the result as JSON

Exit code: 0 where the token holds, 1 where it is refused (the code is in docs/errors.md), 2 where it was called wrongly.

  rejwt verify --file token.jwt --jwks jwks.json --issuer https://auth.example --audience orders
  pbpaste | rejwt verify --key-env JWT_SECRET --alg HS256 --no-issuer --no-audience`,
  async run(args: Arguments, terminal: Terminal): Promise<ExitCode> {
    const skew = args.text("skew");
    const maxAge = args.text("max-age");
    const subject = args.text("subject");
    const verifier = createVerifier({
      keys: await readKeys(args, terminal),
      issuer: issuerOption(args),
      audience: audienceOption(args),
      clock: clockAt(args.text("at")),
      ...kindOptions(args),
      ...(skew === undefined ? {} : { clockSkew: durationText("skew", skew) }),
      ...(maxAge === undefined ? {} : { maxAge: durationText("max-age", maxAge) }),
    });
    const text = await readToken(args, terminal);
    const report = inspect(text);
    if (report.kind === "not-a-token") throw refusedInput(whyNotAToken(report));

    const result = await verifier.safeVerifyAsync(unwrap(text), subject === undefined ? {} : { subject });
    if (result.ok) {
      const { header, claims, key } = result.value;
      if (args.flag("json")) terminal.out(visibleJson({ ok: true, header, claims, key }));
      else {
        terminal.note(terminal.paintNote("green", `verified with ${key.alg} key ${visible(key.kid ?? "without kid")}`));
        terminal.out(visibleJson(claims));
      }
      return EXIT.ok;
    }
    const { code, status, message, claim } = result.error;
    if (args.flag("json")) terminal.out(visibleJson({ ok: false, code, status, message, claim }));
    else {
      terminal.note(`${terminal.paintNote("red", `refused: ${code}`)}  ${visible(message)}`);
      terminal.note(`What to do: https://github.com/rejwt/rejwt/blob/main/docs/errors.md#${code.toLowerCase()}`);
    }
    return EXIT.refused;
  },
};
