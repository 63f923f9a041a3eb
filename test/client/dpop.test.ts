/** Proofs of possession as the client makes them, checked by jose: RFC 9449. */
import { calculateJwkThumbprint, EmbeddedJWK, jwtVerify } from "jose";
import { describe, expect, it } from "vitest";
import { createDpop, type DpopKeyPair } from "../../src/client/index.ts";
import { openServer, PAGE } from "./tabs.ts";

const at = new Date("2026-05-01T12:00:00Z");
const ordersUrl = `${PAGE}/orders`;
const read = (proof: string) => jwtVerify(proof, EmbeddedJWK, { typ: "dpop+jwt", currentDate: at });
const generate = async (algorithm: object, extractable: boolean): Promise<DpopKeyPair> =>
  (await crypto.subtle.generateKey(algorithm as never, extractable, ["sign", "verify"])) as unknown as DpopKeyPair;

describe("a proof", () => {
  it("says method, address without query, time, and a name of its own, and is signed by the key in it", async () => {
    const dpop = await createDpop({ clock: () => at });
    const input = { method: "POST", url: "https://api.example/orders?page=2#top" };
    const { payload, protectedHeader } = await read(await dpop.proof(input));
    expect(payload).toEqual({
      htm: "POST",
      htu: "https://api.example/orders",
      iat: at.getTime() / 1000,
      jti: expect.stringMatching(/^[\w-]{22,}$/),
    });
    expect(Object.keys(protectedHeader.jwk ?? {}).sort()).toEqual(["crv", "kty", "x", "y"]);
    expect(await calculateJwkThumbprint(protectedHeader.jwk ?? {})).toBe(dpop.thumbprint);
    const second = await read(await dpop.proof(input));
    expect(second.payload.jti).not.toBe(payload.jti);
  });

  it("names the hash of the access token as RFC 9449 §7.1 does", async () => {
    const dpop = await createDpop({ clock: () => at });
    const accessToken = "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU";
    const { payload } = await read(await dpop.proof({ method: "GET", url: ordersUrl, accessToken, nonce: "n-1" }));
    expect(payload.ath).toBe("fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo");
    expect(payload.nonce).toBe("n-1");
  });

  it("comes of the key that is given, so that it can outlive a reload", async () => {
    const keyPair = await generate({ name: "ECDSA", namedCurve: "P-256" }, false);
    const [first, second] = [await createDpop({ keyPair }), await createDpop({ keyPair })];
    expect(first.thumbprint).toBe(second.thumbprint);
  });

  it.each([
    ["can be exported", { name: "ECDSA", namedCurve: "P-256" }, true],
    ["is on another curve", { name: "ECDSA", namedCurve: "P-384" }, false],
    [
      "is RSA",
      { name: "RSA-PSS", modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]), hash: "SHA-256" },
      false,
    ],
  ])("never comes of a key that %s", async (_name, algorithm, extractable) => {
    await expect(createDpop({ keyPair: await generate(algorithm, extractable) })).rejects.toThrow(TypeError);
  });
});

describe("a client with a key", () => {
  it("sends a fresh proof with every request, for the token that goes with it", async () => {
    const server = openServer();
    const tab = server.browser.open({ dpop: await createDpop({ clock: () => at }) });
    tab.fetch.setAccessToken("access-1", 900);
    server.browser.answer = () => new Response("ok");
    await tab.fetch(ordersUrl);
    await tab.fetch(`${ordersUrl}?page=2`, { method: "DELETE" });
    const proofs = await Promise.all(server.browser.sent.map(({ headers }) => read(headers.get("dpop") ?? "")));
    expect(server.browser.sent.map(({ headers }) => headers.get("authorization"))).toEqual([
      "DPoP access-1",
      "DPoP access-1",
    ]);
    expect(proofs.map(({ payload }) => [payload.htm, payload.htu])).toEqual([
      ["GET", ordersUrl],
      ["DELETE", ordersUrl],
    ]);
    expect(new Set(proofs.map(({ payload }) => payload.jti)).size).toBe(2);
    expect(proofs[0]?.payload.ath).toBeTypeOf("string");
  });

  it("proves itself at refresh and logout too, without a token", async () => {
    const server = openServer();
    const tab = server.browser.open({ dpop: await createDpop({ clock: () => at }) });
    server.next.push(() => Response.json({ access_token: "bound-1", token_type: "DPoP", expires_in: 900 }));
    server.nextApi.push(() => new Response("ok"));
    await tab.fetch(ordersUrl);
    await tab.fetch.logout();
    const [refresh, api, logout] = server.browser.sent;
    const proof = await read(refresh?.headers.get("dpop") ?? "");
    expect([proof.payload.htm, proof.payload.htu, proof.payload.ath]).toEqual([
      "POST",
      `${PAGE}/auth/refresh`,
      undefined,
    ]);
    expect(api?.headers.get("authorization")).toBe("DPoP bound-1");
    expect((await read(logout?.headers.get("dpop") ?? "")).payload.htu).toBe(`${PAGE}/auth/logout`);
  });

  it("repeats a request once with the nonce that the server asks for, and keeps to it", async () => {
    const server = openServer();
    const tab = server.browser.open({ dpop: await createDpop({ clock: () => at }) });
    tab.fetch.setAccessToken("access-1", 900);
    const wants = (status: number) =>
      new Response(null, {
        status,
        headers: { "dpop-nonce": "n-7", "www-authenticate": 'DPoP error="use_dpop_nonce"' },
      });
    server.browser.answer = ({ headers }) => {
      const [, payload = ""] = (headers.get("dpop") ?? "").split(".");
      const { nonce } = JSON.parse(Buffer.from(payload, "base64url").toString()) as { nonce?: string };
      return nonce === "n-7" ? new Response("ok") : wants(401);
    };
    expect((await tab.fetch(ordersUrl, { method: "POST", body: "x" })).status).toBe(200);
    expect(server.browser.sent).toHaveLength(2);
    expect((await tab.fetch(ordersUrl)).status).toBe(200);
    expect(server.browser.sent).toHaveLength(3);
    server.browser.answer = () => wants(401);
    expect((await tab.fetch(ordersUrl)).status).toBe(401);
    expect(server.browser.sent).toHaveLength(5);
  });

  it("repeats a refresh with the nonce, which is no second attempt", async () => {
    const server = openServer();
    const tab = server.browser.open({ dpop: await createDpop({ clock: () => at }) });
    const headers = { "dpop-nonce": "n-8" };
    server.next.push(() => Response.json({ error: "use_dpop_nonce" }, { status: 400, headers }));
    expect((await tab.fetch(ordersUrl)).status).toBe(200);
    const refreshes = server.browser.sent.filter(({ url }) => url.endsWith("/refresh"));
    expect(refreshes.map((request) => request.headers.has("refresh-attempt-challenge"))).toEqual([true, true]);
    expect((await read(refreshes[1]?.headers.get("dpop") ?? "")).payload.nonce).toBe("n-8");
  });
});
