import { Cron } from "croner";

/** When to look at Git: a croner pattern, or a fixed pause. */
export type Schedule = { cron: string } | { everyMs: number };

/** @returns why croner refuses the pattern, undefined where it takes it */
export function cronProblem(pattern: string): string | undefined {
  try {
    const job = new Cron(pattern, { paused: true });
    const next = job.nextRun();
    job.stop();
    return next === null ? "it never fires" : undefined;
  } catch (cause) {
    return (cause instanceof Error ? cause.message : String(cause)).replace(/^CronPattern: /, "").replace(/\.$/, "");
  }
}

/**
 * Runs `work` at each firing, each time delayed by a chance between 0 and `spreadMs`, so that many repositories on one
 * server are not asked in the same instant. A firing while the last one still runs is dropped.
 *
 * @param random source of chance in [0, 1)
 * @returns stops the schedule
 */
export function startSchedule(schedule: Schedule, work: () => Promise<void>, { spreadMs = 0, random = Math.random } = {}): () => void {
  const delayed = new Set<ReturnType<typeof setTimeout>>();
  let busy = false;
  const fire = () => {
    const timer = setTimeout(() => {
      delayed.delete(timer);
      if (busy) return;
      busy = true;
      void work().finally(() => {
        busy = false;
      });
    }, Math.floor(random() * spreadMs));
    delayed.add(timer);
  };
  const stop = "cron" in schedule ? startCron(schedule.cron, fire) : startInterval(schedule.everyMs, fire);
  return () => {
    stop();
    for (const timer of delayed) clearTimeout(timer);
  };
}

function startCron(pattern: string, fire: () => void): () => void {
  const job = new Cron(pattern, { protect: true }, fire);
  return () => job.stop();
}

function startInterval(everyMs: number, fire: () => void): () => void {
  const timer = setInterval(fire, everyMs);
  return () => clearInterval(timer);
}
