/** So many operations, so many of them at the same time. */

/** Each chain waits for its last operation before its next, as the client of one session does. */
export async function inFlight(
  operation: (chain: number) => Promise<void>,
  concurrency: number,
  count: number,
): Promise<void> {
  let left = count;
  const chain = async (index: number): Promise<void> => {
    while (left-- > 0) await operation(index);
  };
  await Promise.all(Array.from({ length: concurrency }, (_, index) => chain(index)));
}
