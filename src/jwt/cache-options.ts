/** How much a verifier may remember of the tokens that it accepted. */
import { checkNames, countOption } from "../options.ts";

export interface CacheOptions {
  /** How many tokens it holds at most. */
  readonly maxTokens: number;
  /** How much memory they may take, by estimate. Default 64 MiB. */
  readonly maxBytes?: number;
}

const DEFAULT_MAX_BYTES = 64 * 2 ** 20;

/** The options of a cache, checked. @throws CONFIG */
export function readCacheOptions(where: string, options: CacheOptions | undefined): Required<CacheOptions> | undefined {
  if (options === undefined) return undefined;
  checkNames(`${where}.cache`, options, ["maxTokens", "maxBytes"]);
  const { maxTokens, maxBytes = DEFAULT_MAX_BYTES } = options;
  return {
    maxTokens: countOption(where, "cache.maxTokens", maxTokens, 1),
    maxBytes: countOption(where, "cache.maxBytes", maxBytes, 1),
  };
}
