/** Runs a computation that pauses now and then to its end, without a pause. */
export function atOnce<T>(steps: Generator<undefined, T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** Those who let others go first, in the order in which they came. */
const paused: (() => void)[] = [];

/**
 * Lets everything else that waits go first. However many do so at once, one of them goes on in a turn of the event loop:
 * fifty slices of a few milliseconds, one behind the other, would hold everything else up for all of them.
 */
function afterOthers(): Promise<void> {
  return new Promise((resolve) => {
    paused.push(resolve);
    if (paused.length === 1) setImmediate(goOn);
  });
}

function goOn(): void {
  paused.shift()?.();
  if (paused.length > 0) setImmediate(goOn);
}

/**
 * Runs a computation that pauses now and then to its end, and lets everything else that waits go first whenever it has
 * taken `sliceMs`.
 *
 * @throws what the computation throws, and the signal's reason when it is aborted
 */
export async function inSlices<T>(
  steps: Generator<undefined, T>,
  { sliceMs = 8, signal }: { sliceMs?: number; signal?: AbortSignal } = {},
): Promise<T> {
  let begun = performance.now();
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    if (performance.now() - begun < sliceMs) continue;
    await afterOthers();
    signal?.throwIfAborted();
    begun = performance.now();
  }
}

/**
 * For work that waits for things which may all be there: awaited now and then, what comes of this lets everything else
 * that waits go first whenever `sliceMs` have passed since it did so last.
 */
export function pauses(sliceMs = 8): () => Promise<void> {
  let begun = performance.now();
  return async () => {
    if (performance.now() - begun < sliceMs) return;
    await afterOthers();
    begun = performance.now();
  };
}

/**
 * The same for all that many things wake at once: looks, answers and events of many clusters are each short, and together
 * they would hold everything else up for as long as all of them take. One for the process, as its event loop is.
 */
export const giveWay: () => Promise<void> = pauses();
