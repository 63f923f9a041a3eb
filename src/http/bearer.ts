/** The bearer guard, before any framework: a request's access token, found, verified and judged. RFC 6750. */
import { tokenError } from "../errors.ts";
import type { Verified } from "../jwt/verified.ts";
import type { AsyncVerifier } from "../jwt/verifier.ts";
import { checkDefined, checkFunction, checkNames, configError, flagOption, textOption } from "../options.ts";
import type { Scheme } from "./answers.ts";
import { answering, type Check } from "./check.ts";
import { cookieValues, readCookieName } from "./cookies.ts";
import { dpopContext } from "./dpop-context.ts";
import { type DpopOptions, type DpopPolicy, readDpop } from "./dpop-options.ts";
import { checkProof } from "./dpop-proof.ts";
import type { HttpRequest } from "./exchange.ts";
import { checkOrigin, readOrigins } from "./origin.ts";
import { checkScope, readScope } from "./scope.ts";

export interface GuardOptions<C> {
  /**
   * What the token's `scope` (text) or `scp` (list or text) must hold: all of these, else 403. As text: separated by
   * spaces. A verifier's schema must let the claim through.
   */
  readonly scope?: string | readonly string[];
  /** Whether these claims may enter; false is 403. Must answer at once, with true or false: a promise is CONFIG. */
  readonly allow?: (claims: C) => boolean;
  /**
   * Answers 503 wherever the verifier's revocation list is older than its bound, though an outage would otherwise be lived
   * through. Needs a verifier with `revocations`.
   */
  readonly requireFresh?: boolean;
  /**
   * The name of a cookie that may hold the access token where there is no `Authorization: Bearer`. The header wins: it was
   * meant, and the cookie is sent by itself. Default: the header only.
   */
  readonly cookie?: string;
  /** With `cookie`: origins whose pages may send anything but GET, HEAD and OPTIONS with it. Default: none. */
  readonly origins?: readonly string[];
  /** The `realm` of the challenge: printable ASCII without quote and backslash. Default "api". */
  readonly realm?: string;
  /**
   * Takes tokens that are bound to a key, as `Authorization: DPoP` with a proof of that key. Default: such tokens are
   * refused. RFC 9449.
   */
  readonly dpop?: DpopOptions;
}

const NAMES = ["scope", "allow", "requireFresh", "cookie", "origins", "realm", "dpop"] as const;
const WHERE = "guard";
const REALM = /^[ !#-[\]-~]+$/;

/**
 * Checks requests with one verifier. What is not a TokenError, and what is the programmer's mistake, is thrown on.
 * @throws CONFIG for what is no verifier, and for an option that is unknown, undefined or malformed
 */
export function bearerCheck<C>(verifier: AsyncVerifier<C>, options: GuardOptions<C> = {}): Check<Verified<C>> {
  if (typeof verifier?.verifyAsync !== "function") throw configError(WHERE, "the first argument must be a verifier");
  checkNames(WHERE, options, NAMES);
  checkDefined(WHERE, options, NAMES);
  const { allow } = options;
  if (allow !== undefined) checkFunction(WHERE, "allow", allow);
  const scope = options.scope === undefined ? [] : readScope(WHERE, options.scope);
  const asked = flagOption(WHERE, "requireFresh", options.requireFresh) ? { requireFresh: true } : undefined;
  const cookie = readCookieOption(options);
  const realm = textOption(WHERE, "realm", options.realm ?? "api");
  if (!REALM.test(realm))
    throw configError(WHERE, 'option "realm" must be printable ASCII, without quote and backslash');

  const dpop = options.dpop === undefined ? undefined : readDpop(`${WHERE}: dpop`, options.dpop);

  const judge = (auth: Verified<C>): Verified<C> => {
    checkScope(auth.claims as object, scope);
    if (allow !== undefined) checkAllowed(allow(auth.claims));
    return auth;
  };
  // No promise is made but the verifier's where nothing else has to wait: each is paid for at every request.
  const authenticate = (request: HttpRequest): Promise<Verified<C>> => {
    const credential = headerCredential(request, dpop !== undefined) ?? (cookie && cookieToken(request, cookie));
    if (credential === undefined) throw tokenError("TOKEN_MISSING", "the request carries no access token");
    if (dpop !== undefined) return verifyCredential(verifier, request, credential, dpop, asked).then(judge);
    const auth = verifier.verifyAsync(credential.token, asked);
    return scope.length === 0 && allow === undefined ? auth : auth.then(judge);
  };

  return answering(authenticate, (request) => ({ realm, dpop: dpop && dpopContext(request, dpop) }));
}

interface Credential {
  readonly scheme: Scheme;
  readonly token: string;
}

/** RFC 6750 §2.1 and RFC 9449 §7.1, with the scheme in any case: RFC 9110 §11.1. */
const CREDENTIALS = /^[a-z]+ +([A-Za-z0-9\-._~+/]+=*) *$/i;
const SCHEME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+/;
/** Characters, far above any verifier's limit; servers stop at about 16 KiB by default. */
const MOST_CHARACTERS = 65_536;

/** The credential of the Authorization header; undefined where there is none, or one of another scheme. */
function headerCredential(request: HttpRequest, takesProofs: boolean): Credential | undefined {
  const [value, ...more] = request.values("authorization");
  if (value === undefined) return undefined;
  if (more.length > 0) throw tokenError("REQUEST_INVALID", "the request has more than one Authorization header");
  const name = SCHEME.exec(value)?.[0].toLowerCase();
  const scheme = name === "dpop" && takesProofs ? "DPoP" : "Bearer";
  if (name !== undefined && name !== scheme.toLowerCase()) return undefined;
  if (value.length > MOST_CHARACTERS) throw tokenError("REQUEST_INVALID", "the Authorization header is too long");
  const token = CREDENTIALS.exec(value)?.[1];
  if (token === undefined)
    throw tokenError("REQUEST_INVALID", `the Authorization header must be \`${scheme} <token>\``);
  return { scheme, token };
}

/** A bound token is good with its proof alone, and never as a plain bearer: RFC 9449 §7.1, §7.2. */
async function verifyCredential<C>(
  verifier: AsyncVerifier<C>,
  request: HttpRequest,
  { scheme, token }: Credential,
  dpop: DpopPolicy,
  asked: { readonly requireFresh: boolean } | undefined,
): Promise<Verified<C>> {
  if (scheme === "Bearer") {
    const auth = await verifier.verifyAsync(token, asked);
    if (dpop.required) throw tokenError("PROOF_REQUIRED", "the token is bound to no key, which this route asks for");
    return auth;
  }
  const proof = await checkProof(request, dpop, token);
  if (proof === undefined) throw tokenError("PROOF_INVALID", "the request has no DPoP header");
  const auth = await verifier.verifyAsync(token, { ...asked, provenKey: proof.jkt });
  // Last, so that a refused token uses up no proof.
  await proof.use();
  return auth;
}

interface TokenCookie {
  readonly name: string;
  readonly origins: ReadonlySet<string>;
}

/** RFC 9110 §9.2.1: methods that change nothing, which other sites may make a browser send. */
const SAFE_METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);

function cookieToken(request: HttpRequest, { name, origins }: TokenCookie): Credential | undefined {
  const [token, ...more] = cookieValues(request, name);
  if (token === undefined) return undefined;
  // A WebSocket begins with a GET and changes what it likes afterwards. A proxy that asks leaves Upgrade out: RFC 9110 §7.6.1.
  const upgrades =
    request.values("upgrade").some((value) => /websocket/i.test(value)) ||
    request.values("sec-websocket-key").length > 0;
  if (upgrades || !SAFE_METHODS.has(request.method)) checkOrigin(request, origins);
  if (more.length > 0) throw tokenError("REQUEST_INVALID", "the request has several access tokens in cookies");
  return { scheme: "Bearer", token };
}

function readCookieOption<C>({ cookie, origins }: GuardOptions<C>): TokenCookie | undefined {
  if (cookie === undefined) {
    if (origins !== undefined) throw configError(WHERE, 'option "origins" goes with "cookie" only');
    return undefined;
  }
  const name = readCookieName(WHERE, "cookie", cookie);
  return { name, origins: origins === undefined ? new Set() : readOrigins(WHERE, origins) };
}

function checkAllowed(allowed: unknown): void {
  // A promise is truthy: taken for a yes it would let everybody in.
  if (typeof allowed !== "boolean") throw configError(WHERE, "`allow` must answer true or false, at once");
  if (!allowed) throw tokenError("SCOPE", "`allow` refused the claims");
}
