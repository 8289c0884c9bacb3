/** The daemon is asked the same of many, a few at a time. */

/** So that a browser's connections are not all taken, and the daemon has others to answer. */
const AT_ONCE = 4;

/**
 * @param work never told twice of one item; what it throws ends nothing but itself, so it says itself what came of it
 * @param signal whatever was not begun when it ends is not begun
 */
export async function forEach<T>(
  items: readonly T[],
  work: (item: T) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const left = items[Symbol.iterator]();
  const one = async (): Promise<void> => {
    for (const item of left) {
      if (signal.aborted) return;
      await work(item).catch(() => undefined);
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, items.length) }, one));
}
