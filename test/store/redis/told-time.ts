/** A Redis whose clock does what a test says: the scripts' one reading of TIME is replaced on their way to the server. */
import type { Redis } from "ioredis";
import type { NodeRedisClient } from "../../../src/store/redis.ts";

const READING = "redis.call('TIME')";

/**
 * A client with which every script reads `nowMs()`. Expiry is still the server's own, so that the time told must not
 * be before the real one, or keys leave at once.
 */
export function withClock(redis: Redis, nowMs: () => number): NodeRedisClient {
  return {
    eval: (script, { keys, arguments: args }) => redis.eval(told(script, nowMs()), keys.length, ...keys, ...args),
    evalSha: async () => {
      throw new Error("NOSCRIPT: the text must pass here");
    },
    duplicate: () => redis.duplicate(),
  };
}

function told(script: string, nowMs: number): string {
  const parts = script.split(READING);
  if (parts.length > 2) throw new Error("a script reads the clock twice");
  const [seconds, micros] = [Math.floor(nowMs / 1000), (nowMs % 1000) * 1000 + 999];
  return parts.join(`{ '${seconds}', '${micros}' }`);
}
