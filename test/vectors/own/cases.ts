/** Neighbours of what the corpora of others hold: tokens made from tables, each with the verdict that the RFCs ask for. */
import { constants, createHmac, sign } from "node:crypto";
import type { Alg } from "../../../src/index.ts";
import { keyFor, keyObjectFor, SECRET } from "../../fixtures/keys.ts";
import { CLAIMS, forge, NOON, segment, signatureBytes, signatureOf, withSignature } from "../../fixtures/tokens.ts";

export interface OwnCase {
  readonly name: string;
  readonly token: unknown;
  /** The one algorithm of the verifier's key. */
  readonly alg: Alg;
  readonly verdict: "accept" | "refuse";
  /** Seconds. */
  readonly clockSkew?: number;
}

export const OWN_ALGS = ["HS256", "RS256", "PS256", "ES256", "ES512", "Ed25519"] as const satisfies readonly Alg[];

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const refuse = (name: string, alg: Alg, token: unknown): OwnCase => ({ name, alg, token, verdict: "refuse" });
const accept = (name: string, alg: Alg, token: unknown): OwnCase => ({ name, alg, token, verdict: "accept" });

const ENDS = ["=", "==", "====", " ", "\n", "\0", "\u000b", "\u00a0", "\u2028", "\ufeff"];
const STARTS = ["\ufeff", " ", "\n", "\f"];
const MIDDLES = ["+", "/", "=", "%41", "*", "~", "\r\n", "\u200b", "\u2024", "\ud800", "\u{1d400}"];

/** Other spellings of one segment. Its last character may have bits that no byte takes: each of them is another spelling. */
function respelled(text: string): readonly string[] {
  const middle = text.length >> 1;
  const [before, after] = [text.slice(0, middle), text.slice(middle)];
  // Characters of the same low byte, and of the same look.
  const twins = [0x100, 0xfee0].map((more) => String.fromCharCode(text.charCodeAt(middle) + more));
  const spareBits = [0, 0, 4, 2][text.length % 4] ?? 0;
  const last = ALPHABET.indexOf(text.at(-1) ?? "");
  return [
    ...ENDS.map((end) => text + end),
    text.padEnd(text.length + 5 - (text.length % 4), "A"),
    ...STARTS.map((start) => start + text),
    ...MIDDLES.map((odd) => before + odd + after),
    ...twins.map((twin) => before + twin + after.slice(1)),
    ...Array.from({ length: 2 ** spareBits - 1 }, (_, at) => text.slice(0, -1) + ALPHABET[last ^ (at + 1)]),
  ];
}

function encodings(alg: Alg): OwnCase[] {
  const key = keyFor(alg);
  // Of each remainder of three, so that there are none, two and four spare bits.
  return ["", "k", "kk"].flatMap((kid) => {
    const [header = "", payload = "", signature = ""] = forge(key, { ...CLAIMS, pad: kid }, { kid }).split(".");
    const as = (what: string, spelled: string, token: string) =>
      refuse(`${what} ${JSON.stringify(spelled.slice(-9))}`, alg, token);
    return [
      ...respelled(header).map((one) => as("header", one, `${one}.${payload}.${signatureOf(key, one, payload)}`)),
      ...respelled(payload).map((one) => as("payload", one, `${header}.${one}.${signatureOf(key, header, one)}`)),
      ...respelled(signature).map((one) => as("signature", one, `${header}.${payload}.${one}`)),
    ];
  });
}

function shapes(alg: Alg): OwnCase[] {
  const token = forge(keyFor(alg));
  const [h = "", p = "", s = ""] = token.split(".");
  const texts = [
    ...["", ".", "..", "...", h, `${h}.`, `${h}.${p}`, `${h}.${p}.`, `.${p}.${s}`, `${h}..${s}`, `..${s}`, `.${p}.`],
    ...[`${token}.`, `.${token}`, `${token}.${s}`, `${token}.${p}.${s}`, `${h}..${p}.${s}.${s}`, `${s}.${p}.${h}`],
    ...[
      `Bearer ${token}`,
      `"${token}"`,
      `${token}${token}`,
      `${token}\n`,
      ` ${token}`,
      `${token}~`,
      `${h}\u3002${p}\u3002${s}`,
    ],
    ...[JSON.stringify({ protected: h, payload: p, signature: s }), "null", "[object Object]"],
  ];
  const others = [
    null,
    undefined,
    0,
    true,
    [token],
    new String(token),
    Buffer.from(token),
    { toString: () => token },
    () => token,
  ];
  return [...texts, ...others].map((one, at) => refuse(`shape ${at}`, alg, one));
}

const OTHER_ALGS = [
  ...["none", "None", "NONE", "nOnE", "none ", "", " ", "HS1", "HMAC", "dir", "A128KW", "RSA-OAEP", "*", "__proto__"],
  ...["constructor", "toString", "prototype", "ＨＳ２５６", "HS256\0", "HS256,none", "ES256,HS256", "RS256 ", "es256"],
];

function algorithms(alg: Alg): OwnCase[] {
  const key = keyFor(alg);
  const raw = [
    ...["{}", '{"alg":null}', '{"alg":256}', `{"alg":["${alg}"]}`, `{"alg":{"${alg}":1}}`, `{"ALG":"${alg}"}`],
    ...[`{"alg":"none","alg":"${alg}"}`, `{"alg":"none","\\u0061lg":"${alg}"}`, `{"__proto__":{"alg":"${alg}"}}`],
  ];
  const names = [...OTHER_ALGS, alg.toLowerCase(), ` ${alg}`, `${alg}\0`, ...OWN_ALGS].filter((name) => name !== alg);
  return [
    ...[...new Set(names)].flatMap((name) => {
      const token = forge(key, CLAIMS, { alg: name });
      return [
        refuse(`alg ${JSON.stringify(name)}`, alg, token),
        refuse(`unsigned alg ${name}`, alg, withSignature(token, "")),
      ];
    }),
    ...raw.map((header) => refuse(`header ${header}`, alg, forge(key, CLAIMS, header))),
    accept("alg with escapes", alg, forge(key, CLAIMS, `{"\\u0061lg":"${alg}"}`)),
  ];
}

const CRIT = [
  ...[[], {}, null, "exp", 1, true, [""], [1], [null], [["x"]], ["x", "x"], ["x"], ["X"], ["b64"], ["exp"], ["alg"]],
  ...[["kid"], ["crit"], ["jwk"], ["x5t#S256"], ["zip"], ["__proto__"], ["constructor"], ["toString"], ["x "]],
];

function extensions(alg: Alg): OwnCase[] {
  return CRIT.flatMap((crit) =>
    [{}, { x: 1, b64: true, exp: 1, zip: "DEF" }].map((members) =>
      refuse(`crit ${JSON.stringify(crit)}`, alg, forge(keyFor(alg), CLAIMS, { crit, ...members })),
    ),
  );
}

const BODY = JSON.stringify(CLAIMS).slice(1, -1);
const GOOD_JSON = [
  ...[
    ` {${BODY}}\n`,
    `{${BODY},"":1,"a:b":":","c\\":":"\\":"}`,
    `{${BODY},"a":"${"[{".repeat(200)}"}`,
    `{${BODY},"a":"\\u0000\\/"}`,
  ],
  ...[
    `{${BODY},"a":"\\ud83d\\ude00"}`,
    `{${BODY},"a":"\ufeff\ufffd\uffff\u2028"}`,
    `{${BODY},"constructor":{"prototype":{"x":1}}}`,
  ],
  ...[`{${BODY},"a":[0,-0,1.5,1e2,1E+2,5e-324,1e-400,1e308]}`, `{${BODY},"a":{"x":1},"b":{"x":2},"toString":null}`],
  ...[
    `{${BODY},"a":"__proto__"}`,
    `{${BODY},"a":${"[".repeat(100)}${"]".repeat(100)}}`,
    `{${BODY},"a":"\u007f\u{1f600}"}`,
  ],
];
const BAD_JSON = [
  ...[
    `\ufeff{${BODY}}`,
    `\u00a0{${BODY}}`,
    `{${BODY}}\0`,
    `{${BODY}}{}`,
    `{${BODY},}`,
    `[{${BODY}}]`,
    `{${BODY},"a":1e400}`,
  ],
  ...[
    `{${BODY},"exp":1}`,
    `{"\\u0065xp":1,${BODY}}`,
    `{${BODY},"a":1,"\\u0061":1}`,
    `{${BODY},"a":{"b":1,"b" :1}}`,
    `{${BODY},"":1,"":1}`,
  ],
  ...[
    `{${BODY},"__proto__":{}}`,
    `{${BODY},"a":[{"\\u005f_proto__":1}]}`,
    `{${BODY},"a":"\\ud800"}`,
    `{${BODY},"\\udc00":1}`,
  ],
  ...[
    `{${BODY},"a":${"[".repeat(129)}${"]".repeat(129)}}`,
    `{${BODY},"a":01}`,
    `{${BODY},"a":+1}`,
    `{${BODY},"a":.5}`,
    `{${BODY},"a":NaN}`,
  ],
  ...[
    `{${BODY},"a":'x'}`,
    `{${BODY},a:1}`,
    `{${BODY}/**/}`,
    `{${BODY},"a":"\n"}`,
    `{${BODY},"a":"\\x41"}`,
    `{${BODY}`,
    "",
    "null",
    '"x"',
  ],
];

function json(alg: Alg): OwnCase[] {
  const key = keyFor(alg);
  const asHeader = (text: string): string => text.replace(BODY, `"alg":"${alg}"`);
  return [
    ...GOOD_JSON.flatMap((text, at) => [
      accept(`good JSON ${at}`, alg, forge(key, text)),
      accept(`good header ${at}`, alg, forge(key, CLAIMS, asHeader(text))),
    ]),
    ...BAD_JSON.flatMap((text, at) => {
      const token = refuse(`bad JSON ${at}`, alg, forge(key, text));
      return text.includes('xp":1')
        ? [token]
        : [token, refuse(`bad header ${at}`, alg, forge(key, CLAIMS, asHeader(text)))];
    }),
  ];
}

/** Times at the second of `exp` and `nbf`, by skew: RFC 7519 §4.1.4, §4.1.5. */
function times(): OwnCase[] {
  const key = keyFor("HS256");
  const at = (claim: "exp" | "nbf", delta: number, clockSkew: number): OwnCase => {
    const holds = claim === "exp" ? -clockSkew < delta : delta <= clockSkew;
    const token = forge(key, { ...CLAIMS, [claim]: NOON + delta });
    return {
      name: `${claim} ${delta} skew ${clockSkew}`,
      alg: "HS256",
      token,
      clockSkew,
      verdict: holds ? "accept" : "refuse",
    };
  };
  const deltas = [-3600, -60.5, -60, -59, -1, -0.5, 0, 0.5, 1, 59, 60, 60.5, 3600];
  const odd = ["null", '"1"', "true", "[]", "{}", '""', "1e400", "-1e400", '"1e10"'];
  const good = ["1e300", "9007199254740993", `${NOON + 1}.0`, "1.8E+9", "17776368010000e-4"];
  const claim = (name: string, raw: string): string =>
    forge(key, JSON.stringify({ ...CLAIMS, [name]: 0 }).replace(`"${name}":0`, `"${name}":${raw}`));
  return [
    ...deltas.flatMap((delta) => [0, 0.5, 60].flatMap((skew) => [at("exp", delta, skew), at("nbf", delta, skew)])),
    ...odd.flatMap((raw) => ["exp", "nbf", "iat"].map((name) => refuse(`${name} ${raw}`, "HS256", claim(name, raw)))),
    ...good.map((raw) => accept(`exp ${raw}`, "HS256", claim("exp", raw))),
    ...["0", "-0", "-1", "1e-400", String(NOON)].map((raw) => refuse(`exp ${raw}`, "HS256", claim("exp", raw))),
  ];
}

const ORDER = BigInt("0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");

function signatures(): OwnCase[] {
  const number = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).toString("hex")}`);
  const bytesOf = (value: bigint, size: number): Buffer =>
    Buffer.from(value.toString(16).padStart(2 * size, "0"), "hex");
  const es = forge(keyFor("ES256"));
  const [r, s] = [number(signatureBytes(es).subarray(0, 32)), number(signatureBytes(es).subarray(32))];
  const raw = (x: bigint, y: bigint): Buffer => Buffer.concat([bytesOf(x, 32), bytesOf(y, 32)]);
  const input = es.slice(0, es.lastIndexOf("."));
  const der = sign("sha256", Buffer.from(input), keyObjectFor("ES256"));
  const pairs = [
    [0n, s],
    [r, 0n],
    [0n, 0n],
    [0n, 1n],
    [1n, 1n],
    [ORDER, s],
    [r, ORDER],
    [ORDER, ORDER],
    [s, r],
    [ORDER - 1n, s],
  ] as const;
  const ps = forge(keyFor("PS256"));
  const psInput = Buffer.from(ps.slice(0, ps.lastIndexOf(".")));
  const pss = (hash: string, saltLength: number): string =>
    withSignature(
      ps,
      sign(hash, psInput, { key: keyObjectFor("PS256"), padding: constants.RSA_PKCS1_PSS_PADDING, saltLength }),
    );
  const hs = forge(keyFor("HS256"));
  const hsInput = hs.slice(0, hs.lastIndexOf("."));
  const ed = signatureBytes(forge(keyFor("Ed25519")));
  const L = 2n ** 252n + 27742317777372353535851937790883648493n;
  const scalar = number(Buffer.from(ed.subarray(32)).reverse());
  const withScalar = (value: bigint): Buffer => Buffer.concat([ed.subarray(0, 32), bytesOf(value, 32).reverse()]);
  return [
    accept("s of the other sign", "ES256", withSignature(es, raw(r, ORDER - s))),
    ...pairs.map(([x, y], at) => refuse(`r, s ${at}`, "ES256", withSignature(es, raw(x, y)))),
    ...[der, Buffer.concat([der, Buffer.alloc(72)]).subarray(0, 64)].map((one) =>
      refuse("DER", "ES256", withSignature(es, one)),
    ),
    ...[0, 1, 20, 31, 33, constants.RSA_PSS_SALTLEN_MAX_SIGN].map((salt) =>
      refuse(`salt ${salt}`, "PS256", pss("sha256", salt)),
    ),
    ...["sha1", "sha384", "sha512"].map((hash) => refuse(`PSS over ${hash}`, "PS256", pss(hash, 32))),
    ...["sha384", "sha512"].map((hash) =>
      refuse(`HMAC over ${hash}`, "HS256", withSignature(hs, createHmac(hash, SECRET).update(hsInput).digest())),
    ),
    ...[L, 2n * L].map((more) =>
      refuse("S beyond the order", "Ed25519", withSignature(forge(keyFor("Ed25519")), withScalar(scalar + more))),
    ),
    ...OWN_ALGS.flatMap((alg) => {
      const token = forge(keyFor(alg));
      const bytes = signatureBytes(token);
      const others = [
        bytes.subarray(1),
        bytes.subarray(0, -1),
        Buffer.concat([bytes, Buffer.of(0)]),
        Buffer.concat([Buffer.of(0), bytes]),
      ];
      const filled = [
        Buffer.alloc(bytes.length),
        Buffer.alloc(bytes.length, 255),
        Buffer.alloc(1),
        Buffer.concat([bytes, bytes]),
      ];
      const flipped = Array.from({ length: 16 }, (_, at) =>
        bytes.map((byte, index) => (index === (at * bytes.length) >> 4 ? byte ^ (1 << (at & 7)) : byte)),
      );
      return [...others, ...filled, ...flipped].map((one, at) =>
        refuse(`signature ${at}`, alg, withSignature(token, one)),
      );
    }),
  ];
}

function embedded(): OwnCase[] {
  const members = {
    jku: "https://evil.example/",
    x5u: "https://evil.example/",
    x5c: ["MIIB"],
    x5t: "a",
    jwk: { kty: "oct", k: segment("x".repeat(32)) },
  };
  return Object.entries(members).map(([name, value]) =>
    accept(`${name}, which is not read`, "ES256", forge(keyFor("ES256"), CLAIMS, { [name]: value })),
  );
}

export const OWN_CASES: readonly OwnCase[] = [
  ...OWN_ALGS.flatMap((alg) => [...encodings(alg), ...shapes(alg), ...algorithms(alg)]),
  ...(["HS256", "ES256"] as const).flatMap((alg) => [...extensions(alg), ...json(alg)]),
  ...[...times(), ...signatures(), ...embedded()],
];
