/** A ring that goes over from a key in memory to one in a KMS (a signer process that stands in for it). */
import { expect, test } from "vitest";
import {
  createSigner,
  createVerifier,
  exportJwk,
  exportPem,
  externalKey,
  generateKey,
  importJwk,
  importPem,
  keyRing,
} from "../../../src/index.ts";
import { remoteKeys } from "../../../src/jwk/remote-keys.ts";
import { manualClock } from "../manual-clock.ts";
import { refusalOf } from "../refusal.ts";
import { remoteSigner } from "../remote-signer.ts";
import { serve } from "./loopback.ts";

test("from PEM to KMS: signing becomes asynchronous, verifying stays as it was, and an outage is a 503", async () => {
  const { clock, set } = manualClock("2026-05-01T00:00:00Z");
  const inKms = await generateKey("ES256");
  const kms = await remoteSigner(inKms, "der");
  const key = externalKey({
    publicKey: importJwk(exportJwk(inKms)),
    ecdsaFormat: "der",
    timeoutMs: 2000,
    sign: (signingInput) => kms.sign(signingInput),
  });
  const issuer = "https://auth.example";
  const old = importPem(exportPem(await generateKey("ES256"), { private: true }), { alg: "ES256" });
  const ring = keyRing([old, { key, signsFrom: new Date("2026-06-01") }], { tokenLife: "15m", clock });
  const signer = createSigner({ key: ring, issuer, audience: issuer, expiresIn: "15m", clock });
  const local = createVerifier({ keys: ring, issuer, audience: issuer, clock });
  const url = await serve((_request, response) => void response.end(ring.jwksResponse().body));
  const remote = createVerifier({
    keys: remoteKeys(url, { algs: ["ES256"], allowHttp: true, clock }),
    issuer,
    audience: issuer,
    clock,
  });
  const kidsOf = async (token: string) => [local.verify(token).key.kid, (await remote.verifyAsync(token)).key.kid];

  expect(await kidsOf(await signer.signAsync({ sub: "user_42" }))).toEqual([old.kid, old.kid]);
  set("2026-06-01T00:00:00Z");
  expect(await kidsOf(await signer.signAsync({ sub: "user_42" }))).toEqual([inKms.kid, inKms.kid]);
  await kms.kill();
  expect(await refusalOf(signer.signAsync({}))).toMatchObject({ code: "SIGNER_UNAVAILABLE", status: 503 });
});
