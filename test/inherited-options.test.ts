/** Options are what the caller wrote, and nothing that lies on a prototype. */
import { afterEach, expect, it } from "vitest";
import { secretKey } from "../src/jwk/secret-key.ts";
import { createSigner } from "../src/jwt/signer.ts";
import { createVerifier } from "../src/jwt/verifier.ts";

const key = secretKey("a secret of this test, of 32 bytes and more", { alg: "HS256" });
const prototype = Object.prototype as unknown as Record<string, unknown>;

afterEach(() => {
  delete prototype.expiry;
  delete prototype.provenKey;
});

it("an option that a polluted prototype sets is refused, not obeyed", () => {
  prototype.expiry = "optional";
  expect(() => createVerifier({ keys: key, issuer: "https://auth.example", audience: false })).toThrow(
    expect.objectContaining({ code: "CONFIG", message: expect.stringContaining('option "expiry" is inherited') }),
  );
});

it("also in a call", () => {
  const token = createSigner({ key, issuer: "https://auth.example", audience: false, expiresIn: "5m" }).sign({
    sub: "user_42",
  });
  const verifier = createVerifier({ keys: key, issuer: "https://auth.example", audience: false });
  prototype.provenKey = "somebody's";
  expect(() => verifier.verify(token, { subject: "user_42" })).toThrow('option "provenKey" is inherited');
  expect(verifier.verify(token).claims.sub).toBe("user_42");
});

it("an option of a base object counts once it is spread", () => {
  const base = { keys: key, issuer: "https://auth.example", audience: false } as const;
  expect(() => createVerifier(Object.create(base) as typeof base)).toThrow("{ ...options, keys }");
  expect(createVerifier({ ...base })).toHaveProperty("verify");
});
