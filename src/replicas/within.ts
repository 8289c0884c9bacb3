import type { Clock } from "../core/ports/clock.ts";
import { messageOf } from "../lib/caught.ts";

interface NotAnswered {
  is: "failed";
  why: string;
}

/** What was asked, answered within so long by our own clock, or failed. What is answered later nobody hears. */
export async function within<A extends { is: string }>(
  clock: Clock,
  ms: number,
  ask: (signal: AbortSignal) => Promise<A>,
): Promise<A | NotAnswered> {
  const late = new AbortController(),
    answered = new AbortController();
  const asked = ask(late.signal).catch(
    (cause: unknown): NotAnswered => ({ is: "failed", why: messageOf(cause) }),
  );
  const over = clock.sleep(ms, answered.signal).then(
    (): NotAnswered => ({ is: "failed", why: `no answer within ${Math.round(ms)} ms` }),
    () => asked,
  );
  const first = await Promise.race([asked, over]);
  answered.abort();
  late.abort();
  return first;
}
