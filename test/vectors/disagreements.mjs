/** What a corpus run printed, against the disagreements that are known by name. */
import { isDeepStrictEqual } from "node:util";

/** @param listed as printed: "WRONG-REJECT some-id" */
export function disagreesAsListed(printed, listed) {
  const ended = printed.split("\n").filter((line) => line.startsWith("TOTAL")).length === 2;
  const found = [...printed.matchAll(/^ +(WRONG-\w+|CRASH|HARNESS) (\S+):/gm)].map(([, what, id]) => `${what} ${id}`);
  return ended && isDeepStrictEqual(found.toSorted(), listed.toSorted());
}
