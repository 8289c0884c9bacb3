import { defined } from "../../../lib/defined.ts";
import { sidesOf } from "../../commands/app-diff.ts";
import { revisionsFor } from "../../revisions-for.ts";
import { oneApp } from "../../select-apps.ts";
import type { ArgoContext } from "../argo-context.ts";
import { ARGO_EXIT } from "../exit-codes.ts";
import { differencesOf, printDifferences } from "../words/differences.ts";
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
  const app = await oneApp(client, name, selection(options), { refresh: refreshWord(options) });
  const { revisions, sourcePositions } = revisionsFor(app, options);
  const sides = sidesOf(app, defined({ revision, revisions, sourcePositions }));
  const found = await differencesOf(client, app, sides);
  printDifferences(context, found);
  return found.length > 0 && options.exitCode ? options.diffExitCode : ARGO_EXIT.done;
}
