// (i) password reset: short, single use, useless as an access token.
import { randomUUID } from "node:crypto";
import express from "express";
import { createSigner, createVerifier, isTokenError, type SessionStore, secretKey } from "rejwt";
import { z } from "zod";

declare const store: SessionStore;
declare function setPassword(user: string, password: string): Promise<void>;
declare function passwordVersion(user: string): Promise<number>;

const key = secretKey(process.env.JWT_SECRET, { alg: "HS256" });
const issuer = "https://shop.example";
const typ = "password-reset+jwt"; // access verifiers ask for "JWT" by default, so this cannot be used as one
const signer = createSigner({ key, issuer, audience: issuer, expiresIn: "20m", typ });
const verifier = createVerifier({
  keys: key,
  issuer,
  audience: issuer,
  typ,
  required: ["sub", "jti"],
  schema: z.object({ pv: z.number() }),
});

export const linkFor = async (user: string) =>
  `${issuer}/reset?token=${signer.sign({ sub: user, jti: randomUUID(), pv: await passwordVersion(user) })}`;

const app = express();
app.get("/reset", (req, res) => {
  // mail scanners follow links: looking must not use it up
  const result = verifier.safeVerify(String(req.query["token"]));
  res.status(result.ok ? 200 : result.error.status).end();
});
app.post("/reset", express.json(), async (req, res) => {
  const body = req.body as { token: string; password: string };
  try {
    const { claims } = await verifier.verifyAsync(body.token, { once: store });
    await setPassword(claims.sub, body.password);
    res.status(204).end();
  } catch (error) {
    if (!isTokenError(error)) throw error;
    res.status(error.status).json({ code: error.code });
  }
});
