import type { Application, RevisionHistory } from "../../core/model/application.ts";
import {
  FARED_UNKNOWN,
  type FaredDeployment,
  faredWords,
  passedOverWords,
  wayBack,
} from "../../core/model/fared.ts";
import { isNamedBy, revisionsIn } from "../../core/model/hold.ts";
import { type ObjectRef, show } from "../../core/model/object-ref.ts";
import { ago } from "../../lib/ago.ts";
import { appPath, ownPath } from "../app-path.ts";
import { CliError } from "../cli-error.ts";
import { confirm } from "../confirm.ts";
import type { CliContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { type FollowOptions, followSyncs } from "../follow-syncs.ts";
import { oneApp, type SelectionOptions } from "../select-apps.ts";
import { nameOf, shortRevision } from "../words/app-words.ts";
import { actionOf, type DiffItem } from "../words/object-diff.ts";
import { planWords, refusalLines } from "../words/plan-words.ts";
import { printDiff } from "./app-diff.ts";
import { revertInGit } from "./app-revert.ts";

export interface AppRollbackOptions extends SelectionOptions, FollowOptions {
  prune?: boolean;
  confirm?: number;
  until: "lifted" | "next-commit";
  reason?: string;
  yes?: true;
  /** By a commit in its repository. */
  git?: true;
  branch?: string;
  shared?: true;
}

/** What the daemon says that going back would do. */
interface RollbackPlan {
  deployment: RevisionHistory;
  items: DiffItem[];
  refusals: (ObjectRef & { text: string })[];
  then: "held" | "left";
  sources: "as-written" | "of-that-time";
  /** What it takes from elsewhere as it is now, in words. */
  asNow: { text: string }[];
}

/** Goes back to what was deployed once: shows what that would do, asks, and syncs. */
export async function appRollback(
  context: CliContext,
  name: string,
  deployment: string | undefined,
  options: AppRollbackOptions,
): Promise<ExitCode> {
  const client = await context.client();
  const app = await oneApp(client, name, options);
  const { items } = await client.get<{ items: FaredDeployment[] }>(ownPath(app, "/history"));
  const { id } = chosenDeployment(app, items, deployment);
  if (options.git === true) return revertInGit(context, client, app, id, options);
  if (options.branch !== undefined || options.shared === true)
    throw new CliError(EXIT.usage, "--branch and --shared are of a commit.", [
      "Say --git to go back by a commit in the repository.",
    ]);
  const plan = await client.get<RollbackPlan>(ownPath(app, `/history/${id}/diff`));
  // What stays is counted below: shown whole, it would look as if it went.
  const shown = isPruning(options) ? plan.items : plan.items.filter((item) => actionOf(item) !== "prune");
  if (options.output === undefined) printDiff(context, shown, "fields");
  const fared = faredWords(items.find((entry) => entry.id === id)?.fared) || FARED_UNKNOWN;
  const passedOver = deployment === undefined ? passedOverWords(items, id) : "";
  if (passedOver !== "") context.note(`${passedOver}.`);
  for (const line of planLines(app, plan, { ...options, fared }, context.now())) context.note(line);
  const isAsked = options.yes !== true && options.dryRun !== true;
  if (isAsked && !(await confirm(context, `Go back to deployment ${id} of ${nameOf(app)}?`)))
    return EXIT.done;
  const { path } = appPath(app, "/rollback");
  const { prune, confirm: confirmPrune, dryRun, until, reason } = options;
  const started = await client.send<Application>("POST", path, {
    body: {
      id,
      appNamespace: app.metadata.namespace,
      project: app.spec.project,
      // A count is an approval of a prune: it would mean nothing without one.
      prune: prune ?? (confirmPrune === undefined ? undefined : true),
      confirmPrune,
      dryRun,
      until,
      reason,
    },
  });
  return followSyncs(context, client, new Map([[nameOf(app), started]]), options);
}

/**
 * The one that is named by its number or its commit; else the last that went well and is not what is deployed now.
 * @throws {CliError} where there is none, or where it is held and none is named
 */
export function chosenDeployment(
  app: Application,
  history: readonly FaredDeployment[],
  wanted: string | undefined,
): RevisionHistory {
  const name = nameOf(app);
  const hint = `See them: holdfast app history ${name}`;
  if (wanted !== undefined) {
    const found = [...history]
      .sort((a, b) => b.id - a.id)
      .find(
        (entry) =>
          String(entry.id) === wanted || revisionsIn(entry).some((commit) => isNamedBy(commit, wanted)),
      );
    if (found !== undefined) return found;
    throw new CliError(EXIT.notFound, `${name} has no deployment ${wanted}.`, [hint]);
  }
  const back = wayBack(history, app.status?.hold);
  switch (back.is) {
    case "to":
      return back.deployment;
    case "held":
      throw new CliError(
        EXIT.conflict,
        `${name} is held already, by a rollback to deployment ${back.deployment}.`,
        [
          `Follow Git again: holdfast app unhold ${name}`,
          `Or name another deployment: holdfast app rollback ${name} ID`,
        ],
      );
    case "none":
      if (back.why === "nothing-before")
        throw new CliError(EXIT.notFound, `${name} has no deployment before this one.`, [hint]);
      throw new CliError(EXIT.notFound, `${name} has no deployment before this one that went well.`, [
        hint,
        `To go to one all the same, name it: holdfast app rollback ${name} ID`,
      ]);
  }
}

/** A count is an approval of a prune: it would mean nothing without one. */
function isPruning({ prune, confirm: approved }: AppRollbackOptions): boolean {
  return prune === true || approved !== undefined;
}

const MOST_KEPT = 5;

function keptNames(names: readonly string[]): string {
  const more = names.length - MOST_KEPT;
  return `${names.slice(0, MOST_KEPT).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

function planLines(
  app: Application,
  { deployment, items, refusals, then, sources, asNow }: RollbackPlan,
  options: AppRollbackOptions & { fared: string },
  nowMs: number,
): string[] {
  const prunes = isPruning(options);
  const revisions = revisionsIn(deployment).map(shortRevision).join(", ");
  const what = planWords(items, prunes ? "to prune" : "to prune, which is off without --prune");
  const about = [revisions, ago(deployment.deployedAt, nowMs), options.fared];
  const lines = [`${nameOf(app)} to deployment ${deployment.id} (${about.join(", ")}): ${what}.`];
  const kept = prunes ? [] : items.filter((item) => actionOf(item) === "prune").map(show);
  if (kept.length > 0) lines.push(`${keptNames(kept)} ${kept.length === 1 ? "stays" : "stay"}.`);
  if (sources === "of-that-time")
    lines.push("Its source was written otherwise then: it is taken as it was, and the spec is not edited.");
  if (asNow.length > 0)
    lines.push(
      `It takes this as it is now, because nobody wrote down what it was then: ${asNow.map(({ text }) => text).join(", ")}`,
    );
  if (prunes) lines.push(...refusalLines(refusals));
  if (then === "held")
    lines.push(
      `It is synced automatically, so it is held there ${options.until === "next-commit" ? "until the next commit that changes it" : "until somebody lifts it"}: holdfast app unhold ${nameOf(app)}`,
    );
  return lines;
}
