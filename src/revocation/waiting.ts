/** How a list waits: never for ever, and so that a process can end, but where somebody waits for the list. */

/** Work that neither answered nor failed in its time. */
export class Unanswered extends Error {
  override readonly name = "Unanswered";
}

/** What the work answers. @throws Unanswered after `limitMs`; what it answers later, nobody hears */
export async function within<T>(limitMs: number, work: () => Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Unanswered("the feed stalls: it neither answers nor fails")), limitMs);
    timer.unref();
  });
  try {
    return await Promise.race([work(), tooLate]);
  } finally {
    clearTimeout(timer);
  }
}

/** Resolves after `ms`, or when the signal is aborted. */
export async function pause(
  ms: number,
  signal: AbortSignal,
  { keepsAlive = false }: { readonly keepsAlive?: boolean } = {},
): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    if (!keepsAlive) timer.unref();
    signal.addEventListener("abort", done);
  });
}
