import { startTimer } from "./timer.ts";

/** The machine's time. Has the shape of the `Clock` port. */
export const systemClock = {
  now: (): number => Date.now(),
  monotonic: (): number => performance.now(),
  sleep: (ms: number, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const aborted = () => {
        timer.cancel();
        reject(signal?.reason);
      };
      const timer = startTimer(ms, () => {
        signal?.removeEventListener("abort", aborted);
        resolve();
      });
      signal?.addEventListener("abort", aborted, { once: true });
    }),
};
