/**
 * The short way, the cache and the whole way never disagree: the same verifier with a memory, one with a cache, and one made
 * anew for each token. `MUTANTS=1000000 npx vitest run test/jwt/familiar.test.ts` is the long run.
 */
import { describe, expect, it, test } from "vitest";
import { isTokenError } from "../../src/errors.ts";
import { createVerifier, type Key, keyRing, type Verifier } from "../../src/index.ts";
import { hs256, keyFor } from "../fixtures/keys.ts";
import { chance, nextToken } from "../fixtures/mutations.ts";
import { verifierWith } from "../fixtures/policies.ts";
import { codeOf } from "../fixtures/refusals.ts";
import { CLAIMS, clockAt, forge, NOON } from "../fixtures/tokens.ts";

const MUTANTS = Number(process.env.MUTANTS ?? 12_000);
const SEED = Number(process.env.SEED ?? 20_260_501);
const TIMEOUT_MS = 60 * 60 * 1000;

/** What a call leads to, as text: the code of its refusal, or everything that it answers. */
function outcome(run: () => unknown): string {
  try {
    return JSON.stringify(run());
  } catch (error) {
    if (isTokenError(error)) return `${error.code} ${error.claim ?? ""} ${error.message}`;
    throw error;
  }
}

function compare(keys: readonly Key[], count: number, options: object = {}): Map<string, number> {
  const by = chance(SEED);
  const good = keys.flatMap((key) => [forge(key), forge(key, { ...CLAIMS, name: "Žofie ☂" }, { kid: key.kid })]);
  const make = (more: object = {}): Verifier => verifierWith({ keys, ...options, ...more });
  const remembering = make();
  const caching = make({ cache: { maxTokens: 50 } });
  const seen = new Map<string, number>();
  for (let round = 0; round < count; round++) {
    const token = nextToken(good, keys, by);
    const expected = outcome(() => make().verify(token));
    const told = [remembering, caching, caching].map((verifier) => outcome(() => verifier.verify(token)));
    if (told.some((answer) => answer !== expected)) throw new Error(`at ${round}: ${expected} and ${told.join(", ")}`);
    const code = expected.startsWith("{") ? "accepted" : expected.slice(0, expected.indexOf(" "));
    seen.set(code, (seen.get(code) ?? 0) + 1);
  }
  return seen;
}

describe("with a memory, with a cache and with neither, a verifier says the same of", () => {
  const crit = { crit: { x: () => {} } };
  test.each<[string, Key[], number, object]>([
    ["HS256", [hs256(1)], 0.6, {}],
    ["HS256 with kids, and a critical extension", [hs256(1, "one"), hs256(2, "two")], 0.3, crit],
    ["ES256 and EdDSA", [keyFor("ES256"), keyFor("EdDSA", "one")], 0.06, { typ: false }],
    ["RS256 and PS256", [keyFor("RS256", "one"), keyFor("PS256")], 0.04, { expiry: "optional" }],
  ])(
    "every mutant of a token: %s",
    (name, keys, share, options) => {
      const seen = compare(keys, Math.round(MUTANTS * share), options);
      if (MUTANTS > 100_000) console.log(`${name}: ${JSON.stringify(Object.fromEntries(seen))}`);
      for (const code of ["accepted", "MALFORMED", "SIGNATURE", "ALG"]) expect([...seen.keys()]).toContain(code);
    },
    TIMEOUT_MS,
  );
});

describe("what was remembered of a header", () => {
  const good = forge(hs256(1));

  it("is forgotten when the ring's keys change", () => {
    const [one, two] = [hs256(1, "one"), hs256(2, "two")];
    const ring = keyRing([one], { tokenLife: "1h", clock: clockAt(NOON) });
    const verifier = verifierWith({ keys: ring });
    const token = forge(one, CLAIMS, { kid: "one" });
    verifier.verify(token);
    verifier.verify(token);
    ring.replace([two]);
    expect(codeOf(() => verifier.verify(token))).toBe("KEY_UNKNOWN");
    ring.replace([one]);
    expect(codeOf(() => verifier.verify(token))).toBe("accepted");
  });

  it("is learned from tokens whose signature held alone", () => {
    const verifier = verifierWith();
    const [, payload, signature] = good.split(".");
    const header = Buffer.from('{"typ":"JWT","alg":"HS256","made":"up"}').toString("base64url");
    for (let time = 0; time < 3; time++) {
      expect(codeOf(() => verifier.verify(`${header}.${payload}.${signature}`))).toBe("SIGNATURE");
    }
  });

  it("gives every call a header of its own", () => {
    const verifier = verifierWith();
    verifier.verify(good);
    const { header } = verifier.verify(good);
    (header as { alg: string }).alg = "none";
    expect(verifier.verify(good).header).toEqual({ alg: "HS256", typ: "JWT" });
  });

  it("does not spare a critical extension its handler", () => {
    let calls = 0;
    const verifier = verifierWith({ crit: { x: () => void calls++ } });
    const token = forge(hs256(1), CLAIMS, { crit: ["x"], x: 1 });
    for (let time = 1; time <= 3; time++) {
      verifier.verify(token);
      expect(calls).toBe(time);
    }
  });

  it.each(["HS256", "RS256", "PS256", "ES256", "EdDSA"] as const)(
    "serves asynchronous calls alike: %s",
    async (alg) => {
      const key = keyFor(alg);
      const verifier = createVerifier({
        keys: key,
        issuer: CLAIMS.iss,
        audience: CLAIMS.aud,
        clock: clockAt(NOON),
      });
      const token = forge(key);
      const broken = `${token.slice(0, -8)}AAAAAAAA`;
      for (let time = 0; time < 3; time++) {
        expect((await verifier.verifyAsync(token)).claims.sub).toBe(CLAIMS.sub);
        const refused = await verifier.safeVerifyAsync(broken);
        expect(refused.ok ? "accepted" : refused.error.code).toBe("SIGNATURE");
        const misspelled = await verifier.safeVerifyAsync(`${token}=`);
        expect(misspelled.ok ? "accepted" : misspelled.error.code).toBe("MALFORMED");
      }
    },
  );
});
