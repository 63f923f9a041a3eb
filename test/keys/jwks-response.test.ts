/** The answer of a JWKS endpoint: ETag, If-None-Match and Cache-Control. RFC 9110 §13.1.2, RFC 9111 §5.2.2. */
import { expect, it, test } from "vitest";
import { generateKey } from "../../src/jwk/generate.ts";
import { keyRing } from "../../src/jwk/key-ring.ts";
import { manualClock } from "./manual-clock.ts";

const [old, next] = await Promise.all([generateKey("ES256"), generateKey("ES256")]);
const time = manualClock("2026-05-01T00:00:00Z");
const options = { tokenLife: 60, clock: time.clock };
const ring = keyRing([old, { key: next, signsFrom: new Date("2026-05-01T01:00:00Z") }], options);
const { status, headers, body } = ring.jwksResponse();
const etag = headers.etag as string;

it("is the set as JSON, with its media type and how long it may be kept", () => {
  expect(status).toBe(200);
  expect(JSON.parse(body)).toEqual(ring.jwks());
  expect(headers).toEqual({
    "content-type": "application/jwk-set+json",
    "cache-control": "public, max-age=300",
    etag: expect.stringMatching(/^"[\w-]{43}"$/),
  });
});

it.each([
  ["15m", "public, max-age=900"],
  [0, "public, max-age=0"],
  [1.9, "public, max-age=1"],
] as const)("says that it may be kept for jwksMaxAge: %s", (jwksMaxAge, expected) => {
  expect(keyRing([old], { ...options, jwksMaxAge }).jwksResponse().headers["cache-control"]).toBe(expected);
});

it.each([
  ["the tag", etag],
  ["the tag as a weak one", `W/${etag}`],
  ["a list with the tag", `"a", ${etag}, "b"`],
  ["a list without spaces", `"a",W/${etag}`],
  ["anything at all", "*"],
])("is 304 and empty for If-None-Match with %s", (_name, ifNoneMatch) => {
  const answer = ring.jwksResponse(ifNoneMatch);
  expect(answer.status).toBe(304);
  expect(answer.body).toBe("");
  // RFC 9110 §15.4.5: what a cache needs to keep what it has.
  expect(answer.headers).toEqual(headers);
});

it.each([
  ["undefined", undefined],
  ["nothing", ""],
  ["another tag", '"a"'],
  ["the tag without its quotes", etag.slice(1, -1)],
  ["the tag in another case", etag.toLowerCase()],
  ["the beginning of the tag", `${etag.slice(0, 20)}"`],
  ["a lower-case w/", `w/${etag}`],
])("is 200 for If-None-Match with %s", (_name, ifNoneMatch) => {
  expect(ring.jwksResponse(ifNoneMatch).status).toBe(200);
});

test("the tag is the same in every instance, and another when the set changes", () => {
  const instance = keyRing([{ key: next, signsFrom: new Date("2026-05-01T01:00:00Z") }, old], options);
  expect(instance.jwksResponse().headers.etag).toBe(etag);
  time.set("2026-05-01T01:01:00Z");
  expect(ring.jwksResponse(etag)).toMatchObject({ status: 200 });
  expect(ring.jwksResponse().headers.etag).not.toBe(etag);
  expect(instance.jwksResponse().headers.etag).toBe(ring.jwksResponse().headers.etag);
});
