/** From jsonwebtoken, gradually: a server that accepts old and new tokens at once. */
import jwt from "jsonwebtoken";
import { expect, test } from "vitest";
import { z } from "zod";
import {
  createSigner,
  createVerifier,
  generateKey,
  isTokenError,
  secretKey,
  verifierByIssuer,
} from "../../../src/index.ts";
import { ask, serve } from "./loopback.ts";

const OLD_SECRET = "an older secret, of 32 bytes or more";
const claims = z.object({ role: z.string() });
const issuer = "https://auth.example";
const newKey = await generateKey("ES256");
const signer = createSigner({ key: newKey, issuer, audience: issuer, expiresIn: "15m" });
const current = createVerifier({ keys: newKey, issuer, audience: issuer, required: ["sub"], schema: claims });

test("tokens that jsonwebtoken made and new ones are accepted by one synchronous verifier", async () => {
  const legacy = createVerifier({
    keys: secretKey(OLD_SECRET, { alg: "HS256" }),
    issuer: false,
    audience: false,
    required: ["sub"],
    maxAge: "7d",
    schema: claims,
  });
  const verifier = verifierByIssuer([current, legacy]);
  const api = await serve((request, response) => {
    const result = verifier.safeVerify(request.headers.authorization?.replace("Bearer ", "") ?? "");
    response.statusCode = result.ok ? 200 : result.error.status;
    response.end(JSON.stringify(result.ok ? result.value.claims.role : result.error.code));
  });

  const old = (secret: string, options: jwt.SignOptions) =>
    jwt.sign({ sub: "user_42", role: "admin" }, secret, options);
  expect(await ask(api, old(OLD_SECRET, { expiresIn: "1h" }))).toEqual({ status: 200, body: "admin" });
  expect(await ask(api, signer.sign({ sub: "user_43", role: "user" }))).toEqual({ status: 200, body: "user" });
  expect(await ask(api, old(OLD_SECRET, { expiresIn: -1 }))).toEqual({ status: 401, body: "EXPIRED" });
  expect(await ask(api, old("another secret, of 32 bytes or more", { expiresIn: "1h" }))).toEqual({
    status: 401,
    body: "SIGNATURE",
  });
  // The old secret cannot speak in the new issuer's name.
  expect(await ask(api, old(OLD_SECRET, { expiresIn: "1h", issuer, audience: issuer }))).toEqual({
    status: 401,
    body: "ALG",
  });
});

test("where the old secret is too short, jsonwebtoken stays for as long as its tokens live", async () => {
  const subjectOf = (token: string): string => {
    try {
      return current.verify(token).claims.sub;
    } catch (error) {
      if (!isTokenError(error) || (error.code !== "ALG" && error.code !== "KEY_UNKNOWN")) throw error;
      const old = jwt.verify(token, "shhhhh", { algorithms: ["HS256"] });
      if (typeof old === "string" || old.sub === undefined) throw new Error("not ours");
      return old.sub;
    }
  };
  expect(subjectOf(signer.sign({ sub: "user_43", role: "user" }))).toBe("user_43");
  expect(subjectOf(jwt.sign({ sub: "user_42" }, "shhhhh"))).toBe("user_42");
  expect(() =>
    subjectOf(signer.sign({ sub: "user_43", role: "user" }, { audience: "https://other.example" })),
  ).toThrow();
});
