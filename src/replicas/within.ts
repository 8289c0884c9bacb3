import type { Clock } from "../core/ports/clock.ts";
import type { LeaseAnswer } from "../core/ports/lease-api.ts";
import { messageOf } from "../lib/caught.ts";

/** What was asked, answered within so long by our own clock, or failed. What is answered later nobody hears. */
export async function within(
  clock: Clock,
  ms: number,
  ask: (signal: AbortSignal) => Promise<LeaseAnswer>,
): Promise<LeaseAnswer> {
  const late = new AbortController(),
    answered = new AbortController();
  const asked = ask(late.signal).catch(
    (cause: unknown): LeaseAnswer => ({ is: "failed", why: messageOf(cause) }),
  );
  const over = clock.sleep(ms, answered.signal).then(
    (): LeaseAnswer => ({ is: "failed", why: `no answer within ${Math.round(ms)} ms` }),
    () => asked,
  );
  const first = await Promise.race([asked, over]);
  answered.abort();
  late.abort();
  return first;
}
