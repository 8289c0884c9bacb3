import { parseProject } from "../../core/model/parse-project.ts";
import type { GroupKindRule, Project, ProjectSpec } from "../../core/model/project.ts";
import { defined } from "../../lib/defined.ts";
import { parseYaml } from "../../lib/yaml.ts";
import { CliError } from "../cli-error.ts";
import { confirm } from "../confirm.ts";
import type { CliContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { readProject } from "../project/read-project.ts";
import { readInput } from "../read-input.ts";
import { andMore } from "../words/count.ts";

/** The names are those of `argocd proj create` and `set`. */
export interface ProjectFlags {
  description?: string;
  /** `server,namespace`. */
  dest?: string[];
  src?: string[];
  sourceNamespaces?: string[];
  /** `group/Kind`, or `Kind` of the core group. */
  allowClusterResource?: string[];
  denyClusterResource?: string[];
  allowNamespacedResource?: string[];
  denyNamespacedResource?: string[];
  orphanedResources?: true;
  orphanedResourcesWarn?: true;
}

export interface ProjectCreateOptions extends ProjectFlags {
  file?: string;
  upsert?: true;
}

/** Makes a project where the daemon keeps those that are made through it. */
export async function projCreate(
  context: CliContext,
  name: string | undefined,
  { file, upsert, ...flags }: ProjectCreateOptions,
): Promise<ExitCode> {
  const spec = specOf(flags);
  const project = file === undefined ? undefined : await projectIn(context, file, name);
  if (project !== undefined && Object.keys(spec).length > 0)
    throw new CliError(EXIT.usage, "The project is in the file: no flag says anything of it beside --file.");
  if (project === undefined && name === undefined)
    throw new CliError(EXIT.usage, "Name the project, or the file that it is in (--file).");
  const wanted = project ?? {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "AppProject",
    metadata: { name },
    spec,
  };
  const made = await (await context.client()).send<Project>("POST", "/api/v1/projects", {
    body: { project: wanted, upsert: upsert === true },
  });
  context.print(`${context.out.symbols.done} Project ${made.metadata.name} is there.`);
  return EXIT.done;
}

/** What is named takes the place of what was there; everything else stays. */
export async function projSet(context: CliContext, name: string, flags: ProjectFlags): Promise<ExitCode> {
  const spec = specOf(flags);
  if (Object.keys(spec).length === 0)
    throw new CliError(EXIT.usage, "There is nothing to set.", [
      "Name something: --description, --dest, --src, --source-namespaces, --orphaned-resources or the lists of kinds.",
    ]);
  const { project, write } = await readProject(await context.client(), name);
  await write({ ...project, spec: { ...project.spec, ...spec } });
  context.print(`${context.out.symbols.done} Project ${name} is set.`);
  return EXIT.done;
}

export async function projDelete(
  context: CliContext,
  names: readonly string[],
  { yes }: { yes?: true },
): Promise<ExitCode> {
  if (
    yes !== true &&
    !(await confirm(context, `Delete ${names.length === 1 ? "project" : "projects"} ${andMore(names, 5)}?`))
  ) {
    context.note("Nothing was deleted.");
    return EXIT.done;
  }
  const client = await context.client();
  for (const name of names) {
    await client.send("DELETE", `/api/v1/projects/${encodeURIComponent(name)}`);
    context.print(`${context.out.symbols.done} Project ${name} is deleted.`);
  }
  return EXIT.done;
}

function specOf(flags: ProjectFlags): Partial<ProjectSpec> {
  const { description, dest, src, sourceNamespaces, orphanedResources, orphanedResourcesWarn } = flags;
  const isWatched = orphanedResources === true || orphanedResourcesWarn === true;
  return defined({
    description,
    sourceRepos: src,
    sourceNamespaces,
    destinations: dest?.map(destinationOf),
    clusterResourceWhitelist: flags.allowClusterResource?.map(kindOf),
    clusterResourceBlacklist: flags.denyClusterResource?.map(kindOf),
    namespaceResourceWhitelist: flags.allowNamespacedResource?.map(kindOf),
    namespaceResourceBlacklist: flags.denyNamespacedResource?.map(kindOf),
    orphanedResources: isWatched ? { warn: orphanedResourcesWarn === true } : undefined,
  }) as Partial<ProjectSpec>;
}

function destinationOf(text: string): { server: string; namespace: string } {
  const at = text.lastIndexOf(",");
  if (at < 1 || at === text.length - 1)
    throw new CliError(EXIT.usage, `${text} is no destination.`, [
      "Write the cluster's address and a namespace, such as https://10.0.0.1:6443,shop or *,team-*.",
    ]);
  return { server: text.slice(0, at), namespace: text.slice(at + 1) };
}

function kindOf(text: string): GroupKindRule {
  const at = text.indexOf("/");
  return at < 0 ? { group: "", kind: text } : { group: text.slice(0, at), kind: text.slice(at + 1) };
}

async function projectIn(context: CliContext, file: string, name: string | undefined): Promise<unknown> {
  const { documents, problems } = parseYaml(await readInput(context, file), { file });
  const [error] = problems.filter(({ severity }) => severity === "error");
  const found = documents.filter(({ value }) => value !== null);
  const [only] = found;
  if (error !== undefined || only === undefined || found.length > 1)
    throw new CliError(
      EXIT.invalid,
      error === undefined
        ? `${file} must hold one AppProject, and holds ${found.length}.`
        : `${file}: ${error.text}.`,
    );
  const parsed = parseProject(only.value, { homeNamespace: "argocd" });
  if (!parsed.ok)
    throw new CliError(
      EXIT.invalid,
      `${file} holds no project that can be used.`,
      parsed.problems.map(
        ({ path = "", text, fix }) => `${path}: ${text}${fix === undefined ? "" : `. ${fix}`}.`,
      ),
    );
  const { metadata } = parsed.value;
  if (name !== undefined && metadata.name !== name)
    throw new CliError(EXIT.usage, `${file} holds project ${metadata.name}, and not ${name}.`);
  return only.value;
}
