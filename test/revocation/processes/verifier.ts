/** A process that verifies: it holds the list of a feed, and says when a token that it watches is refused. */
import { createVerifier } from "../../../src/jwt/verifier.ts";
import { createRevocationList } from "../../../src/revocation/create-revocation-list.ts";
import { openFeed, type SharedPlace, verifierOptions } from "./issuing.ts";

/** What a parent sends: tokens to watch. */
export interface Watch {
  readonly tokens: readonly string[];
}

/** What it hears: the moment at which the last of them was refused, milliseconds since 1970, with their fraction. */
export interface Refused {
  readonly atMs: number;
  readonly codes: readonly string[];
}

const { place, boundSeconds } = JSON.parse(process.argv[2] ?? "") as {
  readonly place: SharedPlace;
  readonly boundSeconds: number;
};
const list = createRevocationList({ feed: await openFeed(place), bound: boundSeconds, duringOutage: "reject" });
const verifier = createVerifier({ ...verifierOptions, revocations: list });

let watched: readonly string[] = [];
list.onChange(() => {
  if (watched.length === 0) return;
  const codes = watched.map((token) => {
    const result = verifier.safeVerify(token);
    return result.ok ? "ok" : result.error.code;
  });
  if (codes.includes("ok")) return;
  watched = [];
  process.send?.({ atMs: performance.timeOrigin + performance.now(), codes } satisfies Refused);
});

process.on("message", ({ tokens }: Watch) => {
  for (const token of tokens) verifier.verify(token);
  watched = tokens;
  process.send?.("watching");
});
process.on("disconnect", () => process.exit());

if (!(await list.ready())) throw new Error("the list was not read");
process.send?.("ready");
