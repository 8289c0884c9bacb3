import {
  type Application,
  healsItself,
  isAutomated,
  RESOURCES_FINALIZER,
  sourcesOf,
} from "../../core/model/application.ts";
import { parseApplication } from "../../core/model/parse-application.ts";
import { isPaused } from "../../core/model/paused.ts";
import { showProblem } from "../../core/model/problem.ts";
import { defined } from "../../lib/defined.ts";
import { equalJson } from "../../lib/equal-json.ts";
import { isMapping } from "../../lib/is-mapping.ts";
import { appPath, ownPath } from "../app-path.ts";
import { CliError } from "../cli-error.ts";
import type { CliContext } from "../context.ts";
import { editManifest } from "../editing/edit-manifest.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import type { Client } from "../http/client.ts";
import { asManifest, printApplication } from "../print-object.ts";
import { oneApp, type SelectionOptions } from "../select-apps.ts";
import { unlessValid, validation } from "../validation.ts";
import { destinationOf, nameOf, placeOf, revisionOf } from "../words/app-words.ts";
import { type Origin, writtenIn } from "../words/written-in.ts";

export interface AppEditOptions extends Pick<SelectionOptions, "appNamespace"> {
  yes?: true;
  /** Default: a source that the edit changes is asked first. */
  validate?: boolean;
  output?: "json" | "yaml" | "name";
}

type Manifest = Pick<Application, "apiVersion" | "kind" | "metadata" | "spec">;

/** Has a person edit one that lives where the API may write. */
export async function appEdit(
  context: CliContext,
  name: string,
  { appNamespace, yes, validate, output }: AppEditOptions,
): Promise<ExitCode> {
  const client = await context.client();
  const app = await oneApp(client, name, defined({ appNamespace }));
  const { origin } = await client.get<{ origin: Origin }>(ownPath(app));
  refuseElsewhere(app, origin);
  const before = asManifest(app);
  const written = await editManifest(
    context,
    {
      what: `Application ${nameOf(app)}`,
      name: `${app.metadata.namespace}-${app.metadata.name}`,
      before,
      read: (value) => manifestOf(value, app),
      effects: (after) => effectsOf(before, after),
      now: async () => asManifest(await oneApp(client, nameOf(app))),
      write: (after) => patch(client, before, after, defined({ validate })),
      instead: (file) => `holdfast app create -f ${file} --upsert`,
    },
    defined({ yes }),
  );
  if (output !== undefined) printApplication(context, (written ?? app) as Application, output);
  else if (written !== undefined)
    context.print(
      `${context.out.symbols.done} ${nameOf(app)} was changed. What comes of it: holdfast app get ${nameOf(app)}`,
    );
  return EXIT.done;
}

/** @throws {CliError} denied: what was written there would be undone, or refused */
function refuseElsewhere(app: Application, origin: Origin): void {
  if (origin.from === "api" || origin.from === "cluster") return;
  const how =
    origin.from === "file"
      ? "Edit that file, and commit it where it is kept in Git."
      : origin.set !== undefined
        ? "Edit the set's template or generators."
        : "Edit it where that one is rendered from, and commit.";
  throw new CliError(EXIT.denied, `Application ${nameOf(app)} is written in ${writtenIn(origin)}.`, [
    how,
    `What it is now: holdfast app get ${nameOf(app)} -o yaml`,
  ]);
}

/** @throws {CliError} invalid */
function manifestOf(value: unknown, { metadata }: Application): Manifest {
  const refuse = (text: string, hints: readonly string[] = []): CliError =>
    new CliError(EXIT.invalid, text, hints);
  const told = isMapping(value) && isMapping(value["metadata"]) ? value["metadata"] : {};
  if (told["name"] !== metadata.name || (told["namespace"] ?? metadata.namespace) !== metadata.namespace)
    throw refuse("Name and namespace of an application are fixed.", [
      "To have another one, make it: holdfast app create -f FILE",
    ]);
  const parsed = parseApplication(value, { homeNamespace: metadata.namespace });
  if (!parsed.ok) throw refuse("That is no application that can be used.", parsed.problems.map(showProblem));
  return asManifest(parsed.value);
}

const METADATA = ["labels", "annotations", "finalizers"] as const;

/** What is there is a condition of all of it: as in Kubernetes' own library, what is absent passes a test for null. */
function patch(
  client: Client,
  before: Manifest,
  after: Manifest,
  options: { validate?: boolean },
): Promise<Application> {
  const ops: unknown[] = [
    { op: "test", path: "/spec", value: before.spec },
    ...METADATA.map((field) => ({
      ...{ op: "test", path: `/metadata/${field}` },
      value: before.metadata[field] ?? null,
    })),
    { op: "replace", path: "/spec", value: after.spec },
    ...METADATA.flatMap((field) => {
      const [old, next] = [before.metadata[field], after.metadata[field]];
      if (equalJson(old, next)) return [];
      const path = `/metadata/${field}`;
      return [next === undefined ? { op: "remove", path } : { op: "add", path, value: next }];
    }),
  ];
  const { path, query } = appPath(after as Application);
  return unlessValid(
    client.send<Application>("PATCH", path, {
      query: { ...query, validate: validation(options) },
      body: { patch: JSON.stringify(ops), patchType: "json", ...query },
    }),
  );
}

/** What would come of it, as far as the manifest alone tells. Exported for its test. */
export function effectsOf(old: Manifest, next: Manifest): string[] {
  const [before, after] = [old as Application, next as Application];
  const said: string[] = [];
  if (before.spec.project !== after.spec.project)
    said.push(`It is held to what project ${after.spec.project} permits.`);
  if (!equalJson(sourcesOf(before.spec), sourcesOf(after.spec)))
    said.push(
      `It is rendered from ${sourcesOf(after.spec).map(placeOf).join(", and ")}, at ${revisionOf(after)}.`,
    );
  if (!equalJson(before.spec.destination, after.spec.destination)) {
    const { cluster, namespace } = destinationOf(after);
    said.push(
      `It is delivered to ${namespace === "" ? cluster : `namespace ${namespace} of ${cluster}`}: look at what is in the old place.`,
    );
  }
  const goes = ({ metadata }: Manifest): boolean =>
    (metadata.finalizers ?? []).some((one) => one.startsWith(RESOURCES_FINALIZER));
  if (goes(before) !== goes(after))
    said.push(
      goes(after) ? "When it is deleted, its objects go with it." : "When it is deleted, its objects stay.",
    );
  said.push(deliveryOf(after));
  return said;
}

function deliveryOf(app: Application): string {
  if (isPaused(app)) return "It is paused, so that nothing of it is written to a cluster.";
  if (!isAutomated(app.spec))
    return "Nothing is written to a cluster before a sync: holdfast app diff shows what one would do.";
  const prunes = app.spec.syncPolicy?.automated?.prune === true;
  const more = [
    ...(prunes ? ["what left Git is deleted"] : []),
    ...(healsItself(app.spec) ? ["changes in the cluster are undone"] : []),
  ];
  return `What differs from Git is synced at once${more.length === 0 ? "" : `, ${more.join(", ")}`}: its policy is automated.`;
}
