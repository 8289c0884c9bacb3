/** Applications on their way out of the daemon. */
import type { Application } from "../core/model/application.ts";
import { CliError } from "./cli-error.ts";
import type { CliContext } from "./context.ts";
import { EXIT, type ExitCode } from "./exit-codes.ts";
import type { Client } from "./http/client.ts";
import { createProgress } from "./sync-progress.ts";
import { plainText } from "./terminal/plain-text.ts";
import { untilApps } from "./until-apps.ts";
import { isBeingDeleted, nameOf } from "./words/app-words.ts";
import { syncRows } from "./words/sync-rows.ts";
import { rowLines } from "./words/sync-summary.ts";
import { why } from "./words/why.ts";

/**
 * Waits until applications that are being deleted are gone, and says so of each; what was said to be gone is not waited for.
 * @returns 1 where a deletion stopped
 */
export async function untilGone(
  context: CliContext,
  client: Client,
  apps: readonly Application[],
): Promise<ExitCode> {
  const progress = createProgress(context);
  // Those that went before the stream was open are told by no event.
  const there = await uidsThere(client);
  const left = new Map(apps.filter((app) => isThere(app, there)).map((app) => [nameOf(app), app]));
  const failed = new Map<string, Application>();
  const anew = new Set<string>();
  const outcome = await untilApps(context, client, left, {
    timeoutMs: context.limitMs(0),
    // It stays as it is until somebody says how it goes on.
    isDone(app) {
      const name = nameOf(app);
      if (app.metadata.uid !== left.get(name)?.metadata.uid) {
        if (!anew.has(name)) context.print(sayGone(context, app, "made-anew"));
        anew.add(name);
        return true;
      }
      const isStopped = isBeingDeleted(app) && app.status?.operationState?.phase === "Failed";
      if (isStopped) failed.set(name, app);
      else failed.delete(name);
      return isStopped;
    },
    gone(app) {
      failed.delete(nameOf(app));
      context.print([...rowLines(context.out, syncRows(app)), sayGone(context, app, "gone")]);
    },
    update: progress.update,
  }).finally(progress.end);
  if (outcome.is === "interrupted")
    throw new CliError(EXIT.interrupted, "Detached: the deletion goes on in the daemon.");
  if (outcome.is === "timed-out")
    throw new CliError(
      EXIT.timedOut,
      `Not gone after ${context.limitMs(0) / 1_000} s: ${outcome.late.map(nameOf).join(", ")}.`,
      outcome.late.map((app) => `holdfast app get ${nameOf(app)} tells what holds it`),
    );
  for (const app of failed.values())
    context.print([
      ...rowLines(context.out, syncRows(app)),
      `${context.out.paint("bad", context.out.symbols.failed)} ${nameOf(app)}: ${plainText(why(app))}`,
    ]);
  return failed.size > 0 ? EXIT.differs : EXIT.done;
}

/** Whoever renders it makes another one of its name at once, where that one heals itself. */
export function sayGone({ out }: CliContext, app: Application, is: "gone" | "made-anew"): string {
  const more = is === "gone" ? "" : ", and another one of its name was made since, by whoever renders it";
  return `${out.symbols.done} ${nameOf(app)}: is gone${more}`;
}

export function isThere(app: Application, there: ReadonlyMap<string, string | undefined>): boolean {
  return there.has(nameOf(app)) && there.get(nameOf(app)) === app.metadata.uid;
}

/** By name. */
export async function uidsThere(client: Client): Promise<Map<string, string | undefined>> {
  const { items } = await client.get<{ items: Application[] }>("/api/v1/applications", {
    fields: "items.metadata.name,items.metadata.namespace,items.metadata.uid",
  });
  return new Map(items.map((app) => [nameOf(app), app.metadata.uid]));
}
