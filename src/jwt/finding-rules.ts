/** What is worth saying about a token: one rule, one row. RFC 8725, RFC 7515 §10. */
import { isAlg } from "../jwa/alg-names.ts";
import { DEFAULT_LIMITS } from "../jws/limits.ts";
import type { Examined, Finding, Members } from "./finding.ts";
import { span } from "./time-span.ts";
import { REFRESH_TOKEN_SHAPE, type TokenKind } from "./token-kind.ts";

/** A rule looks at one thing and answers its message where it applies. */
type Rule<T> = readonly [code: string, severity: Finding["severity"], look: (seen: T) => string | false | undefined];

interface HeaderSeen {
  readonly header: Members;
}

interface ClaimsSeen {
  readonly claims: Members;
  readonly now: number;
}

const DAY = 86_400;
/** NumericDate is in seconds; 10^11 of them are in the year 5138. */
const SURELY_MILLISECONDS = 1e11;

const TEXT_RULES: readonly Rule<Examined>[] = [
  ["not-text", "danger", ({ given }) => typeof given !== "string" && `this is ${typeof given}, not text`],
  [
    "empty",
    "danger",
    ({ given, text }) => typeof given === "string" && text === "" && "there is nothing here, or over 1 MiB",
  ],
  [
    "pem",
    "danger",
    ({ given }) =>
      typeof given === "string" && given.includes("-----BEGIN") && "this is a PEM key or certificate, not a token",
  ],
  [
    "unwrapped",
    "info",
    ({ given, text }) =>
      typeof given === "string" &&
      text !== "" &&
      given !== text &&
      "white space, quotes or a Bearer prefix were left out",
  ],
  [
    "not-a-token",
    "danger",
    ({ kind, text }) =>
      kind === "not-a-token" && text !== "" && "a signed token is three base64url texts with dots between",
  ],
  ["jwe", "info", ({ kind }) => kind === "jwe" && "this is an encrypted token (JWE): only its header can be read"],
  [
    "refresh-token",
    "warning",
    ({ kind }) =>
      kind === "refresh-token" &&
      `this is a refresh token (${REFRESH_TOKEN_SHAPE.prefix}…): whoever holds it holds the session, so end that session if it was shown`,
  ],
  [
    "too-large",
    "warning",
    ({ text }) =>
      text.length > DEFAULT_LIMITS.maxBytes &&
      `${text.length} bytes: verifiers refuse over ${DEFAULT_LIMITS.maxBytes} by default`,
  ],
  [
    "large",
    "info",
    ({ text }) =>
      text.length > 4096 && text.length <= DEFAULT_LIMITS.maxBytes && `${text.length} bytes do not fit in a cookie`,
  ],
  [
    "not-base64url",
    "danger",
    ({ kind, segments }) => {
      const bad = segments.filter(({ bytes }) => bytes === undefined).map(({ name }) => name);
      return kind !== "not-a-token" && bad.length > 0 && `not canonical base64url: ${bad.join(", ")}`;
    },
  ],
  ["header-not-json", "danger", ({ kind, header }) => isJose(kind) && !header && "the header is not a JSON object"],
  ["payload-not-json", "danger", ({ kind, claims }) => kind === "jws" && !claims && "the payload is not a JSON object"],
  [
    "no-signature",
    "danger",
    ({ kind, segments }) => kind === "jws" && segments[2]?.text === "" && "there is no signature: anyone wrote this",
  ],
];

const HEADER_RULES: readonly Rule<HeaderSeen>[] = [
  ["alg-none", "danger", ({ header }) => isNone(header.alg) && 'alg is "none": nothing is signed (RFC 8725 §3.1)'],
  ["no-alg", "danger", ({ header }) => typeof header.alg !== "string" && "the header has no alg"],
  [
    "alg-unknown",
    "warning",
    ({ header }) =>
      typeof header.alg === "string" &&
      !isNone(header.alg) &&
      header.enc === undefined &&
      !isAlg(header.alg) &&
      "alg is not one that this package knows",
  ],
  [
    "key-in-header",
    "warning",
    ({ header }) => {
      const names = ["jwk", "jku", "x5u", "x5c"].filter((name) => name in header);
      return names.length > 0 && `the header brings its own key (${names.join(", ")}): verifiers here never read it`;
    },
  ],
  [
    "kid-url",
    "warning",
    ({ header }) =>
      typeof header.kid === "string" &&
      /[/\\:?'";|]|\.\./.test(header.kid) &&
      "kid looks like a URL, a path or a query: here it only ever indexes a map",
  ],
  ["crit", "info", ({ header }) => "crit" in header && "critical extensions: a verifier needs a handler for each"],
  ["b64", "warning", ({ header }) => "b64" in header && "b64 has no place in a JWT (RFC 7797 §7)"],
  ["no-typ", "info", ({ header }) => !("typ" in header) && "no typ: nothing tells this kind of token from another"],
];

const CLAIMS_RULES: readonly Rule<ClaimsSeen>[] = [
  ["no-exp", "warning", ({ claims }) => claims.exp === undefined && "no exp: it never expires"],
  ["no-iss", "info", ({ claims }) => claims.iss === undefined && "no iss: who issued it is not said"],
  ["no-aud", "info", ({ claims }) => claims.aud === undefined && "no aud: any service may take it for its own"],
  [
    "time-not-a-number",
    "danger",
    ({ claims }) => {
      const bad = TIMES.filter((name) => claims[name] !== undefined && !Number.isFinite(claims[name]));
      return bad.length > 0 && `not a number: ${bad.join(", ")}`;
    },
  ],
  [
    "milliseconds",
    "danger",
    ({ claims }) => {
      const bad = TIMES.filter((name) => isTime(claims[name]) && claims[name] > SURELY_MILLISECONDS);
      return bad.length > 0 && `in milliseconds, it seems, where seconds are meant: ${bad.join(", ")}`;
    },
  ],
  [
    "expired",
    "info",
    ({ claims, now }) => isTime(claims.exp) && claims.exp <= now && `it expired ${span(now - claims.exp)} ago`,
  ],
  [
    "not-yet-valid",
    "info",
    ({ claims, now }) => isTime(claims.nbf) && claims.nbf > now && `valid only in ${span(claims.nbf - now)}`,
  ],
  [
    "issued-in-future",
    "warning",
    ({ claims, now }) => isTime(claims.iat) && claims.iat > now && `issued ${span(claims.iat - now)} in the future`,
  ],
  [
    "long-life",
    "warning",
    ({ claims, now }) => {
      const { exp, iat } = claims as { readonly exp: unknown; readonly iat: unknown };
      if (!isTime(exp) || exp <= now || exp > SURELY_MILLISECONDS) return false;
      const life = exp - (isTime(iat) ? iat : now);
      return life > DAY && `it lives ${span(life)}: whoever steals it has access for as long`;
    },
  ],
  [
    "secret-claim",
    "warning",
    ({ claims }) => {
      const names = Object.keys(claims).filter((name) => /passw|secret|ssn|credit.?card|api.?key|iban/i.test(name));
      return names.length > 0 && `a payload is not encrypted, everybody can read it: ${names.join(", ")}`;
    },
  ],
];

const TIMES = ["exp", "nbf", "iat"] as const;

/** Everything odd about a token, in the order of its parts. */
export function findingsOf(examined: Examined): readonly Finding[] {
  const { header, claims, now } = examined;
  return [
    ...apply(TEXT_RULES, examined),
    ...(header === undefined ? [] : apply(HEADER_RULES, { header })),
    ...(claims === undefined ? [] : apply(CLAIMS_RULES, { claims, now })),
  ];
}

function apply<T>(rules: readonly Rule<T>[], seen: T): Finding[] {
  const findings: Finding[] = [];
  for (const [code, severity, look] of rules) {
    const message = look(seen);
    if (typeof message === "string") findings.push({ code, severity, message });
  }
  return findings;
}

function isJose(kind: TokenKind): boolean {
  return kind === "jws" || kind === "jwe";
}

/** CVE-2015-9235: readers that compare without case take "nOnE" for it too. */
function isNone(alg: unknown): boolean {
  return typeof alg === "string" && alg.toLowerCase() === "none";
}

function isTime(value: unknown): value is number {
  return Number.isFinite(value);
}
