import type { Application, RevisionHistory } from "../../core/model/application.ts";
import { isNamedBy, revisionsIn, sourcesIn } from "../../core/model/hold.ts";
import type { ObjectRef } from "../../core/model/object-ref.ts";
import { ago } from "../../lib/ago.ts";
import { equalJson } from "../../lib/equal-json.ts";
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
  const { items } = await client.get<{ items: RevisionHistory[] }>(ownPath(app, "/history"));
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
  for (const line of planLines(app, plan, options, context.now())) context.note(line);
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
 * The one that is named by its number or its commit; else the newest that is not what is deployed now.
 * @throws {CliError} where there is none
 */
export function chosenDeployment(
  app: Application,
  history: readonly RevisionHistory[],
  wanted: string | undefined,
): RevisionHistory {
  const newestFirst = [...history].sort((a, b) => b.id - a.id);
  const [now] = newestFirst;
  const found =
    wanted === undefined
      ? newestFirst.find((entry) => now !== undefined && !isSameDeployment(entry, now))
      : newestFirst.find(
          (entry) =>
            String(entry.id) === wanted || revisionsIn(entry).some((commit) => isNamedBy(commit, wanted)),
        );
  if (found !== undefined) return found;
  const hint = `See them: holdfast app history ${nameOf(app)}`;
  if (wanted !== undefined)
    throw new CliError(EXIT.notFound, `${nameOf(app)} has no deployment ${wanted}.`, [hint]);
  throw new CliError(EXIT.notFound, `${nameOf(app)} has no deployment before this one.`, [hint]);
}

function isSameDeployment(a: RevisionHistory, b: RevisionHistory): boolean {
  return (
    equalJson(revisionsIn(a), revisionsIn(b)) &&
    equalJson(sourcesIn(a), sourcesIn(b)) &&
    equalJson(a.taken, b.taken)
  );
}

/** A count is an approval of a prune: it would mean nothing without one. */
function isPruning({ prune, confirm: approved }: AppRollbackOptions): boolean {
  return prune === true || approved !== undefined;
}

function planLines(
  app: Application,
  { deployment, items, refusals, then, sources, asNow }: RollbackPlan,
  options: AppRollbackOptions,
  nowMs: number,
): string[] {
  const prunes = isPruning(options);
  const revisions = revisionsIn(deployment).map(shortRevision).join(", ");
  const what = planWords(items, prunes ? "to prune" : "not in it, which stay without --prune");
  const lines = [
    `${nameOf(app)} to deployment ${deployment.id} (${revisions}, ${ago(deployment.deployedAt, nowMs)}): ${what}.`,
  ];
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
