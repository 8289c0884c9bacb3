import { revisionsFor } from "../../revisions-for.ts";
import { oneApp } from "../../select-apps.ts";
import type { ArgoContext } from "../argo-context.ts";
import { ARGO_EXIT } from "../exit-codes.ts";
import { differencesAt, differencesOf, printDifferences } from "../words/differences.ts";
import { refreshWord, selection } from "./app-get.ts";

export interface DiffOptions {
  appNamespace?: string;
  refresh?: true;
  hardRefresh?: true;
  exitCode: boolean;
  /** What differences end with. */
  diffExitCode: number;
  revision?: string;
  revisions?: string[];
  sourcePositions?: number[];
  sourceNames?: string[];
}

/** Nothing is printed where nothing differs. */
export async function appDiff(context: ArgoContext, name: string, options: DiffOptions): Promise<number> {
  const client = await context.client();
  const { revision } = options;
  // A branch that was just pushed is one that nobody has heard of yet.
  const refresh =
    refreshWord(options) ??
    (revision === undefined && options.revisions === undefined ? undefined : "normal");
  const app = await oneApp(client, name, selection(options), { refresh });
  const { revisions, sourcePositions } = revisionsFor(app, options);
  const isOther = revision !== undefined || revisions !== undefined;
  const found = isOther
    ? await differencesAt(client, app, {
        revision,
        revisions,
        sourcePositions: sourcePositions?.map(String),
      })
    : await differencesOf(client, app);
  printDifferences(context, found);
  return found.length > 0 && options.exitCode ? options.diffExitCode : ARGO_EXIT.done;
}
