import type { Application } from "../../core/model/application.ts";
import type { PushedCommit, RevertPlan } from "../../core/model/revert-plan.ts";
import { ownPath } from "../app-path.ts";
import { confirm } from "../confirm.ts";
import type { CliContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import type { Client } from "../http/client.ts";
import { printJson } from "../print-object.ts";
import { nameOf, shortRevision } from "../words/app-words.ts";
import { count } from "../words/count.ts";

export interface RevertOptions {
  branch?: string;
  shared?: true;
  reason?: string;
  yes?: true;
  dryRun?: boolean;
  output?: "json" | "yaml";
}

const MOST_PATHS = 20;

/** Goes back by a commit: shows what it would hold, asks, and has the daemon push it. */
export async function revertInGit(
  context: CliContext,
  client: Client,
  app: Application,
  id: number,
  options: RevertOptions,
): Promise<ExitCode> {
  const { branch, shared, reason } = options;
  const plan = await client.get<RevertPlan>(ownPath(app, `/history/${id}/revert`));
  const into = branch === undefined ? plan.branch : `the new branch ${branch}`;
  for (const line of planLines(plan, into)) context.note(line);
  if (options.dryRun === true) return EXIT.done;
  if (options.yes !== true && !(await confirm(context, `Push that to ${into} of ${plan.repository}?`)))
    return EXIT.done;
  const pushed = await client.send<PushedCommit>("POST", ownPath(app, "/revert"), {
    body: { id, tip: plan.tip, branch, shared: shared === true, reason },
  });
  if (options.output === "json")
    printJson(context, { apiVersion: "cli/v1", kind: "Revert", application: nameOf(app), ...pushed });
  else {
    const next =
      branch === undefined
        ? `It is delivered as every commit is: holdfast app wait ${nameOf(app)}`
        : "Merge it, and it is delivered.";
    context.print(
      `${context.out.symbols.done} ${nameOf(app)}: pushed ${shortRevision(pushed.commit)} to ${pushed.branch} of ${pushed.repository}. ${next}`,
    );
  }
  return EXIT.done;
}

function planLines({ from, tip, paths, sharedWith, repository }: RevertPlan, into: string): string[] {
  const names = paths.map((path) => `  ${path === "" ? "all files" : path}`);
  const more = names.length > MOST_PATHS ? [`  and ${names.length - MOST_PATHS} more`] : [];
  const others = count(sharedWith.length, "other application");
  return [
    `A commit to ${into} of ${repository}, after ${shortRevision(tip)}, would put back how it was at ${shortRevision(from)}:`,
    ...names.slice(0, MOST_PATHS),
    ...more,
    ...(sharedWith.length === 0
      ? []
      : [`${others} read some of it, and would go back with it (--shared): ${sharedWith.join(", ")}`]),
  ];
}
