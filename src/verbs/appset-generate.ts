import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { generateApplications } from "../core/generate/generate-applications.ts";
import { type Application, IN_CLUSTER, IN_CLUSTER_NAME } from "../core/model/application.ts";
import { Failure } from "../core/model/failure.ts";
import type { Problem } from "../core/model/problem.ts";
import type { GeneratorFacts } from "../core/ports/generator-facts.ts";
import type { TemplateEngine } from "../core/ports/template-engine.ts";
import { ProcessGroups } from "../lib/process-groups.ts";
import { folderTree } from "../render/folder-tree.ts";
import { GoTemplateEngine } from "../render/go-templates/template-engine.ts";
import { sandboxLevel } from "../render/sandbox-level.ts";
import { ToolFinder } from "../render/tools.ts";
import { configFile, readConfig } from "./config-file.ts";
import { readApplicationSets } from "./read-application-set.ts";
import { readClusters } from "./read-clusters.ts";
import type { Surroundings } from "./surroundings.ts";
import { cameWithUs } from "./tool-places.ts";

export interface GenerateCall {
  /** File of ApplicationSets. */
  file: string;
  /** A folder that stands for every repository. */
  source?: string;
  /** File of the clusters that there are. */
  clusters?: string;
  config?: string;
  signal: AbortSignal;
}

const TIMEOUT_MS = 90_000;

/** The applications of the sets in a file, without a daemon, a cluster or a network. */
export async function appsetGenerate(
  around: Surroundings,
  { file, source, clusters, config, signal }: GenerateCall,
): Promise<{ applications: Application[]; problems: Problem[] }> {
  const known = readConfig(configFile(config, around), around);
  const homeNamespace = known.ok ? known.value.namespace : "argocd";
  const { sets, problems } = readApplicationSets(resolve(around.cwd, file), file, homeNamespace);
  const facts = offlineFacts(around, { source, clusters });
  const scratch = mkdtempSync(join(tmpdir(), "holdfast-appset-"));
  try {
    const engine = await templateEngine(around, scratch, file, signal);
    const applications: Application[] = [];
    for (const { set, place } of sets) {
      const made = await generateApplications(set, { facts, engine });
      applications.push(...made.applications.map(({ application }) => application));
      problems.push(...made.problems.map(place));
    }
    return { applications, problems };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

async function templateEngine(
  around: Surroundings,
  scratch: string,
  object: string,
  signal: AbortSignal,
): Promise<TemplateEngine> {
  const level = await sandboxLevel();
  const scratchDir = join(scratch, "scratch");
  const tools = new ToolFinder({
    searchPath: around.env.PATH ?? "",
    embedded: await cameWithUs(around, join(scratch, "tools")),
    scratchDir,
    level,
  });
  const groups = new ProcessGroups();
  return new GoTemplateEngine(
    { tools, level, sandbox: "best-effort", timeoutMs: TIMEOUT_MS, groups, scratchDir },
    object,
    signal,
  );
}

/** What can be learned from files alone. */
function offlineFacts(
  { cwd }: Surroundings,
  { source, clusters }: { source: string | undefined; clusters: string | undefined },
): GeneratorFacts {
  const unknown = (what: string, fix: string) => async (): Promise<never> => {
    throw new Failure("config", what, "after-edit", {
      cannot: "learn it",
      why: "nobody is asked offline",
      fix,
    });
  };
  const online = "Generate it where a daemon runs; the other generators of the file can be looked at here";
  return {
    clusters:
      clusters === undefined
        ? unknown("which clusters there are", "Name a file of them with --clusters FILE")
        : async () => ({
            known: readClusters(resolve(cwd, clusters), clusters),
            local: { name: IN_CLUSTER_NAME, server: IN_CLUSTER, labels: {}, annotations: {} },
          }),
    async tree({ repoURL }) {
      if (source === undefined)
        throw new Failure("git-path", repoURL, "after-edit", {
          cannot: "look into it",
          why: "no local folder stands for it",
          fix: "Name one with --source FOLDER",
        });
      return folderTree(resolve(cwd, source));
    },
    pullRequests: unknown("the pull requests of a provider", online),
    repositories: unknown("the repositories of a provider", online),
    decisions: unknown("the decisions about clusters", online),
    plugin: unknown("what a plugin answers", online),
  };
}
