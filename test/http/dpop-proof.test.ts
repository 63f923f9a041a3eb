/** What a DPoP proof must be: RFC 9449 §4.3, with the RFC's own examples. */
import { describe, expect, it } from "vitest";
import type { DpopOptions } from "../../src/http/dpop-options.ts";
import { readDpop } from "../../src/http/dpop-options.ts";
import { checkProof } from "../../src/http/dpop-proof.ts";
import type { HttpRequest } from "../../src/http/exchange.ts";
import { dpopNonces } from "../../src/http/index.ts";
import { exportJwk } from "../../src/jwk/jwk.ts";
import { memoryStore } from "../../src/store/memory.ts";
import { hs256, keyFor } from "../fixtures/keys.ts";
import { asyncCodeOf, rejectionOf } from "../fixtures/refusals.ts";
import { clockAt, NOON, segment, withSignature } from "../fixtures/tokens.ts";
import { athOf, jktOf, type ProofChanges, proofOf } from "./proofs.ts";

const ORIGIN = "https://api.example";
const TOKEN = "an.access.token";
const key = keyFor("ES256");
const clock = clockAt(NOON);

const policy = (changes: Partial<DpopOptions> = {}) =>
  readDpop("test", { origin: ORIGIN, usedProofs: memoryStore({ clock }), clock, ...changes });
const sent = (dpop: string | readonly string[], target = "/orders", method = "GET"): HttpRequest => ({
  method,
  target,
  values: (name) => (name === "dpop" ? [dpop].flat() : []),
});
const good = (changes: ProofChanges = {}): string =>
  proofOf(key, "GET", `${ORIGIN}/orders`, NOON, { ...changes, claims: { ath: athOf(TOKEN), ...changes.claims } });
const check = (text: string | readonly string[], changes: Partial<DpopOptions> = {}) =>
  checkProof(sent(text), policy(changes), TOKEN);

describe("the examples of RFC 9449", () => {
  const jkt = "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I";
  const header =
    "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19";
  const figure2 = `${header}.eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwiaWF0IjoxNTYyMjYyNjE2fQ.2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg`;
  const figure12 = `${header}.eyJqdGkiOiJlMWozVl9iS2ljOC1MQUVCIiwiaHRtIjoiR0VUIiwiaHR1IjoiaHR0cHM6Ly9yZXNvdXJjZS5leGFtcGxlLm9yZy9wcm90ZWN0ZWRyZXNvdXJjZSIsImlhdCI6MTU2MjI2MjYxOCwiYXRoIjoiZlVIeU8ycjJaM0RaNTNFc05yV0JiMHhXWG9hTnk1OUlpS0NBcWtzbVFFbyJ9.2oW9RP35yRqzhrtNP86L-Ey71EOptxRimPPToA1plemAgR6pxHF8y6-yqyVnmcw6Fy1dqd-jfxSYoMxhAJpLjA`;
  const accessToken = "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU";

  it("the token request of figure 2 is proved, by the key of figure 9's thumbprint", async () => {
    const request = sent(figure2, "/token", "POST");
    const asked = policy({ origin: "https://server.example.com", clock: clockAt(1_562_262_616) });
    expect(await checkProof(request, asked)).toMatchObject({ jkt });
  });

  it("the resource request of figure 12 is proved, with the hash of its access token", async () => {
    const request = sent(figure12, "/protectedresource");
    const asked = policy({ origin: "https://resource.example.org", clock: clockAt(1_562_262_618) });
    expect(await checkProof(request, asked, accessToken)).toMatchObject({ jkt });
    await expect(checkProof(request, asked, `${accessToken}x`)).rejects.toMatchObject({ code: "PROOF_INVALID" });
  });
});

describe("a proof", () => {
  it("names its key by the thumbprint", async () => {
    expect(await check(good())).toMatchObject({ jkt: jktOf(key) });
  });

  it.each(["ES256", "Ed25519", "EdDSA", "PS256", "RS256"] as const)("may be signed with %s", async (alg) => {
    const other = keyFor(alg);
    const text = proofOf(other, "GET", `${ORIGIN}/orders`, NOON, { claims: { ath: athOf(TOKEN) } });
    expect(await check(text)).toMatchObject({ jkt: jktOf(other) });
  });

  it("is none where there is no header", async () => {
    expect(await checkProof(sent([]), policy())).toBeUndefined();
  });

  const { d } = exportJwk(key, { private: true }) as { d: string };
  const jwk = exportJwk(key);
  it.each<[string, string | readonly string[]]>([
    ["two of them", [good(), good()]],
    ["two in one header", `${good()}, ${good()}`],
    ["no token", "proof"],
    ["empty", ""],
    ["longer than 4096 characters", good({ claims: { padding: "x".repeat(4096) } })],
    ["of another typ", good({ header: { typ: "JWT" } })],
    ["without typ", good({ header: { typ: undefined } })],
    ["without a key", good({ header: { jwk: undefined } })],
    ["with a key that is no object", good({ header: { jwk: "key" } })],
    ["with the private key", good({ header: { jwk: { ...jwk, d } } })],
    ["with a secret as its key", good({ header: { jwk: { kty: "oct", k: segment(new Uint8Array(32)) } } })],
    ["with a key of another curve", good({ header: { jwk: { ...jwk, crv: "P-384" } } })],
    ["with a key for encryption", good({ header: { jwk: { ...jwk, use: "enc" } } })],
    ["signed by another key", good({ signer: keyFor("ES256K") as never, header: { alg: "ES256" } })],
    ["with the signature of another proof", withSignature(good(), good().split(".")[2] as string)],
    ["signed with a secret", good({ signer: hs256(1), header: { alg: "HS256" } })],
    ["unsigned", withSignature(good({ header: { alg: "none" } }), "")],
    [
      "of an algorithm that is not asked for",
      proofOf(keyFor("ES384"), "GET", `${ORIGIN}/orders`, NOON, { claims: { ath: athOf(TOKEN) } }),
    ],
    ["with a critical extension", good({ header: { crit: ["x"], x: 1 } })],
    ["without jti", good({ claims: { jti: undefined } })],
    ["with an empty jti", good({ claims: { jti: "" } })],
    ["with a jti that is no text", good({ claims: { jti: 7 } })],
    ["with a jti of 257 characters", good({ claims: { jti: "x".repeat(257) } })],
    ["for another method", good({ claims: { htm: "POST" } })],
    ["for the method in another case", good({ claims: { htm: "get" } })],
    ["without htm", good({ claims: { htm: undefined } })],
    ["without htu", good({ claims: { htu: undefined } })],
    ["with an htu that is no text", good({ claims: { htu: [`${ORIGIN}/orders`] } })],
    ["without iat", good({ claims: { iat: undefined } })],
    ["with an iat that is no number", good({ claims: { iat: String(NOON) } })],
    ["61 s old", good({ claims: { iat: NOON - 61 } })],
    ["61 s ahead", good({ claims: { iat: NOON + 61 } })],
    ["without ath", good({ claims: { ath: undefined } })],
    ["with the hash of another token", good({ claims: { ath: athOf("other") } })],
    ["with the token itself", good({ claims: { ath: TOKEN } })],
  ])("%s is refused", async (_name, text) => {
    const error = await rejectionOf(check(text));
    expect(error).toMatchObject({ code: "PROOF_INVALID", status: 401, bearerError: "invalid_dpop_proof" });
    expect(error.message).not.toContain(TOKEN);
  });

  it("may have a jti of 256 characters", async () => {
    expect(await check(good({ claims: { jti: "x".repeat(256) } }))).toBeDefined();
  });

  it.each<[string, string, readonly string[]]>([
    ["there is more than one", "undefined", [good(), good()]],
    ["TYP", "TYP", [good({ header: { typ: "JWT" } })]],
    ["MALFORMED", "MALFORMED", [good({ header: { jwk: { ...jwk, d } } }).replace(".", "..")]],
    ["KEY_INVALID", "KEY_INVALID", [good({ header: { jwk: { ...jwk, d } } })]],
    ["SIGNATURE", "SIGNATURE", [withSignature(good(), good().split(".")[2] as string)]],
    ["jti must be text of 1 to 256 characters", "undefined", [good({ claims: { jti: "" } })]],
    ["htm is another method", "undefined", [good({ claims: { htm: "POST" } })]],
    ["htu is another address", "undefined", [good({ claims: { htu: ORIGIN } })]],
    ["iat is not within 60 s of this server's clock", "undefined", [good({ claims: { iat: NOON - 61 } })]],
    ["ath is the hash of another token", "undefined", [good({ claims: { ath: athOf("other") } })]],
  ])("says why it is refused, to the log: %s", async (why, cause, texts) => {
    const error = await rejectionOf(check(texts));
    expect(error.message).toBe(`the DPoP proof is refused: ${why}`);
    expect(String((error.cause as { readonly code?: string } | undefined)?.code)).toBe(cause);
  });

  it("says of a private key, and of an algorithm, what is wrong with them", async () => {
    const causeOf = async (text: string): Promise<unknown> => (await rejectionOf(check(text))).cause;
    expect(await causeOf(good({ header: { jwk: { ...jwk, d } } }))).toMatchObject({
      message: "the proof's jwk holds the private key, which is nobody's own any more",
    });
    expect(await causeOf(proofOf(keyFor("ES384"), "GET", `${ORIGIN}/orders`, NOON))).toMatchObject({
      code: "ALG",
      message: "the proof's alg is not one of those asked for",
    });
    expect(await causeOf(good({ header: { alg: "HS256" }, signer: hs256(1) }))).toMatchObject({ code: "ALG" });
  });

  it("may be as far off as the window, and no further", async () => {
    for (const iat of [NOON - 60, NOON + 60]) await check(good({ claims: { iat } }));
    await check(good({ claims: { iat: NOON - 300 } }), { window: "5m" });
  });

  it("works once, whatever the address it names", async () => {
    const usedProofs = memoryStore({ clock });
    const claims = { jti: "same" };
    const use = async (text: string) => (await check(text, { usedProofs }))?.use();
    await use(good({ claims }));
    await expect(use(good({ claims }))).rejects.toMatchObject({
      code: "PROOF_INVALID",
      message: "the DPoP proof is refused: it was used before",
    });
    // Another key's proof with the same jti is another proof.
    await use(
      proofOf(keyFor("Ed25519"), "GET", `${ORIGIN}/orders`, NOON, { claims: { ...claims, ath: athOf(TOKEN) } }),
    );
  });

  it("that is only checked uses nothing up", async () => {
    const usedProofs = memoryStore({ clock });
    const text = good();
    await check(text, { usedProofs });
    await (await check(text, { usedProofs }))?.use();
  });

  it("is remembered until its window has passed", async () => {
    const marked: Date[] = [];
    const usedProofs = { markUsed: async (_id: string, until: Date) => marked.push(until) === 1 };
    await (await check(good({ claims: { iat: NOON + 10 } }), { usedProofs }))?.use();
    expect(marked).toEqual([new Date((NOON + 70) * 1000)]);
  });

  it("cannot be judged while the store of used proofs is down: 503", async () => {
    const usedProofs = { markUsed: () => Promise.reject(new Error("connection refused")) };
    const proof = await check(good(), { usedProofs });
    await expect(proof?.use()).rejects.toMatchObject({ code: "STORE_UNAVAILABLE", status: 503 });
  });
});

describe("htu", () => {
  const isAccepted = async (htu: string, target: string): Promise<boolean> => {
    const text = proofOf(key, "GET", htu, NOON);
    const code = await asyncCodeOf(
      checkProof(sent(text, target), policy({ origin: [ORIGIN, "http://localhost:3000"] })),
    );
    if (code !== "accepted") expect(code).toBe("PROOF_INVALID");
    return code === "accepted";
  };

  it.each([
    [`${ORIGIN}/orders`, "/orders"],
    ["HTTPS://API.example/orders", "/orders"],
    [`${ORIGIN}:443/orders`, "/orders"],
    [`${ORIGIN}/orders`, "/orders?page=2"],
    [`${ORIGIN}/orders?page=1#top`, "/orders?page=2"],
    [ORIGIN, "/"],
    [`${ORIGIN}/a/../orders`, "/orders"],
    [`${ORIGIN}/%6frders`, "/orders"],
    [`${ORIGIN}/caf%c3%a9`, "/caf%C3%A9"],
    [`${ORIGIN}/café`, "/caf%C3%A9"],
    ["http://localhost:3000/orders", "/orders"],
    [`${ORIGIN}/orders`, `http://10.0.0.7:8080/orders`],
  ])("%s is the address of %s", async (htu, target) => {
    expect(await isAccepted(htu, target)).toBe(true);
  });

  it.each([
    ["https://evil.example/orders", "/orders"],
    ["http://api.example/orders", "/orders"],
    [`${ORIGIN}:8443/orders`, "/orders"],
    ["http://localhost/orders", "/orders"],
    [`${ORIGIN}/orders/`, "/orders"],
    [`${ORIGIN}/Orders`, "/orders"],
    [`${ORIGIN}/a%2Fb`, "/a/b"],
    ["/orders", "/orders"],
    ["https://user:pass@api.example/orders", "/orders"],
    ["https://user@api.example/orders", "/orders"],
    ["https://:pass@api.example/orders", "/orders"],
    ["https://api.example@evil.example/orders", "/orders"],
    ["file:///orders", "/orders"],
    [`${ORIGIN}//orders`, "/orders"],
    [ORIGIN, "*"],
    [ORIGIN, ""],
    [ORIGIN, "@evil.example/"],
    [ORIGIN, "x:@evil.example/"],
    ["orders", "/orders"],
  ])("%s is not the address of %s", async (htu, target) => {
    expect(await isAccepted(htu, target)).toBe(false);
  });
});

describe("a nonce", () => {
  const secret = new Uint8Array(32).fill(9);
  const at = (seconds: number) => dpopNonces({ secret, life: "5m", clock: clockAt(seconds) });
  const nonces = at(NOON);

  it("is asked for where the server gives them", async () => {
    for (const nonce of [undefined, "", "other", 7, "é".repeat(32)]) {
      await expect(check(good({ claims: { nonce } }), { nonces })).rejects.toMatchObject({
        code: "PROOF_NONCE",
        message: "the DPoP proof has no nonce of this server, or an old one",
        bearerError: "use_dpop_nonce",
      });
    }
    expect(await check(good({ claims: { nonce: nonces.current() } }), { nonces })).toBeDefined();
  });

  it("is text, and nothing else is one", () => {
    for (const value of [undefined, null, 7, [nonces.current()], { length: 32 }]) {
      expect(nonces.accepts(value as never)).toBe(false);
    }
  });

  it("that is no text is asked of no nonces, which may be the application's own", async () => {
    const asked: unknown[] = [];
    const own = { current: () => "own", accepts: (nonce: string) => asked.push(nonce) > 0 };
    for (const nonce of [undefined, 7, ["own"]]) {
      await expect(check(good({ claims: { nonce } }), { nonces: own })).rejects.toMatchObject({ code: "PROOF_NONCE" });
    }
    expect(asked).toEqual([]);
    expect(await check(good({ claims: { nonce: "own" } }), { nonces: own })).toBeDefined();
  });

  it("is of every instance with the secret, and of no other", () => {
    expect(nonces.current()).toMatch(/^[\w-]{32}$/);
    expect(at(NOON + 1).accepts(nonces.current())).toBe(true);
    expect(dpopNonces({ secret: new Uint8Array(32).fill(8), clock: clockAt(NOON) }).accepts(nonces.current())).toBe(
      false,
    );
  });

  it("is accepted for one to two lives, and not before its time", () => {
    const nonce = nonces.current();
    expect(at(NOON + 300).current()).not.toBe(nonce);
    expect(at(NOON + 300).accepts(nonce)).toBe(true);
    expect(at(NOON + 600).accepts(nonce)).toBe(false);
    expect(at(NOON - 300).accepts(nonce)).toBe(false);
  });

  it.each<[string, object, string]>([
    ["no secret", { secret: undefined }, "CONFIG"],
    ["a short secret", { secret: "short" }, "KEY_WEAK"],
    ["no life", { secret, life: 0 }, "CONFIG"],
    ["an unknown option", { secret, size: 7 }, "CONFIG"],
    ["a clock that is none", { secret, clock: 7 }, "CONFIG"],
  ])("with %s is %s", (_name, options, code) => {
    expect(() => dpopNonces(options as never)).toThrow(expect.objectContaining({ code }));
  });
});

describe("options", () => {
  const usedProofs = memoryStore();
  it.each<[string, object]>([
    ["no origin", { usedProofs }],
    ["an origin with a path", { origin: `${ORIGIN}/v1`, usedProofs }],
    ["no origins", { origin: [], usedProofs }],
    ["no store", { origin: ORIGIN }],
    ["a store that is none", { origin: ORIGIN, usedProofs: new Set() }],
    ["no algorithm", { origin: ORIGIN, usedProofs, algs: [] }],
    ["an undefined list of algorithms", { origin: ORIGIN, usedProofs, algs: undefined }],
    ["an HMAC", { origin: ORIGIN, usedProofs, algs: ["HS256"] }],
    ["an HMAC beside a good algorithm", { origin: ORIGIN, usedProofs, algs: ["ES256", "HS256"] }],
    ["`none` beside a good algorithm", { origin: ORIGIN, usedProofs, algs: ["ES256", "none"] }],
    ["`none`", { origin: ORIGIN, usedProofs, algs: ["none"] }],
    ["a window of nothing", { origin: ORIGIN, usedProofs, window: 0 }],
    ["undefined nonces", { origin: ORIGIN, usedProofs, nonces: undefined }],
    ["nonces that are none", { origin: ORIGIN, usedProofs, nonces: {} }],
    ["null nonces", { origin: ORIGIN, usedProofs, nonces: null }],
    ["nonces that only give", { origin: ORIGIN, usedProofs, nonces: { current: () => "x" } }],
    ["nonces that only take", { origin: ORIGIN, usedProofs, nonces: { accepts: () => true } }],
    ["a `required` that is text", { origin: ORIGIN, usedProofs, required: "yes" }],
    ["an unknown name", { origin: ORIGIN, usedProofs, alg: "ES256" }],
    ["a clock that is none", { origin: ORIGIN, usedProofs, clock: 7 }],
  ])("%s is CONFIG", (_name, options) => {
    expect(() => readDpop("test", options as never)).toThrow(expect.objectContaining({ code: "CONFIG" }));
  });
});
