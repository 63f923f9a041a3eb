/** How large and how deep a token may be, so that no token can be made to cost much. */
import { checkNames, countOption } from "../options.ts";

export interface Limits {
  /** Of the whole token. Default 8192. */
  readonly maxBytes: number;
  /** How deep objects and arrays may nest in header and payload. Default 128. */
  readonly maxDepth: number;
}

export const DEFAULT_LIMITS: Limits = Object.freeze({ maxBytes: 8192, maxDepth: 128 });

/** The limits of an options object, defaults filled in. @throws CONFIG */
export function readLimits(where: string, limits: Partial<Limits> | undefined): Limits {
  if (limits === undefined) return DEFAULT_LIMITS;
  checkNames(`${where}.limits`, limits, ["maxBytes", "maxDepth"]);
  const { maxBytes = DEFAULT_LIMITS.maxBytes, maxDepth = DEFAULT_LIMITS.maxDepth } = limits;
  return {
    maxBytes: countOption(where, "limits.maxBytes", maxBytes, 1),
    maxDepth: countOption(where, "limits.maxDepth", maxDepth, 1),
  };
}
