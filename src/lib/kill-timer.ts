import { messageOf } from "./caught.ts";
import { SystemCallError, withSystemCalls } from "./posix.ts";

/** Source: Linux, include/uapi/linux/time.h, asm-generic/siginfo.h and signal.h. It counts what a machine sleeps through. */
const CLOCK_BOOTTIME = 7;
const SIGEV_SIGNAL = 0;
const SIGKILL = 9;
const SIGEVENT_BYTES = 64;
const NANOSECONDS = 1_000_000;

/** Kills this process when it runs out, whatever the process does then: also while it is stopped. */
export interface KillTimer {
  /** From now on, in place of what was set before. */
  arm(ms: number): void;
  disarm(): void;
}

/** The kernel keeps it, so that it needs nothing of the process. Programs that are started have none of it. */
export function makeKillTimer(): { is: "made"; timer: KillTimer } | { is: "failed"; why: string } {
  const event = new DataView(new ArrayBuffer(SIGEVENT_BYTES));
  event.setInt32(8, SIGKILL, true);
  event.setInt32(12, SIGEV_SIGNAL, true);
  const id = new Int32Array(1);
  const bytes = new Uint8Array(id.buffer);
  try {
    withSystemCalls((call) => call("timer_create", CLOCK_BOOTTIME, new Uint8Array(event.buffer), bytes));
  } catch (cause) {
    if (!(cause instanceof SystemCallError)) throw cause;
    return { is: "failed", why: messageOf(cause) };
  }
  const timer = id[0] as number;
  const set = (ms: number): void => {
    const whole = Math.floor(ms / 1000);
    // No interval, then seconds and nanoseconds; both 0 would disarm.
    const times = new BigInt64Array([
      0n,
      0n,
      BigInt(whole),
      BigInt(Math.floor((ms - whole * 1000) * NANOSECONDS)),
    ]);
    withSystemCalls((call) => call("timer_settime", timer, 0, new Uint8Array(times.buffer), 0));
  };
  return { is: "made", timer: { arm: (ms) => set(Math.max(ms, 1)), disarm: () => set(0) } };
}
