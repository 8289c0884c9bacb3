import type { Application } from "../../../core/model/application.ts";
import type { ApplicationSet } from "../../../core/model/application-set.ts";
import type { ApplicationSetStatus } from "../../../core/model/application-set-status.ts";
import { defined } from "../../../lib/defined.ts";
import { isMapping } from "../../../lib/is-mapping.ts";
import { CliError } from "../../cli-error.ts";
import { confirm } from "../../confirm.ts";
import { EXIT } from "../../exit-codes.ts";
import type { Client } from "../../http/client.ts";
import { isUnseen } from "../../http/refusal.ts";
import { printJson, printYamlDocuments } from "../../print-object.ts";
import { setsInFile } from "../../sets/sets-in-file.ts";
import type { ArgoContext } from "../argo-context.ts";
import { ARGO_EXIT } from "../exit-codes.ts";
import { factLine, tabTable } from "../words/tab-table.ts";

type ShownSet = ApplicationSet & { status?: ApplicationSetStatus };
type Output = "json" | "yaml" | "name" | "wide";

export interface AppsetListOptions {
  project?: string[];
  selector?: string;
  appsetNamespace?: string;
  output?: Output;
}

const nameOf = ({ metadata }: ShownSet): string => `${metadata.namespace}/${metadata.name}`;

export async function appsetList(context: ArgoContext, options: AppsetListOptions): Promise<number> {
  const client = await context.client();
  const { items } = await client.get<{ items: ShownSet[] | null }>("/api/v1/applicationsets", {
    projects: options.project,
    selector: options.selector,
    appsetNamespace: options.appsetNamespace,
  });
  const sets = items ?? [];
  if (options.output === "json") printJson(context, sets);
  else if (options.output === "yaml") printYamlDocuments(context, [sets]);
  else if (options.output === "name") context.print(sets.map(nameOf));
  else
    context.print(
      tabTable([
        ["NAME", "PROJECT", "SYNCPOLICY", "CONDITIONS", "REPO", "PATH", "TARGET"],
        ...sets.map((set) => {
          const { project, source } = templateOf(set);
          const conditions = (set.status?.conditions ?? []).map(({ type, status }) => `${type}=${status}`);
          return [
            nameOf(set),
            project,
            isMapping(set.spec.syncPolicy) ? JSON.stringify(set.spec.syncPolicy) : "nil",
            conditions.length === 0 ? "<none>" : conditions.join(","),
            textIn(source, "repoURL"),
            textIn(source, "path"),
            textIn(source, "targetRevision"),
          ];
        }),
      ]),
    );
  return ARGO_EXIT.done;
}

export async function appsetGet(
  context: ArgoContext,
  name: string,
  { output }: { output?: Output },
): Promise<number> {
  const set = await oneSet(await context.client(), name);
  if (output === "json") printJson(context, set);
  else if (output === "yaml") printYamlDocuments(context, [set]);
  else {
    const { project, source } = templateOf(set);
    const conditions = set.status?.conditions ?? [];
    context.print([
      factLine("Name:", nameOf(set)),
      factLine("Project:", project),
      factLine("Source:", ""),
      factLine("- Repo:", textIn(source, "repoURL")),
      factLine("  Target:", textIn(source, "targetRevision")),
      factLine("  Path:", textIn(source, "path")),
      ...(conditions.length === 0
        ? []
        : [
            "",
            ...tabTable([
              ["CONDITION", "STATUS", "MESSAGE", "LAST TRANSITION"],
              ...conditions.map(({ type, status, message, lastTransitionTime = "" }) => [
                type,
                status,
                message,
                lastTransitionTime,
              ]),
            ]),
          ]),
    ]);
  }
  return ARGO_EXIT.done;
}

export async function appsetCreate(
  context: ArgoContext,
  files: readonly string[],
  { upsert, dryRun, output }: { upsert?: true; dryRun?: true; output?: "json" | "yaml" },
): Promise<number> {
  const client = await context.client();
  const sets: unknown[] = [];
  for (const file of files) sets.push(...(await setsInFile(context, file)));
  for (const body of sets) {
    const { metadata } = body as ApplicationSet;
    const before = await found(client, metadata?.name, metadata?.namespace);
    const set = await client.send<ShownSet>("POST", "/api/v1/applicationsets", {
      query: {
        upsert: upsert === true ? "true" : undefined,
        dryRun: dryRun === true ? "true" : undefined,
      },
      body,
    });
    if (output === "json") printJson(context, set);
    else if (output === "yaml") printYamlDocuments(context, [set]);
    else
      context.print(
        `ApplicationSet '${set.metadata.name}' ${before === undefined ? "created" : "updated"}${dryRun === true ? " (dry-run)" : ""}`,
      );
  }
  return ARGO_EXIT.done;
}

/** The applications that a set would make: a list, as there. */
export async function appsetGenerate(
  context: ArgoContext,
  file: string,
  { output }: { output?: Output },
): Promise<number> {
  const client = await context.client();
  const applications: Application[] = [];
  for (const applicationSet of await setsInFile(context, file)) {
    const made = await client.send<{
      applications: Application[] | null;
      problems?: { severity: string; text: string }[];
    }>("POST", "/api/v1/applicationsets/generate", { body: { applicationSet } });
    const wrong = (made.problems ?? []).filter(({ severity }) => severity === "error");
    if (wrong.length > 0)
      throw new CliError(
        EXIT.invalid,
        "Not all of its applications can be made.",
        wrong.map(({ text }) => text),
      );
    applications.push(...(made.applications ?? []));
  }
  if (output === "json") printJson(context, applications);
  else if (output === "yaml") printYamlDocuments(context, [applications]);
  else if (output === "name") context.print(applications.map(({ metadata }) => metadata.name));
  else
    context.print(
      tabTable([
        ["NAME", "CLUSTER", "NAMESPACE", "PROJECT"],
        ...applications.map(({ metadata, spec }) => [
          metadata.name,
          spec.destination.server ?? spec.destination.name ?? "",
          spec.destination.namespace ?? "",
          spec.project,
        ]),
      ]),
    );
  return ARGO_EXIT.done;
}

export async function appsetDelete(
  context: ArgoContext,
  names: readonly string[],
  { yes }: { yes?: true },
): Promise<number> {
  const client = await context.client();
  for (const name of names) {
    const set = await oneSet(client, name);
    if (yes !== true && !(await confirm(context, `Delete '${nameOf(set)}' and all its applications?`))) {
      context.print(`The command to delete '${name}' was cancelled.`);
      continue;
    }
    const { path, query } = setPath(set.metadata.name, set.metadata.namespace);
    await client.send("DELETE", path, { query });
    context.print(`applicationset '${set.metadata.name}' deleted`);
  }
  return ARGO_EXIT.done;
}

function setPath(name: string, namespace: string | undefined) {
  return {
    path: `/api/v1/applicationsets/${encodeURIComponent(name)}`,
    query: defined({ appsetNamespace: namespace }),
  };
}

async function oneSet(client: Client, name: string): Promise<ShownSet> {
  const [namespace, short] = name.includes("/") ? name.split("/", 2) : [undefined, name];
  const { path, query } = setPath(short ?? name, namespace);
  return client.get<ShownSet>(path, query);
}

async function found(
  client: Client,
  name: string | undefined,
  namespace: string | undefined,
): Promise<ShownSet | undefined> {
  if (name === undefined) return undefined;
  const { path, query } = setPath(name, namespace);
  return client.get<ShownSet>(path, query).catch((cause: unknown) => {
    if (isUnseen(cause)) return undefined;
    throw cause;
  });
}

/** What is written there may be a template of anything. */
function templateOf({ spec }: ShownSet): { project: string; source: unknown } {
  const of: unknown = spec.template.spec;
  const template = isMapping(of) ? of : {};
  const several = template["sources"];
  const first: unknown = Array.isArray(several) ? several[0] : undefined;
  return { project: textIn(template, "project"), source: template["source"] ?? first };
}

function textIn(value: unknown, field: string): string {
  const found = isMapping(value) ? value[field] : undefined;
  return typeof found === "string" ? found : "";
}
