/** Where a verifier stands for several, what a signer nests, and what a revocation list needs of its verifier. */
import { afterAll, describe, expect, it } from "vitest";
import { createRevocationList, createSigner, memoryStore, verifierByIssuer } from "../../src/index.ts";
import { KEY, verifierWith } from "../fixtures/policies.ts";
import { codeOf, refusalOf } from "../fixtures/refusals.ts";
import { AUDIENCE, CLAIMS, clockAt, forge, ISSUER, NOON } from "../fixtures/tokens.ts";
import { setUp } from "../session/sessions.ts";

describe("a verifier for several issuers", () => {
  const named = verifierWith();
  const others = verifierWith({ issuer: false, limits: { maxBytes: 20_000, maxDepth: 160 } });
  const nested = (depth: number): object => (depth === 0 ? {} : { a: nested(depth - 1) });

  it("may have one that takes the tokens of all others", () => {
    const verifier = verifierByIssuer([others, named]);
    expect(verifier.verify(forge(KEY, { ...CLAIMS, iss: "https://else.example" })).claims.sub).toBe("user_42");
    expect(codeOf(() => verifier.verify(forge(KEY, { ...CLAIMS, iss: undefined })))).toBe("accepted");
  });

  it("reads as much as the one that reads most, and each still keeps to its own limit", () => {
    const verifier = verifierByIssuer([named, others]);
    const large = { ...CLAIMS, text: "x".repeat(9000), iss: "https://else.example" };
    expect(codeOf(() => verifier.verify(forge(KEY, large)))).toBe("accepted");
    const deep = { ...CLAIMS, deep: nested(140), iss: "https://else.example" };
    expect(codeOf(() => verifier.verify(forge(KEY, deep)))).toBe("accepted");
    expect(codeOf(() => verifier.verify(forge(KEY, { ...large, iss: ISSUER })))).toBe("TOO_LARGE");
  });
});

describe("a signer", () => {
  const signer = createSigner({ key: KEY, issuer: ISSUER, audience: AUDIENCE, expiresIn: "15m", clock: clockAt(NOON) });

  it("refuses arrays that nest too deep, and in a circle", () => {
    let deep: unknown = 1;
    for (let level = 0; level < 200; level++) deep = [deep];
    const circle: unknown[] = [];
    circle.push(circle);
    for (const value of [deep, circle]) {
      const message = "sign: the claims nest too deep, or in a circle";
      expect(refusalOf(() => signer.sign({ value } as never))).toMatchObject({ code: "CONFIG", message });
    }
  });

  it("of a profile that sessions cannot fulfil is refused before anything is written", async () => {
    const { clock } = setUp();
    const options = { key: KEY, issuer: ISSUER, audience: AUDIENCE, expiresIn: "15m", clock } as const;
    const { sessions, calls } = setUp({ signer: createSigner({ ...options, profile: "at+jwt" }) });
    await expect(sessions.start({ subject: "ann" })).rejects.toMatchObject({
      message: 'sign: profile "at+jwt" asks for the claim "client_id" (RFC 9068 §2.2)',
    });
    expect(calls).toEqual({});
  });
});

describe("a revocation list", () => {
  const list = createRevocationList({ feed: memoryStore(), bound: "2s", duringOutage: "reject" });
  afterAll(() => list.close());

  it.each([[false], [["https://a.example", "https://b.example"]]])("is refused where the issuer is %j", (issuer) => {
    expect(refusalOf(() => verifierWith({ issuer, revocations: list })).message).toBe(
      'createVerifier: option "revocations" needs exactly one `issuer`, since what is revoked is revoked by one',
    );
  });
});
