/** Refresh and logout by cookie, before any framework: RFC 6749 §6 for browsers, whose scripts never see the token. */
import { isTokenError, tokenError } from "../errors.ts";
import { checkDefined, checkFunction, checkNames, configError } from "../options.ts";
import type { Sessions, Tokens } from "../session/types.ts";
import { type Answer, loggedOutAnswer, methodAnswer, refusalAnswer, tokensAnswer } from "./answers.ts";
import { readAttempt } from "./attempt-fields.ts";
import { type CookieOptions, type RefreshCookie, refreshCookie } from "./cookies.ts";
import { dpopContext } from "./dpop-context.ts";
import { type DpopOptions, readDpop } from "./dpop-options.ts";
import { checkProof } from "./dpop-proof.ts";
import type { HttpRequest } from "./exchange.ts";
import { checkOrigin } from "./origin.ts";

/** What the edge asks of sessions. */
export type RefreshableSessions = Pick<Sessions, "refresh" | "endByToken">;

export interface SessionRoutesOptions {
  /** How browsers keep the refresh token. */
  readonly cookie: CookieOptions;
  /** For sessions that are bound to a key (`binding.jkt` of `start`): a refresh brings a proof of it, as `DPoP`. RFC 9449. */
  readonly dpop?: DpopOptions;
}

export interface SessionAnswers {
  /** @throws CONFIG for what are no tokens, such as a promise of them */
  issue(tokens: Tokens): Answer;
  refresh(request: HttpRequest): Promise<Answer>;
  logout(request: HttpRequest): Promise<Answer>;
}

const REALM = "session";

/** @throws CONFIG for what are no sessions, and for an option that is unknown, missing, undefined or malformed */
export function sessionAnswers(
  where: string,
  sessions: RefreshableSessions,
  options: SessionRoutesOptions,
): SessionAnswers {
  checkNames(where, options, ["cookie", "dpop"]);
  checkDefined(where, options, ["dpop"]);
  const dpop = options.dpop === undefined ? undefined : readDpop(`${where}: dpop`, options.dpop);
  checkFunction(where, "sessions.refresh", sessions?.refresh);
  checkFunction(where, "sessions.endByToken", sessions?.endByToken);
  const cookie = refreshCookie(`${where}: cookie`, options.cookie);

  const issue = (tokens: Tokens): Answer => {
    if (typeof tokens?.refreshToken !== "string") {
      throw configError(where, "`issue` needs the tokens of a session: await sessions.start(…)");
    }
    return tokensAnswer(tokens, cookie.set(tokens.refreshToken, tokens.refreshExpiresIn));
  };

  const answered = async (request: HttpRequest, answer: () => Promise<Answer>): Promise<Answer> => {
    if (request.method !== "POST") return methodAnswer("POST");
    try {
      // First of all: another site must learn nothing, not even whether there is a cookie.
      checkOrigin(request, cookie.origins);
      return await answer();
    } catch (error) {
      if (!isTokenError(error)) throw error;
      return refusalAnswer(error, {
        realm: REALM,
        clearedCookie: cookie.cleared,
        dpop: dpop && dpopContext(request, dpop),
      });
    }
  };

  return Object.freeze<SessionAnswers>({
    issue,
    refresh: (request) =>
      answered(request, async () => {
        const attempt = readAttempt(request);
        const token = oneToken(request, cookie);
        const proof = dpop && (await checkProof(request, dpop));
        await proof?.use();
        const binding = proof && { binding: { jkt: proof.jkt } };
        return issue(await sessions.refresh(token, { ...(attempt && { attempt }), ...binding }));
      }),
    logout: (request) =>
      answered(request, async () => {
        // Each of them, where there are several: ending a session harms nobody who asked for it.
        for (const token of cookie.read(request)) await sessions.endByToken(token);
        return loggedOutAnswer(cookie.cleared);
      }),
  });
}

/**
 * The refresh token to present. Of two tokens one is old, and presenting that would look like theft and end its session,
 * so neither is.
 */
function oneToken(request: HttpRequest, cookie: RefreshCookie): string {
  const [token, ...more] = cookie.read(request);
  if (token === undefined) throw tokenError("TOKEN_MISSING", "the request has no refresh cookie");
  if (more.length > 0) throw tokenError("REQUEST_INVALID", "the request has several refresh cookies");
  return token;
}
