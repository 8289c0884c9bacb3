import type { Application } from "../../core/model/application.ts";
import type { SyncResource } from "../../core/model/operation.ts";
import { CliError } from "../cli-error.ts";
import type { CliContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { isUnseen } from "../http/refusal.ts";
import { asManifest, printJson, printYamlDocuments } from "../print-object.ts";
import { chosenApps, type SelectionOptions } from "../select-apps.ts";
import { createProgress } from "../sync-progress.ts";
import { painted } from "../terminal/terminal.ts";
import { untilApps } from "../until-apps.ts";
import { missing, type WaitWord } from "../wait-conditions.ts";
import { healthOf, isBusy, nameOf, syncOf } from "../words/app-words.ts";
import { why } from "../words/why.ts";
import { appTable } from "./app-list.ts";

export interface AppWaitOptions extends SelectionOptions {
  sync?: boolean;
  health?: boolean;
  operation?: boolean;
  suspended?: boolean;
  degraded?: boolean;
  delete?: boolean;
  for?: WaitWord[];
  resource?: SyncResource[];
  output?: "json" | "yaml";
}

export async function appWait(
  context: CliContext,
  names: string[],
  options: AppWaitOptions,
): Promise<ExitCode> {
  const client = await context.client();
  const wanted = wantedOf(options);
  const apps = await chosen();
  if (apps === undefined) return EXIT.done;
  const before = new Map(apps.map((app) => [nameOf(app), app]));
  for (const app of apps) {
    const open = missing(app, wanted, options.resource);
    if (open.length > 0) context.note(`Waiting for ${nameOf(app)}: ${open.join(", ")}`);
  }
  // A state that begins while we look is a failure; one that was there before may be what somebody is just mending.
  const failed = new Map<string, string>();
  const progress = createProgress(context);
  const outcome = await untilApps(context, client, before, {
    timeoutMs: context.limitMs(0),
    isDone(app) {
      const name = nameOf(app);
      failed.delete(name);
      // An operation that was waited for and failed has ended too, and is no success.
      const trouble = troubleSince(before.get(name), app, wanted);
      before.set(name, app);
      if (trouble !== undefined) failed.set(name, trouble);
      return trouble !== undefined || missing(app, wanted, options.resource).length === 0;
    },
    gone(app) {
      if (!wanted.has("deleted")) failed.set(nameOf(app), "it was deleted");
    },
    update: progress.update,
  }).finally(progress.end);
  if (outcome.is === "interrupted")
    throw new CliError(
      EXIT.interrupted,
      "Interrupted while waiting.",
      outcome.late.map((app) => `${nameOf(app)}: ${missing(app, wanted, options.resource).join(", ")}`),
    );

  if (options.output === "json")
    printJson(
      context,
      outcome.apps.length === 1
        ? outcome.apps[0]
        : { apiVersion: "cli/v1", kind: "ApplicationList", items: outcome.apps },
    );
  else if (options.output === "yaml") printYamlDocuments(context, outcome.apps.map(asManifest));
  else if (outcome.is === "timed-out" || failed.size > 0)
    context.print(appTable(context.out, outcome.apps, { headers: true, sort: "worst" }, context.now()));
  else
    context.print(
      outcome.apps.map((app) =>
        wanted.has("deleted")
          ? `${context.out.symbols.done} ${nameOf(app)} is deleted`
          : doneLine(context, app),
      ),
    );
  if (outcome.is === "timed-out") {
    throw new CliError(
      EXIT.timedOut,
      `Timed out after ${context.limitMs(0) / 1_000} s.`,
      outcome.late.map(
        (app) => `${nameOf(app)} waits for ${missing(app, wanted, options.resource).join(", ")}`,
      ),
    );
  }
  if (failed.size > 0)
    throw new CliError(
      EXIT.differs,
      "Not there, and not on its way:",
      [...failed].map(([name, text]) => `${name}: ${text}`),
    );
  return EXIT.done;

  /** undefined: nothing is left to wait for, because it is gone already. */
  async function chosen(): Promise<Application[] | undefined> {
    try {
      return await chosenApps(client, names, options);
    } catch (cause) {
      const isGone = isUnseen(cause) || (cause instanceof CliError && cause.code === EXIT.notFound);
      if (!wanted.has("deleted") || !isGone) throw cause;
      context.print(
        `${context.out.symbols.done} ${names.join(", ")} is not there${isUnseen(cause) ? ", or not yours to see" : ""}`,
      );
      return undefined;
    }
  }
}

/** As argocd: without a flag sync, health and the operation. */
function wantedOf(options: AppWaitOptions): Set<WaitWord> {
  const words: WaitWord[] = (["sync", "health", "operation", "suspended", "degraded"] as const).filter(
    (word) => options[word] === true,
  );
  if (options.delete === true) words.push("deleted");
  words.push(...(options.for ?? []));
  return new Set(words.length === 0 ? ["sync", "health", "operation"] : words);
}

function troubleSince(
  before: Application | undefined,
  app: Application,
  wanted: ReadonlySet<WaitWord>,
): string | undefined {
  const state = app.status?.operationState;
  const ranBefore = before === undefined || isBusy(before);
  if (
    ranBefore &&
    !isBusy(app) &&
    (state?.phase === "Failed" || state?.phase === "Error") &&
    (wanted.has("operation") || (wanted.has("sync") && syncOf(app) !== "Synced"))
  )
    return `the operation failed: ${state.message}`;
  const wasWell = before === undefined || healthOf(before) !== "Degraded" || isBusy(before);
  if (
    wanted.has("health") &&
    !wanted.has("degraded") &&
    wasWell &&
    !isBusy(app) &&
    healthOf(app) === "Degraded"
  )
    return `it became Degraded: ${why(app)}`;
  return undefined;
}

function doneLine({ out }: CliContext, app: Application): string {
  return `${out.paint("good", out.symbols.done)} ${nameOf(app)}   ${painted(out, out.state(syncOf(app)))}   ${painted(out, out.state(healthOf(app)))}`;
}
