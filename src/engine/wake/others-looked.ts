import type { Applications } from "../applications.ts";
import type { EnginePorts } from "../engine-ports.ts";
import type { ManagedApplication, Seen } from "../managed-application.ts";

/** How long a prune waits for applications that may want what it would delete. */
const LOOKS_WITHIN_MS = 30_000;
/** Whoever failed so often in a row had the time: each prune, and each step of a deletion, would wait for it anew. */
const TRIES = 3;

/**
 * Resolves when every application but `managed` knows what it wants of what is known now. A look that hangs (a Git
 * server that is silent) does not hold up a prune for ever: after half a minute it resolves all the same, and does not
 * wait at all for one that has failed time and again.
 */
export async function othersLooked(
  managed: ManagedApplication,
  applications: Applications,
  { clock }: Pick<EnginePorts, "clock">,
  signal: AbortSignal,
): Promise<void> {
  const looking = [...applications].filter(
    ({ key, inbox, seen, spec }) =>
      key !== managed.key && inbox.isLooking && mayStillKnow(seen) && spec.deleting === undefined,
  );
  if (looking.length === 0) return;
  const over = new AbortController();
  const late = clock.sleep(LOOKS_WITHIN_MS, AbortSignal.any([signal, over.signal]));
  try {
    await Promise.race([Promise.all(looking.map(({ inbox }) => inbox.looked())), late]);
  } finally {
    over.abort();
    late.catch(() => undefined);
  }
}

/** Whether it is worth waiting for what an application wants: not for one that only an edit mends, nor for one that is known from before. */
function mayStillKnow(seen: Seen): boolean {
  return (
    seen.is !== "failed" ||
    (seen.before === undefined && seen.failure.retry === "backoff" && seen.times < TRIES)
  );
}
