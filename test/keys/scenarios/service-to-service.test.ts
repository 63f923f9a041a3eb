/** Services with a key each: a callee knows every caller by that caller's own JWKS, and none can speak as another. */
import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import {
  createSigner,
  createVerifier,
  generateKey,
  type Key,
  keyRing,
  memoryStore,
  seconds,
  verifierByIssuer,
} from "../../../src/index.ts";
import { remoteKeys } from "../../../src/jwk/remote-keys.ts";
import { refusalOf } from "../refusal.ts";
import { serve } from "./loopback.ts";

async function service(name: string, key: Key) {
  const ring = keyRing([key], { tokenLife: "60s" });
  const url = await serve((request, response) => {
    const { status, headers, body } = ring.jwksResponse(request.headers["if-none-match"]);
    response.writeHead(status, headers).end(body);
  });
  const signer = createSigner({
    key: ring,
    issuer: `svc:${name}`,
    audience: false,
    expiresIn: seconds("60s"),
    typ: "svc+jwt",
  });
  const tokenFor = (audience: string, subject = `svc:${name}`): string =>
    signer.sign({ sub: subject, jti: randomUUID() }, { audience });
  return { url, tokenFor };
}

test("callers are known by their own keys; a token for one callee, of one caller, works once", async () => {
  const billing = await service("billing", await generateKey("Ed25519"));
  const search = await service("search", await generateKey("Ed25519"));
  const impostor = await service("billing", await generateKey("Ed25519"));

  const caller = (name: string, url: string) =>
    createVerifier({
      keys: remoteKeys(url, { algs: ["Ed25519"], allowHttp: true }),
      issuer: `svc:${name}`,
      audience: "svc:orders",
      typ: "svc+jwt",
      required: ["sub", "jti"],
      maxAge: "60s",
      clockSkew: "2s",
    });
  const callers = verifierByIssuer([caller("billing", billing.url), caller("search", search.url)]);
  const check = async (token: string): Promise<string> => (await callers.verifyAsync(token)).claims.sub;

  expect(await check(billing.tokenFor("svc:orders"))).toBe("svc:billing");
  expect(await check(search.tokenFor("svc:orders"))).toBe("svc:search");
  expect((await refusalOf(check(billing.tokenFor("svc:search")))).code).toBe("AUDIENCE");
  expect((await refusalOf(check(impostor.tokenFor("svc:orders")))).code).toBe("KEY_UNKNOWN");

  const once = memoryStore();
  const clientAssertion = (token: string) => callers.verifyAsync(token, { subject: "svc:billing", once });
  const assertion = billing.tokenFor("svc:orders");
  expect((await clientAssertion(assertion)).claims.sub).toBe("svc:billing");
  expect((await refusalOf(clientAssertion(assertion))).code).toBe("ALREADY_USED");
  expect((await refusalOf(clientAssertion(search.tokenFor("svc:orders")))).code).toBe("SUBJECT");
});
