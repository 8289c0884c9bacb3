import { Cron } from "croner";
import { messageOf } from "../../lib/caught.ts";
import { startTicking } from "../../lib/timer.ts";

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
    return messageOf(cause)
      .replace(/^CronPattern: /, "")
      .replace(/\.$/, "");
  }
}

/**
 * Runs `work` at each firing. One that comes while the last one still runs is dropped.
 * @param work must not throw
 * @returns stops the schedule
 */
export function startSchedule(schedule: Schedule, work: () => Promise<void>): () => void {
  let is: "free" | "busy" = "free";
  const fire = () => {
    if (is === "busy") return;
    is = "busy";
    void work().finally(() => {
      is = "free";
    });
  };
  if ("cron" in schedule) {
    const job = new Cron(schedule.cron, fire);
    return () => job.stop();
  }
  const timer = startTicking(schedule.everyMs, fire);
  return () => timer.cancel();
}
