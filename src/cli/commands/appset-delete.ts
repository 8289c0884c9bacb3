import { type Application, RESOURCES_FINALIZER } from "../../core/model/application.ts";
import { confirm } from "../confirm.ts";
import type { CliContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import type { Client } from "../http/client.ts";
import { oneSet, type SetSelection, setName, type ToldSet } from "../sets/choose-sets.ts";
import { untilGone } from "../until-gone.ts";
import { nameOf } from "../words/app-words.ts";
import { andMore, count } from "../words/count.ts";

export interface AppsetDeleteOptions extends SetSelection {
  yes?: true;
  wait?: true;
}

/** Deletes sets with their applications; what of their objects, each application's finalizers say. */
export async function appsetDelete(
  context: CliContext,
  names: readonly string[],
  options: AppsetDeleteOptions,
): Promise<ExitCode> {
  const client = await context.client();
  const sets: ToldSet[] = [];
  for (const name of new Set(names)) sets.push(await oneSet(client, name, options));
  const apps = await applicationsOf(client, sets);
  const what = `${andMore(
    sets.map(({ applicationSet }) => setName(applicationSet)),
    5,
  )}${sayApplications(apps)}`;
  if (options.yes !== true && !(await confirm(context, `Delete ${what}?`))) {
    context.note("Nothing was deleted.");
    return EXIT.done;
  }
  const going: Application[] = [];
  for (const { applicationSet: set, applications, clash } of sets) {
    const { name, namespace } = set.metadata;
    await client.send("DELETE", `/api/v1/applicationsets/${encodeURIComponent(name)}`, {
      query: { appsetNamespace: namespace },
    });
    const withIt = `, and its ${count(applications.length, "application")} with it`;
    const hint = options.wait === true ? "" : ": holdfast app list tells which are still going";
    // Where two had one name, the applications are the other one's from now on.
    if (clash === undefined) going.push(...apps.filter((app) => applications.includes(nameOf(app))));
    const more =
      applications.length === 0
        ? ""
        : clash === undefined
          ? `${withIt}${hint}`
          : ", and its applications stay: another one of its name has them now";
    context.print(`${context.out.symbols.done} ${setName(set)}: is deleted${more}`);
  }
  return options.wait === true ? untilGone(context, client, going) : EXIT.done;
}

async function applicationsOf(client: Client, sets: readonly ToldSet[]): Promise<Application[]> {
  const wanted = new Set(sets.flatMap(({ applications }) => applications));
  if (wanted.size === 0) return [];
  const { items } = await client.get<{ items: Application[] }>("/api/v1/applications", {
    fields:
      "items.metadata.name,items.metadata.namespace,items.metadata.uid,items.metadata.finalizers,items.metadata.deletionTimestamp,items.status.resources",
  });
  return items.filter((app) => wanted.has(nameOf(app)));
}

/** ` with 3 applications (…) and 12 objects in the cluster; the 4 objects of argocd/web stay`. */
function sayApplications(apps: readonly Application[]): string {
  if (apps.length === 0) return ", which has no applications";
  const goes = ({ metadata }: Application): boolean =>
    (metadata.finalizers ?? []).some((one) => one.startsWith(RESOURCES_FINALIZER));
  const objects = (of: readonly Application[]): number =>
    of.reduce((sum, { status }) => sum + (status?.resources ?? []).length, 0);
  const [going, staying] = [apps.filter(goes), apps.filter((app) => !goes(app))];
  const names = ` with ${count(apps.length, "application")} (${andMore(apps.map(nameOf), 5)})`;
  const gone = going.length === 0 ? "" : ` and ${count(objects(going), "object")} in the cluster`;
  const left =
    staying.length === 0
      ? ""
      : going.length === 0
        ? `; the ${count(objects(staying), "object")} in the cluster stay`
        : `; the ${count(objects(staying), "object")} of ${andMore(staying.map(nameOf), 5)} stay`;
  return `${names}${gone}${left}`;
}
