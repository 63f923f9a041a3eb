/** The client's clock: the only file of it that reads the time. It imports nothing of the package, so it has its own. */

/** Milliseconds since 1970, by this device. */
export function systemNowMs(): number {
  return Date.now();
}
