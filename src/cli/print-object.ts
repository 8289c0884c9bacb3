import type { Application } from "../core/model/application.ts";
import type { ApplicationSet } from "../core/model/application-set.ts";
import type { KubeObject } from "../core/model/kube-object.ts";
import type { Project } from "../core/model/project.ts";
import { printYaml } from "../lib/yaml.ts";
import type { CliContext } from "./context.ts";
import { nameOf } from "./words/app-words.ts";

/** Version of the shapes below: a field may be added, none is renamed or removed. */
export const CLI_VERSION = "cli/v1";

/** One document to stdout. */
export function printJson({ host }: CliContext, value: unknown): void {
  host.stdout.write(`${JSON.stringify(value, undefined, 2)}\n`);
}

/** A list of ours with its kind: `{apiVersion, kind, …}`. */
export function printJsonList(context: CliContext, kind: string, fields: Record<string, unknown>): void {
  printJson(context, { apiVersion: CLI_VERSION, kind, ...fields });
}

/** Documents separated by `---`. */
export function printYamlDocuments({ host }: CliContext, values: readonly unknown[]): void {
  host.stdout.write(values.map((value) => printYaml(value)).join("---\n"));
}

/** An application for a program: all of it, as a file could hold it, or its name. */
export function printApplication(
  context: CliContext,
  app: Application,
  output: "json" | "yaml" | "name",
): void {
  switch (output) {
    case "json":
      return printJson(context, app);
    case "yaml":
      return printYamlDocuments(context, [asManifest(app)]);
    case "name":
      return context.print(nameOf(app));
  }
}

/** An Application, an ApplicationSet or an AppProject as a file could hold it: without what the daemon writes. */
export function asManifest<T extends Application | ApplicationSet | Project>({
  apiVersion,
  kind,
  metadata,
  spec,
}: T): Pick<T, "apiVersion" | "kind" | "metadata" | "spec"> {
  return { apiVersion, kind, metadata: withoutServerFields(metadata), spec };
}

function withoutServerFields(
  metadata: KubeObject["metadata"] & { namespace: string },
): Application["metadata"] {
  const {
    uid: _,
    resourceVersion: __,
    generation: ___,
    creationTimestamp: ____,
    deletionTimestamp: _____,
    managedFields: ______,
    ...kept
  } = metadata;
  return kept;
}
