import { type Application, keyOfApp } from "../../core/model/application.ts";
import { defined } from "../../lib/defined.ts";
import { takeable } from "../adopting/argo-side.ts";
import { markOf, originOf } from "../adopting/daemon-side.ts";
import { refuse } from "../adopting/refuse.ts";
import { CliError } from "../cli-error.ts";
import type { CliContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import type { Client } from "../http/client.ts";
import { nameOf } from "../words/app-words.ts";
import { count } from "../words/count.ts";
import type { AdoptOptions } from "./adopt.ts";
import { appForget } from "./app-forget.ts";

/** Lets go of applications, for an Argo CD that still has them: nothing in a cluster is touched. */
export async function adoptUndo(
  context: CliContext,
  names: readonly string[],
  options: AdoptOptions,
): Promise<ExitCode> {
  if ((options.all === true) === names.length > 0)
    throw new CliError(EXIT.usage, "Name applications, or say --all, and not both.");
  const client = await context.client();
  const theirs = new Map((await takeable(context, options)).map((each) => [each.application, each]));
  const ours =
    options.all === true
      ? ((await client.get<{ items?: Application[] | null }>("/api/v1/applications")).items ?? [])
      : await Promise.all(names.map((name) => named(client, name, options)));
  const both = ours.filter((app) => options.all !== true || theirs.has(keyOfApp(app)));
  const places = await Promise.all(both.map((app) => originOf(client, app)));
  // Where a cluster is the home, both have the same object: to delete ours is to delete Argo CD's.
  const isMade = (at: number): boolean =>
    places[at] === "api" && markOf(both[at] as Application) !== undefined;
  refuse(
    options.all === true
      ? []
      : both.flatMap((app, at) =>
          isMade(at)
            ? []
            : [
                `${keyOfApp(app)}: it was not taken by adopt --take, it ${WRITTEN[places[at] ?? ""] ?? "lives elsewhere"}`,
              ],
        ),
  );
  const back = both.filter((_, at) => isMade(at));
  refuse(
    back
      .filter((app) => !theirs.has(keyOfApp(app)))
      .map(
        (app) =>
          `${keyOfApp(app)}: Argo CD has no such application, so nobody would have it. To let go of it all the same: holdfast app forget ${nameOf(app)}`,
      ),
  );
  refuse(
    back.flatMap((app) =>
      theirs.get(keyOfApp(app))?.deletingSince === undefined
        ? []
        : [
            `${keyOfApp(app)}: Argo CD's is being deleted, and would take every object along. Take its finalizer away first`,
          ],
    ),
  );
  if (back.length === 0) {
    context.note("None of the daemon's applications was taken from Argo CD.");
    return EXIT.done;
  }
  const code = await appForget(context, back.map(keyOfApp), defined({ yes: options.yes }));
  context.note(
    `${count(back.length, "application")} can be Argo CD's again: take its mark away (kubectl annotate applications.argoproj.io NAME -n ${options.namespace} argocd.argoproj.io/skip-reconcile-), or scale its application controller up.`,
  );
  return code;
}

const WRITTEN: Readonly<Record<string, string>> = {
  api: "was made by hand: holdfast app forget lets go of it",
  file: "is written in a file",
  parent: "is rendered by another application",
  cluster:
    "is the very object that Argo CD has: to give it back, stop the daemon, and have Argo CD's controller run",
};

async function named(client: Client, name: string, { namespace }: AdoptOptions): Promise<Application> {
  const [within, short] = name.includes("/") ? (name.split("/", 2) as [string, string]) : [namespace, name];
  return client.get<Application>(`/api/v1/applications/${encodeURIComponent(short)}`, {
    appNamespace: within,
  });
}
