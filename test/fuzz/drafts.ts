/** Tokens as an attacker drafts them: JSON text member by member, so that it can repeat, escape and misspell. */
import fc from "fast-check";
import type { Alg } from "../../src/index.ts";
import { NOON } from "../fixtures/tokens.ts";

/** A JSON object as text: raw names and raw values, and what stands around them. */
export interface Doc {
  readonly members: readonly (readonly [name: string, value: string])[];
  readonly before: string;
  readonly between: string;
  readonly after: string;
}

/** What is done to the finished token, one after another. */
export interface Edit {
  readonly what:
    | "pad"
    | "standard alphabet"
    | "white space"
    | "spare bits"
    | "cut"
    | "extend"
    | "flip"
    | "zero"
    | "double"
    | "drop"
    | "swap"
    | "prefix"
    | "suffix"
    | "odd character";
  /** 0 header, 1 payload, 2 signature. */
  readonly segment: number;
  readonly at: number;
}

export interface Draft {
  readonly alg: Alg;
  readonly header: Doc;
  readonly payload: Doc;
  /** Where false, the signature is that of another key. */
  readonly signed: boolean;
  readonly edits: readonly Edit[];
}

const text = (value: unknown): string => JSON.stringify(value);

/** Raw JSON values that readers have disagreed about. */
const oddValue: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    ...["null", "true", "[]", "{}", "0", "-0", "-1", "1e400", "-1e400", "1e21", "1.5", "12345678901234567890"],
    ...['""', '"\\ud800"', '"\\udc00\\ud800"', '"\\ud83d\\ude00"', '"\\u0000"', '"\\/"', '"__proto__"', '"a\u2028"'],
    ...['{"__proto__":{"admin":true}}', '{"a":1,"a":2}', '[{"a":{"b":[]}}]', '{"constructor":{"prototype":1}}'],
    ...["01", "+1", "1.", ".5", "NaN", "'a'", "undefined", "/**/1", '"\n"'],
    ...[`${"[".repeat(126)}${"]".repeat(126)}`, `${"[".repeat(129)}${"]".repeat(129)}`, "[".repeat(500)],
    text("x".repeat(300)),
    text("x".repeat(7000)),
  ),
  fc.jsonValue().map(text),
  fc.string({ unit: "binary" }).map(text),
);

const oddName: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom('"__proto__"', '"\\u005f_proto__"', '"constructor"', '"toString"', '""', '"\\ud800"', "a", "1"),
  fc.string({ unit: "grapheme", maxLength: 6 }).map(text),
);

const around: fc.Arbitrary<Pick<Doc, "before" | "between" | "after">> = fc.record({
  before: fc.oneof({ weight: 20, arbitrary: fc.constant("") }, fc.constantFrom(" ", "\n\t", "\ufeff", "\u00a0", "[")),
  between: fc.oneof({ weight: 20, arbitrary: fc.constant(",") }, fc.constantFrom(" , ", ",\r\n", ";", ",,")),
  after: fc.oneof({ weight: 20, arbitrary: fc.constant("") }, fc.constantFrom(" ", ",", "x", "\u0000", "{}")),
});

/** A member as honest issuers write it, or with an odd value. */
function member(name: string, ...honest: readonly unknown[]): fc.Arbitrary<readonly [string, string]> {
  const value = fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...honest.map(text)) }, oddValue);
  const spelling = fc.oneof(
    { weight: 9, arbitrary: fc.constant(text(name)) },
    fc.constant(`"\\u${name.charCodeAt(0).toString(16).padStart(4, "0")}${name.slice(1)}"`),
  );
  return fc.tuple(spelling, value);
}

const headerMember = fc.oneof(
  member("typ", "JWT", "jwt", "application/jwt", "at+jwt"),
  member("kid", "a", "../../etc/passwd", "' OR 1=1 --"),
  member("cty", "JWT"),
  member("crit", ["x"], ["b64"], ["alg"], [], ["x", "x"], ["exp"]),
  member("b64", true, false),
  member("x", 1),
  member("exp", NOON),
  member("jwk", { kty: "oct", k: "AAAA" }),
  member("jku", "http://127.0.0.1:1/jwks"),
  member("alg", "none", "HS256", "RS256", "hs256", "ES256"),
  fc.tuple(oddName, oddValue),
);

const payloadMember = fc.oneof(
  member("exp", NOON + 900, NOON + 1, NOON, NOON - 1, NOON + 0.5, String(NOON + 900)),
  member("nbf", NOON - 900, NOON, NOON + 1, NOON - 0.5),
  member("iat", NOON, NOON - 900, NOON + 3, NOON + 60),
  member("iss", "https://auth.example", ["https://auth.example"]),
  member("sub", "user_42", 42),
  member("aud", "https://api.example", ["https://api.example"]),
  member("jti", "1"),
  member("cnf", { jkt: "x" }),
  member("role", "admin"),
  fc.tuple(oddName, oddValue),
);

const payload: fc.Arbitrary<Doc> = fc
  .tuple(fc.array(payloadMember, { maxLength: 4 }), around)
  .map(([members, rest]) => ({ members, ...rest }));

function header(alg: Alg): fc.Arbitrary<Doc> {
  const own = ['"alg"', text(alg)] as const;
  const place = fc.oneof({ weight: 9, arbitrary: fc.constant("first") }, fc.constantFrom("last", "never"));
  return fc.tuple(fc.array(headerMember, { maxLength: 3 }), around, place).map(([members, rest, where]) => ({
    members: where === "first" ? [own, ...members] : where === "last" ? [...members, own] : members,
    ...rest,
  }));
}

const edit: fc.Arbitrary<Edit> = fc.record({
  what: fc.constantFrom<Edit["what"][]>(
    ...(["pad", "standard alphabet", "white space", "spare bits", "cut", "extend", "flip"] as const),
    ...(["zero", "double", "drop", "swap", "prefix", "suffix", "odd character"] as const),
  ),
  segment: fc.nat(2),
  at: fc.nat(1000),
});

/** Half of the drafts are honest but for their JSON: what is refused too easily tests nothing behind it. */
export function drafts(algs: readonly Alg[]): fc.Arbitrary<Draft> {
  return fc.constantFrom(...algs).chain((alg) =>
    fc.record({
      alg: fc.constant(alg),
      header: header(alg),
      payload,
      signed: fc.oneof({ weight: 9, arbitrary: fc.constant(true) }, fc.constant(false)),
      edits: fc.oneof({ weight: 2, arbitrary: fc.constant([]) }, fc.array(edit, { minLength: 1, maxLength: 2 })),
    }),
  );
}

export function docText({ members, before, between, after }: Doc): string {
  return `${before}{${members.map(([name, value]) => `${name}:${value}`).join(between)}}${after}`;
}
