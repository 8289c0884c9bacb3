/** An application of several sources gets one more, or one less; and an application in an editor. */
import { type Application, type ApplicationSpec, sourcesOf } from "../../../core/model/application.ts";
import { defined } from "../../../lib/defined.ts";
import { CliError } from "../../cli-error.ts";
import { appEdit as editOurs } from "../../commands/app-edit.ts";
import { EXIT } from "../../exit-codes.ts";
import { positionOf } from "../../revisions-for.ts";
import { oneApp } from "../../select-apps.ts";
import { changedSource } from "../../source-flags.ts";
import { nameOf } from "../../words/app-words.ts";
import type { ArgoContext } from "../argo-context.ts";
import { ARGO_EXIT } from "../exit-codes.ts";
import type { SpecFlags } from "../flags/spec-flags.ts";
import { selection } from "./app-get.ts";
import { replaceSpec } from "./app-write.ts";

export interface AddSourceOptions extends SpecFlags {
  appNamespace?: string;
  validate?: boolean;
}

/** Flags of `app create` that are of the application, and of none of its sources. */
const OF_THE_APP = {
  project: "--project",
  destServer: "--dest-server",
  destName: "--dest-name",
  destNamespace: "--dest-namespace",
  syncPolicy: "--sync-policy",
  autoPrune: "--auto-prune",
  selfHeal: "--self-heal",
  allowEmpty: "--allow-empty",
  syncOption: "--sync-option",
  syncRetryLimit: "--sync-retry-limit",
  syncRetryBackoffDuration: "--sync-retry-backoff-duration",
  syncRetryBackoffMaxDuration: "--sync-retry-backoff-max-duration",
  syncRetryBackoffFactor: "--sync-retry-backoff-factor",
  revisionHistoryLimit: "--revision-history-limit",
  sourcePosition: "--source-position",
} as const satisfies Partial<Record<keyof SpecFlags, string>>;

export async function appAddSource(
  context: ArgoContext,
  name: string,
  options: AddSourceOptions,
): Promise<number> {
  const { appNamespace, validate, ...flags } = options;
  for (const [field, flag] of Object.entries(OF_THE_APP))
    if (flags[field as keyof SpecFlags] !== undefined)
      throw new CliError(EXIT.usage, `${flag} is of no source.`, [`Use: argocd app set ${name} ${flag} …`]);
  if (flags.repo === undefined)
    throw new CliError(EXIT.usage, "The source has no repository.", ["Name it with --repo."]);
  const client = await context.client();
  const app = await oneApp(client, name, selection(defined({ appNamespace })));
  const before = several(app, "add");
  const sources = [...before, changedSource({ repoURL: "" }, flags)];
  await replaceSpec(client, app, { ...app.spec, sources }, defined({ validate }));
  context.print(`Application '${app.metadata.name}' updated successfully`);
  return ARGO_EXIT.done;
}

export interface RemoveSourceOptions {
  appNamespace?: string;
  /** From 1. */
  sourcePosition?: number;
  sourceName?: string;
}

export async function appRemoveSource(
  context: ArgoContext,
  name: string,
  { appNamespace, sourcePosition, sourceName }: RemoveSourceOptions,
): Promise<number> {
  if ((sourcePosition === undefined) === (sourceName === undefined))
    throw new CliError(EXIT.usage, "Which source is to go?", [
      "Say either --source-position, from 1, or --source-name.",
    ]);
  const client = await context.client();
  const app = await oneApp(client, name, selection(defined({ appNamespace })));
  const before = several(app, "remove");
  const at = sourceName === undefined ? (sourcePosition ?? 0) : positionOf(app, sourceName);
  if (at < 1 || at > before.length)
    throw new CliError(EXIT.usage, `${nameOf(app)} has ${before.length} sources, and none at ${at}.`, [
      "The first one is 1.",
    ]);
  if (before.length === 1)
    throw new CliError(EXIT.usage, `It is the only source of ${nameOf(app)}.`, [
      "An application without one delivers nothing: argocd app delete APP.",
    ]);
  await replaceSpec(client, app, { ...app.spec, sources: before.filter((_, index) => index !== at - 1) });
  context.print(`Application '${app.metadata.name}' updated successfully`);
  return ARGO_EXIT.done;
}

/** @throws {CliError} where it has one source that is no list */
function several(app: Application, verb: "add" | "remove"): NonNullable<ApplicationSpec["sources"]> {
  const { sources = [] } = app.spec;
  if (sources.length > 0) return sources;
  throw new CliError(
    EXIT.invalid,
    `Cannot ${verb} source: application ${nameOf(app)} does not have spec.sources defined.`,
    [`It has ${sourcesOf(app.spec).length === 0 ? "none" : "spec.source"}: argocd app set changes that.`],
  );
}

/** Closing the editor is the answer, as there: what it changes is shown, and written. */
export async function appEdit(
  context: ArgoContext,
  name: string,
  options: { appNamespace?: string; validate?: boolean },
): Promise<number> {
  await editOurs(context, name, { ...options, yes: true });
  return ARGO_EXIT.done;
}
