/**
 * Timers of any length. What JavaScript offers counts 31 bits of milliseconds, 24.8 days, and fires at once where it is
 * given more: a poll every year would never rest.
 */
const LONGEST_MS = 2 ** 31 - 1;

export interface Timer {
  /** A second call does nothing. */
  cancel(): void;
  /** Lets the process end before it fires. */
  unref(): Timer;
}

/** Calls `work` once after `ms`; Infinity is never. */
export function startTimer(ms: number, work: () => void): Timer {
  let left = ms,
    keeps: "alive" | "nobody" = "alive",
    timer: ReturnType<typeof setTimeout>;
  const arm = (): void => {
    const part = Math.min(left, LONGEST_MS);
    left -= part;
    timer = setTimeout(() => (left > 0 ? arm() : work()), part);
    if (keeps === "nobody") timer.unref();
  };
  arm();
  const started: Timer = {
    cancel: () => clearTimeout(timer),
    unref() {
      keeps = "nobody";
      timer.unref();
      return started;
    },
  };
  return started;
}

/** Calls `work` every `ms` until it is cancelled. */
export function startTicking(ms: number, work: () => void): Timer {
  if (ms <= LONGEST_MS) {
    const timer = setInterval(work, ms);
    const started: Timer = {
      cancel: () => clearInterval(timer),
      unref() {
        timer.unref();
        return started;
      },
    };
    return started;
  }
  let keeps: "alive" | "nobody" = "alive",
    next: Timer;
  const arm = (): void => {
    next = startTimer(ms, () => {
      arm();
      work();
    });
    if (keeps === "nobody") next.unref();
  };
  arm();
  const started: Timer = {
    cancel: () => next.cancel(),
    unref() {
      keeps = "nobody";
      next.unref();
      return started;
    },
  };
  return started;
}
