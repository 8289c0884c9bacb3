import type { Writing } from "./send.ts";

/** @throws the reason of a stop: the next start takes the operation up again */
export async function pause(
  ms: number,
  { clock, signal, stopping }: Writing,
): Promise<"over" | "terminated"> {
  try {
    await clock.sleep(ms, AbortSignal.any([signal, stopping]));
    return "over";
  } catch (cause) {
    stopping.throwIfAborted();
    if (signal.aborted) return "terminated";
    throw cause;
  }
}
