import { parseProject } from "../../../core/model/parse-project.ts";
import type { Project } from "../../../core/model/project.ts";
import type { SyncWindow } from "../../../core/model/sync-window.ts";
import { canonicalJson } from "../../../lib/canonical-json.ts";
import { CliError } from "../../cli-error.ts";
import {
  type ProjectCreateOptions,
  type ProjectFlags,
  projCreate,
  projSet,
} from "../../commands/proj-create.ts";
import { confirm } from "../../confirm.ts";
import { EXIT } from "../../exit-codes.ts";
import { printJson, printYamlDocuments } from "../../print-object.ts";
import { edited, type ProjectEdit } from "../../project/project-edits.ts";
import { readProject } from "../../project/read-project.ts";
import type { ArgoContext } from "../argo-context.ts";
import { ARGO_EXIT } from "../exit-codes.ts";
import { factLine, tabTable } from "../words/tab-table.ts";

type Output = "json" | "yaml" | "name" | "wide";

export const projectPath = (name: string): string => `/api/v1/projects/${encodeURIComponent(name)}`;

export async function projList(context: ArgoContext, { output }: { output?: Output }): Promise<number> {
  const client = await context.client();
  const { items } = await client.get<{ items: Project[] | null }>("/api/v1/projects");
  const projects = items ?? [];
  if (output === "json") printJson(context, projects);
  else if (output === "yaml") printYamlDocuments(context, [projects]);
  else if (output === "name") context.print(projects.map(({ metadata }) => metadata.name));
  else context.print(tabTable([HEADS, ...projects.map(cells)]));
  return ARGO_EXIT.done;
}

const HEADS = [
  "NAME",
  "DESCRIPTION",
  "DESTINATIONS",
  "SOURCES",
  "CLUSTER-RESOURCE-WHITELIST",
  "NAMESPACE-RESOURCE-BLACKLIST",
  "SIGNATURE-KEYS",
  "ORPHANED-RESOURCES",
  "DESTINATION-SERVICE-ACCOUNTS",
];

function cells({ metadata, spec }: Project): string[] {
  const count = (list: readonly unknown[] | undefined, what: string): string =>
    (list ?? []).length === 0 ? "<none>" : `${list?.length} ${what}`;
  const one = (list: readonly string[], what: string): string =>
    list.length === 1 ? (list[0] ?? "") : count(list, what);
  return [
    metadata.name,
    spec.description ?? "",
    one((spec.destinations ?? []).map(place), "destinations"),
    one(spec.sourceRepos ?? [], "repos"),
    one((spec.clusterResourceWhitelist ?? []).map(kindOf), "resources"),
    count(spec.namespaceResourceBlacklist, "resources"),
    count(spec.signatureKeys, "key(s)"),
    spec.orphanedResources === undefined
      ? "disabled"
      : `enabled (warn=${spec.orphanedResources.warn === true})`,
    count(spec.destinationServiceAccounts, "accounts"),
  ];
}

const place = ({
  server,
  name,
  namespace = "",
}: {
  server?: string;
  name?: string;
  namespace?: string;
}): string => `${server || (name ?? "")},${namespace}`;
const kindOf = ({ group = "", kind }: { group?: string; kind: string }): string => `${group}/${kind}`;

export async function projGet(
  context: ArgoContext,
  name: string,
  { output }: { output?: Output },
): Promise<number> {
  const client = await context.client();
  const project = await client.get<Project>(projectPath(name));
  if (output === "json") printJson(context, project);
  else if (output === "yaml") printYamlDocuments(context, [project]);
  else if (output === "name") context.print(project.metadata.name);
  else {
    const { spec } = project;
    const list = (head: string, values: readonly string[]): string[] =>
      values.length === 0
        ? [fact(head, "<none>")]
        : values.map((value, at) => fact(at === 0 ? head : "", value));
    context.print([
      fact("Name:", project.metadata.name),
      fact("Description:", spec.description ?? ""),
      ...list("Destinations:", (spec.destinations ?? []).map(place)),
      ...list("Repositories:", spec.sourceRepos ?? []),
      ...list("Source Namespaces:", spec.sourceNamespaces ?? []),
      ...list("Allowed Cluster Resources:", (spec.clusterResourceWhitelist ?? []).map(kindOf)),
      ...list("Denied Namespaced Resources:", (spec.namespaceResourceBlacklist ?? []).map(kindOf)),
      fact(
        "Orphaned Resources:",
        spec.orphanedResources === undefined
          ? "disabled"
          : `enabled (warn=${spec.orphanedResources.warn === true})`,
      ),
    ]);
  }
  return ARGO_EXIT.done;
}

function fact(name: string, value: string): string {
  return factLine(name.padEnd(30), value);
}

/** Nothing is said where all is well, as there. */
export async function projMake(
  context: ArgoContext,
  name: string | undefined,
  options: ProjectCreateOptions,
): Promise<number> {
  await projCreate({ ...context, print: () => undefined }, name, options);
  return ARGO_EXIT.done;
}

export async function projChange(context: ArgoContext, name: string, options: ProjectFlags): Promise<number> {
  await projSet({ ...context, print: () => undefined }, name, options);
  return ARGO_EXIT.done;
}

export async function projDelete(
  context: ArgoContext,
  names: readonly string[],
  { yes }: { yes?: true },
): Promise<number> {
  const client = await context.client();
  // There nobody is asked; on a terminal a question costs a word.
  if (yes !== true && context.host.stdin.isTTY && !(await confirm(context, `Delete ${names.join(", ")}?`)))
    return ARGO_EXIT.done;
  for (const name of names) await client.send("DELETE", projectPath(name));
  return ARGO_EXIT.done;
}

/** Whoever wrote in between is told. */
export async function editProject(
  context: ArgoContext,
  name: string,
  edit: (project: Project) => ProjectEdit,
): Promise<number> {
  const { project, write } = await readProject(await context.client(), name);
  const asked = edit(project);
  if (asked.is === "refused")
    throw new CliError(EXIT.usage, `${asked.why.charAt(0).toUpperCase()}${asked.why.slice(1)}.`);
  const next = edited(project, asked.changes);
  const parsed = parseProject(next, { homeNamespace: project.metadata.namespace });
  if (!parsed.ok)
    throw new CliError(
      EXIT.usage,
      `Project ${name} would not be valid then.`,
      parsed.problems.map(({ path = "", text }) => `${path}: ${text}.`),
    );
  await write(next);
  return ARGO_EXIT.done;
}

export async function windowsList(
  context: ArgoContext,
  name: string,
  { output }: { output?: Output },
): Promise<number> {
  const client = await context.client();
  const project = await client.get<Project>(projectPath(name));
  const windows = project.spec.syncWindows ?? [];
  if (output === "json") printJson(context, windows);
  else if (output === "yaml") printYamlDocuments(context, [windows]);
  else {
    const { windows: open } = await client.get<{ windows: SyncWindow[] | null }>(
      `${projectPath(name)}/syncwindows`,
    );
    const isOpen = new Set((open ?? []).map(canonicalJson));
    const list = (values: readonly string[] | undefined): string => (values ?? []).join(",") || "-";
    context.print(
      tabTable([
        [
          "ID",
          "STATUS",
          "KIND",
          "SCHEDULE",
          "DURATION",
          "APPLICATIONS",
          "NAMESPACES",
          "CLUSTERS",
          "MANUALSYNC",
          "TIMEZONE",
          "USEANDOPERATOR",
        ],
        ...windows.map((window, id) => [
          String(id),
          isOpen.has(canonicalJson(window)) ? "Active" : "Inactive",
          window.kind,
          window.schedule,
          window.duration,
          list(window.applications),
          list(window.namespaces),
          list(window.clusters),
          window.manualSync === true ? "Enabled" : "Disabled",
          window.timeZone ?? "UTC",
          window.andOperator === true ? "Enabled" : "Disabled",
        ]),
      ]),
    );
  }
  return ARGO_EXIT.done;
}
