/** Every reason for which this package may refuse a token that jose takes. A refusal without one of them is a bug. */
import { jsonFacts } from "./json-facts.ts";

export interface Difference {
  readonly name: string;
  readonly code: string;
  /** Judged from the token's text alone, by other code than the package's. */
  readonly applies: (token: Opened) => boolean;
}

/** A token that jose accepted, so every part of it can be read. */
export interface Opened {
  readonly text: string;
  readonly segments: readonly string[];
  readonly header: Record<string, unknown>;
  readonly payload: Record<string, unknown>;
  readonly documents: readonly string[];
  readonly now: number;
}

export function openedToken(text: string, now: number): Opened {
  const segments = text.split(".");
  const documents = segments.slice(0, 2).map((segment) => Buffer.from(segment, "base64url").toString());
  const [header, payload] = documents.map((document) => JSON.parse(document.replace(/^\ufeff/, "")) as object);
  return { text, segments, documents, now, header: { ...header }, payload: { ...payload } };
}

const facts = ({ documents }: Opened): ReturnType<typeof jsonFacts>[] =>
  documents.map((document) => jsonFacts(document.replace(/^\ufeff/, "")));
const crit = (header: Opened["header"]): readonly unknown[] => (Array.isArray(header.crit) ? header.crit : []);
const isText = (value: unknown): boolean => value === undefined || typeof value === "string";
const malformed = (name: string, applies: Difference["applies"]): Difference => ({ name, code: "MALFORMED", applies });
const invalid = (name: string, applies: Difference["applies"]): Difference => ({
  name,
  code: "CLAIM_INVALID",
  applies,
});

export const LISTED: readonly Difference[] = [
  malformed("another spelling of base64url", ({ segments }) =>
    segments.some((segment) => Buffer.from(segment, "base64url").toString("base64url") !== segment),
  ),
  malformed("a byte order mark", ({ documents }) => documents.some((document) => document.startsWith("\ufeff"))),
  malformed("a member twice", (token) => facts(token).some(({ twice }) => twice)),
  malformed("a member named __proto__", (token) => facts(token).some(({ proto }) => proto)),
  malformed("a lone surrogate", (token) => facts(token).some(({ surrogate }) => surrogate)),
  malformed("a number beyond a double", (token) => facts(token).some(({ infinite }) => infinite)),
  malformed("more than 128 levels", (token) => facts(token).some(({ depth }) => depth > 128)),
  malformed("typ, cty or kid that is no text", ({ header: { typ, cty, kid } }) => ![typ, cty, kid].every(isText)),
  malformed("a kid of more than 256 characters", ({ header }) => String(header.kid ?? "").length > 256),
  {
    name: "crit repeats a name",
    code: "CRIT",
    applies: ({ header }) => new Set(crit(header)).size !== crit(header).length,
  },
  {
    name: "crit names b64, which has no place in a JWT",
    code: "CRIT",
    applies: ({ header }) => crit(header).includes("b64"),
  },
  { name: "more than 8 KiB", code: "TOO_LARGE", applies: ({ text }) => text.length > 8192 },
  invalid("iss, sub or jti that is no text", ({ payload: { iss, sub, jti } }) => ![iss, sub, jti].every(isText)),
  invalid("aud that is neither text nor an array of text", ({ payload: { aud } }) => {
    return !(isText(aud) || (Array.isArray(aud) && aud.every((one) => typeof one === "string")));
  }),
  { name: "an audience, asked by nobody", code: "AUDIENCE", applies: ({ payload }) => Object.hasOwn(payload, "aud") },
  { name: "issued in the future", code: "NOT_YET_VALID", applies: ({ payload, now }) => Number(payload.iat) > now + 5 },
  { name: "bound to a key", code: "PROOF_REQUIRED", applies: ({ payload }) => Object.hasOwn(payload, "cnf") },
];
