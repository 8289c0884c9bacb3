import type { KubeObject } from "../../core/model/kube-object.ts";
import { appPath } from "../app-path.ts";
import type { CliContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { printJsonList, printYamlDocuments } from "../print-object.ts";
import { revisionsFor } from "../revisions-for.ts";
import { oneApp, type SelectionOptions } from "../select-apps.ts";
import { nameOf, shortRevision } from "../words/app-words.ts";
import { count } from "../words/count.ts";

export interface AppManifestsOptions extends SelectionOptions {
  revision?: string;
  revisions?: string[];
  sourcePositions?: number[];
  sourceNames?: string[];
  source: "git" | "live";
  output?: "json" | "yaml";
}

/** What Git wants, or what the cluster has; the values of Secrets are masked by the daemon. */
export async function appManifests(
  context: CliContext,
  name: string,
  options: AppManifestsOptions,
): Promise<ExitCode> {
  const client = await context.client();
  const app = await oneApp(client, name, options);
  const { objects, from } = options.source === "live" ? await live() : await rendered();
  if (options.output === "json")
    printJsonList(context, "Manifests", { application: nameOf(app), from, items: objects });
  else {
    printYamlDocuments(context, objects);
    context.note(`${count(objects.length, "object")} of ${nameOf(app)} ${from}`);
  }
  return EXIT.done;

  async function rendered(): Promise<{ objects: KubeObject[]; from: string }> {
    const { path, query } = appPath(app, "/manifests");
    const { revisions, sourcePositions } = revisionsFor(app, options);
    const { manifests, revision } = await client.get<{ manifests: string[]; revision: string }>(path, {
      ...query,
      revision: options.revision,
      revisions,
      sourcePositions: sourcePositions?.map(String),
    });
    return {
      objects: manifests.map((text) => JSON.parse(text) as KubeObject),
      from: `at ${shortRevision(revision)}`,
    };
  }

  async function live(): Promise<{ objects: KubeObject[]; from: string }> {
    const { path, query } = appPath(app, "/managed-resources");
    const { items } = await client.get<{ items: { liveState: string }[] }>(path, query);
    const objects = items
      .map(({ liveState }) => JSON.parse(liveState) as KubeObject | null)
      .filter((object) => object !== null);
    return { objects, from: "in the cluster" };
  }
}
