/** The built `rejwt/web` where there is no Node at all: the same outcomes in a page of Chromium and in workerd. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Alg } from "../../src/jwa/algorithm.ts";
import { requireChromium } from "../browser/chromium.ts";
import { keyFor, keyObjectFor } from "../fixtures/keys.ts";
import { CLAIMS, forge, NOON, signatureBytes, withSignature } from "../fixtures/tokens.ts";
import { openPage, openWorker } from "../vectors/isolates.mjs";
import { algs, verify } from "../vectors/web-adapter.mjs";

interface Case {
  readonly name: string;
  readonly token: string;
  readonly key: { readonly kind: string; readonly jwk: object };
  readonly algorithms: readonly string[];
  readonly options: object;
}

interface Isolate {
  run(cases: readonly unknown[]): Promise<readonly object[]>;
  close(): Promise<void>;
}

const options = { iss: CLAIMS.iss, aud: CLAIMS.aud, currentTime: NOON };

const cases: readonly Case[] = (algs as Alg[]).flatMap((alg) => {
  const local = keyFor(alg);
  const good = forge(local);
  const signature = signatureBytes(good);
  const tokens: Record<string, string> = {
    good,
    "with text beyond ASCII": forge(local, { ...CLAIMS, name: "Zoë 👩‍🔬" }),
    "with a bit changed": withSignature(
      good,
      signature.map((byte, at) => (at === 9 ? byte ^ 4 : byte)),
    ),
    "with a signature of zeros": withSignature(good, new Uint8Array(signature.length)),
    "with a signature of ones": withSignature(good, new Uint8Array(signature.length).fill(255)),
    "with a byte more": withSignature(good, Uint8Array.of(...signature, 0)),
    "with padding": `${good}=`,
    "of nobody": good.replace(/[^.]+$/, ""),
    expired: forge(local, { ...CLAIMS, exp: NOON - 1 }),
    "with a member twice": forge(local, '{"exp":1,"exp":2}'),
    "with ill-formed UTF-8": forge(local, Uint8Array.of(0x7b, 0xff, 0x7d)),
    "with a byte order mark": forge(local, "\ufeff{}"),
    "with another typ": forge(local, CLAIMS, { typ: "x\u0000y" }),
  };
  const key = { kind: "jwk", jwk: keyObjectFor(alg).export({ format: "jwk" }) };
  return Object.entries(tokens).map(([name, token]) => ({
    name: `${alg} ${name}`,
    token,
    key,
    algorithms: [alg],
    options: name.includes("typ") ? { ...options, typ: "JWT" } : options,
  }));
});

function suite(open: () => Promise<Isolate>): void {
  let isolate: Isolate;
  beforeAll(async () => {
    isolate = await open();
  });
  afterAll(() => isolate?.close());

  it("accepts and refuses as in Node, with the same codes and claims", async () => {
    const here = await Promise.all(cases.map(verify));
    const there = await isolate.run(cases);
    const named = (outcomes: readonly unknown[]) => outcomes.map((outcome, at) => [cases[at]?.name, outcome]);
    expect(named(there)).toEqual(named(JSON.parse(JSON.stringify(here)) as unknown[]));
    expect(here.filter(({ accepted }) => accepted)).toHaveLength(2 * algs.length);
    expect(new Set(here.map(({ code }) => code)).size).toBeGreaterThan(4);
  });

  it("refuses what its WebCrypto does not take with a code, not with an error of its own", async () => {
    const jwk = { ...keyObjectFor("ES256").export({ format: "jwk" }), d: undefined };
    const [offCurve, unknown] = await isolate.run([
      {
        token: forge(keyFor("ES256")),
        key: { kind: "jwk", jwk: { ...jwk, y: jwk.x } },
        algorithms: ["ES256"],
        options,
      },
      { token: forge(keyFor("ES256K")), key: { kind: "jwk", jwk }, algorithms: ["ES256"], options },
    ]);
    expect(offCurve).toEqual({ accepted: false, code: "KEY_INVALID" });
    expect(unknown).toEqual({ accepted: false, code: "ALG" });
  });
}

describe("in workerd", () => suite(openWorker as () => Promise<Isolate>));
describe("in Chromium", requireChromium(), () => suite(openPage as () => Promise<Isolate>));
