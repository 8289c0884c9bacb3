import { type Application, prunesItself, sourcesOf } from "../../core/model/application.ts";
import { revisionFault } from "../../core/model/diff-side.ts";
import { type ObjectRef, show } from "../../core/model/object-ref.ts";
import { revisionsBySource } from "../../core/model/source-positions.ts";
import { defined } from "../../lib/defined.ts";
import { ownPath } from "../app-path.ts";
import { CliError } from "../cli-error.ts";
import type { CliContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import type { Client } from "../http/client.ts";
import { printJsonList } from "../print-object.ts";
import { oneApp, type SelectionOptions } from "../select-apps.ts";
import { plainText } from "../terminal/plain-text.ts";
import { nameOf, revisionOf, syncOf } from "../words/app-words.ts";
import { actionOf, type DiffItem, objectDiff } from "../words/object-diff.ts";
import { reasons, whyOutOfSync } from "../words/why.ts";
import { refreshOf } from "./app-get.ts";

export interface AppDiffOptions extends SelectionOptions {
  refresh?: boolean;
  hardRefresh?: boolean;
  nameOnly?: true;
  revision?: string;
  revisions?: string[];
  sourcePositions?: number[];
  /** In place of what is there. */
  against?: string;
  output?: "json";
  /** False: differences end with 0 too. */
  exitCode: boolean;
}

export async function appDiff(context: CliContext, name: string, options: AppDiffOptions): Promise<ExitCode> {
  const client = await context.client();
  const app = await oneApp(client, name, options, { refresh: refreshOf(options) });
  const sides = sidesOf(app, options);
  const { items, revisions } = await differences(client, app, sides);
  const compared = revisions === undefined ? app : atRevisions(app, revisions);
  if (options.output === "json") {
    printJsonList(context, "Diff", {
      application: nameOf(app),
      revision: compared.status?.sync.revision,
      revisions: compared.status?.sync.revisions,
      items: items.map((item) => ({ ...item, action: actionOf(item) })),
    });
  } else printDiff(context, items, options.nameOnly === true ? "names" : "fields");
  const runs = sides === undefined && items.length > 0 ? await hooksThatRun(client, app) : [];
  context.note(diffSummary(app, items, { sides, runs }));
  return items.length > 0 && options.exitCode ? EXIT.differs : EXIT.done;
}

/** What is held against what, as the API has them: `live`, `git@REVISION`. */
export interface Sides {
  base?: string;
  target: string;
}

/** Undefined: what is there with what is followed. @throws {CliError} for flags that do not fit the application */
export function sidesOf(
  app: Application,
  { revision, revisions, sourcePositions, against }: Partial<AppDiffOptions>,
): Sides | undefined {
  if (revision === undefined && revisions === undefined) {
    if (against === undefined) return undefined;
    throw new CliError(EXIT.usage, "--against needs --revision: which one is held against it.", [
      `See holdfast app diff ${nameOf(app)} --revision REVISION --against ${against}`,
    ]);
  }
  for (const [flag, text] of [
    ["--against", against],
    ["--revision", revision],
    ...(revisions ?? []).map((one) => ["--revisions", one] as const),
  ] as const)
    refuseFault(flag, text);
  const found = revisionsBySource(app.spec, { revision, revisions, positions: sourcePositions });
  if (!found.ok) throw new CliError(EXIT.usage, `${FLAGS[found.field] ?? found.field} ${found.why}.`, []);
  const count = sourcesOf(app.spec).length;
  const target = Array.from({ length: count }, (_, at) => found.revisions[at] ?? "");
  return {
    target: `git@${target.join(",")}`,
    ...defined({ base: against === undefined ? undefined : `git@${against}` }),
  };
}

/** The API would name its own parameter. @throws {CliError} */
function refuseFault(flag: string, text = ""): void {
  // Of several sources all stand in one text.
  for (const one of flag === "--against" ? text.split(",") : [text]) {
    const fault = revisionFault(one);
    if (fault !== undefined)
      throw new CliError(EXIT.usage, `${flag} ${JSON.stringify(one)} is no revision.`, [`${fault}.`]);
  }
}

const FLAGS: Readonly<Record<string, string>> = {
  revision: "--revision:",
  revisions: "--revisions",
  sourcePositions: "--source-positions",
};

/** As it would be, were it compared with these alone. */
function atRevisions(app: Application, revisions: readonly string[]): Application {
  const { status } = app;
  if (status === undefined) return app;
  const [revision, ...more] = revisions;
  const sync = { ...status.sync, ...defined({ revision }) };
  return {
    ...app,
    status: { ...status, sync: more.length === 0 ? sync : { ...sync, revisions: [...revisions] } },
  };
}

/**
 * What a sync would change.
 * @throws {CliError} invalid where nothing can be said: "no differences" would be a lie then
 */
export async function differences(
  client: Client,
  app: Application,
  sides?: Sides,
): Promise<{ items: DiffItem[]; revisions?: string[] }> {
  const { items, revisions } = await client.get<{ items: DiffItem[]; revisions?: string[] }>(
    ownPath(app, "/diff"),
    { ...sides },
  );
  const found = items.filter((item) => actionOf(item) !== "none");
  if (sides === undefined && found.length === 0 && syncOf(app) === "Unknown") {
    const trouble = reasons(app)[0];
    throw new CliError(
      EXIT.invalid,
      `Cannot compare ${nameOf(app)}: ${trouble?.text ?? "it was not looked at yet"}`,
      [`See holdfast app get ${nameOf(app)}`],
    );
  }
  return { items: found, ...defined({ revisions }) };
}

/** A hook that a sync runs. */
export interface RunningHook extends ObjectRef {
  phase: string;
}

/** Those of a sync of just that body: some run at its failure or at a deletion alone, and none where it applies only. */
export async function hooksThatRun(
  client: Client,
  app: Application,
  body: object = {},
): Promise<RunningHook[]> {
  try {
    const { steps } = await client.send<{ steps: (RunningHook & { does: string })[] }>(
      "POST",
      ownPath(app, "/sync/plan"),
      { body },
    );
    return steps.filter(({ does }) => does === "hook");
  } catch (cause) {
    // What differs is told without them.
    if (cause instanceof CliError && cause.code !== EXIT.interrupted) return [];
    throw cause;
  }
}

export function printDiff(context: CliContext, items: readonly DiffItem[], detail: "fields" | "names"): void {
  if (detail === "names") return context.print(items.map((item) => `${actionOf(item)} ${show(item)}`));
  items.forEach((item, at) =>
    context.print([...(at === 0 ? [] : [""]), ...objectDiff(context.out, item, context.now())]),
  );
}

/** @param told.prune whether it was asked for, beside what the policy says. Default: it was not */
export function diffSummary(
  app: Application,
  items: readonly DiffItem[],
  told: { sides?: Sides | undefined; runs?: readonly RunningHook[]; prune?: "asked" | "not asked" } = {},
): string {
  if (told.sides !== undefined) return otherSummary(app, items, told.sides);
  const name = nameOf(app);
  const revision = revisionOf(app);
  if (items.length === 0 && syncOf(app) === "OutOfSync")
    return `No field differs, and ${name} is OutOfSync all the same: ${whyOutOfSync(app)}.`;
  if (items.length === 0) return `No differences. ${app.metadata.name} is in sync with ${revision}.`;
  const goes = items.some((item) => actionOf(item) === "prune");
  const prunes = told.prune === "asked" || prunesItself(app.spec);
  const areAllExtra = items.every((item) => actionOf(item) === "prune");
  // A line that is copied deletes nothing that nobody asked to delete, unless that is what it is said to be for.
  const [lead, flag] = areAllExtra
    ? ["Prune with", " --prune"]
    : ["Apply with", goes && prunes ? " --prune" : ""];
  const off = prunes ? "" : areAllExtra ? ", which is off" : ", which is off without --prune";
  return `${name} differs from ${revision}: ${counted(items, off)}. ${hookWords(told.runs ?? [])}${lead}: holdfast app sync ${name}${flag}`;
}

/** Hooks that are named at once. */
const FEW_HOOKS = 5;

function hookWords(runs: readonly RunningHook[]): string {
  if (runs.length === 0) return "";
  const named = runs.slice(0, FEW_HOOKS).map((hook) => `${hook.kind}/${hook.name} (${hook.phase})`);
  const more = runs.length > FEW_HOOKS ? ` and ${runs.length - FEW_HOOKS} more` : "";
  return `A sync runs ${runs.length === 1 ? "the hook" : "the hooks"} ${plainText(named.join(", "))}${more}. `;
}

function otherSummary(app: Application, items: readonly DiffItem[], { base, target }: Sides): string {
  const [from, to] = [base, target].map((side) => side?.replace(/^git@/, "").replace(/,/g, ", "));
  const what = from === undefined ? nameOf(app) : `${nameOf(app)} at ${from}`;
  return items.length === 0
    ? `No differences. ${what} is as ${to} has it.`
    : `${what} differs from ${to}: ${counted(items, "")}.`;
}

/** @param prunes what is said of what is to be pruned */
function counted(items: readonly DiffItem[], prunes: string): string {
  const parts = (["update", "create", "prune"] as const).flatMap((action) => {
    const many = items.filter((item) => actionOf(item) === action).length;
    return many === 0 ? [] : [`${many} to ${action}${action === "prune" ? prunes : ""}`];
  });
  const unknown = items.filter((item) => actionOf(item) === "unknown").length;
  if (unknown > 0) parts.push(`${unknown} cannot be compared`);
  return parts.join(", ");
}
