/** What rejwt is to reach: ratios to the best peer and to the floor, in one run. */
import { version } from "node:process";

const isLater = Number(version.slice(1).split(".", 1)[0]) >= 22;

const PEER_TARGETS = {
  "verify HS256": isLater ? 1.65 : 1.8,
  "sign HS256": isLater ? 1.65 : 1.8,
  "verify HS512": 1.6,
  "sign HS512": 1.6,
  "verify RS256": 1.1,
  "verify PS256": isLater ? 1.5 : 1.1,
};
/** What a check may fall short of a target: machines differ. */
const ALLOWANCE = 0.85;

export const FLOOR_TARGETS = { HS256: 0.85, HS512: 0.85, RS256: 0.95, PS256: 0.95, ES256: 0.95, EdDSA: 0.95 };

/** Cached: against the cache of fast-jwt. */
export function peerTarget(what, alg) {
  return what === "cached" ? 6 : (PEER_TARGETS[`${what} ${alg}`] ?? 1);
}

/** Against the best that has no cache. */
function uncachedTarget(alg) {
  if (alg.startsWith("HS")) return 15;
  return alg.startsWith("ES") || alg.startsWith("Ed") ? 100 : 60;
}

/** @returns every target that is missed, and those that are missed by more than the allowance */
export function shortfalls(rows) {
  const missed = rows.flatMap(({ what, alg, best, floor, uncached }) => [
    { name: `${alg} ${what} to ${best.name}`, ratio: best.ratio, target: peerTarget(what, alg) },
    ...(floor ? [{ name: `${alg} ${what} to the floor`, ratio: floor.ratio, target: FLOOR_TARGETS[alg] }] : []),
    ...(uncached
      ? [{ name: `${alg} ${what} to ${uncached.name}`, ratio: uncached.ratio, target: uncachedTarget(alg) }]
      : []),
  ]);
  const line = ({ name, ratio, target }) => `short: ${name}: ${ratio.toFixed(2)}, target ${target}`;
  const short = missed.filter(({ ratio, target }) => ratio < target);
  return { all: short.map(line), failing: short.filter(({ ratio, target }) => ratio < target * ALLOWANCE).map(line) };
}
