import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { readApplicationSets } from "../config/read-application-sets.ts";
import { generateApplications } from "../core/generate/generate-applications.ts";
import type { Application } from "../core/model/application.ts";
import { Failure } from "../core/model/failure.ts";
import { type Problem, showProblem } from "../core/model/problem.ts";
import type { TemplateEngine } from "../core/ports/template-engine.ts";
import { Repositories } from "../git/repositories.ts";
import { jsonLog } from "../lib/json-log.ts";
import { ProcessGroups } from "../lib/process-groups.ts";
import { systemClock } from "../lib/system-clock.ts";
import { GoTemplateEngine } from "../render/go-templates/template-engine.ts";
import { sandboxLevel } from "../render/sandbox-level.ts";
import { ToolFinder } from "../render/tools.ts";
import { configFile, readConfig } from "./config-file.ts";
import { factsFor } from "./generator-facts.ts";
import type { Surroundings } from "./surroundings.ts";
import { cameWithUs } from "./tool-places.ts";

export interface GenerateCall {
  /** File of ApplicationSets. */
  file: string;
  /** A folder that stands for every repository; else they are fetched. */
  source?: string;
  /** File of the clusters that there are. */
  clusters?: string;
  config?: string;
  signal: AbortSignal;
}

const TIMEOUT_MS = 90_000;

/** The applications of the sets in a file, without a daemon or a cluster; repositories are fetched as the daemon would. */
export async function appsetGenerate(
  around: Surroundings,
  { file, source, clusters, config, signal }: GenerateCall,
): Promise<{ applications: Application[]; problems: Problem[] }> {
  const known = readConfig(configFile(config, around), around);
  if (!known.ok && config !== undefined)
    throw new Failure("config", config, "after-edit", {
      cannot: "read it",
      why: known.problems.map(showProblem).join("; "),
    });
  const homeNamespace = known.ok ? known.value.namespace : "argocd";
  const { sets, problems } = readApplicationSets(resolve(around.cwd, file), file, homeNamespace);
  const scratch = mkdtempSync(join(tmpdir(), "holdfast-appset-"));
  const git = new Repositories({
    dataDir: join(scratch, "data"),
    clock: systemClock,
    log: jsonLog(() => "error", around.stderr),
    systemGit: Bun.which("git", { PATH: around.env.PATH ?? "" }) ?? undefined,
    env: { PATH: around.env.PATH ?? "" },
    environment: around.env,
  });
  const from = { cwd: around.cwd, source, clusters, git, config: known.ok ? known.value : undefined, signal };
  try {
    const engine = await templateEngine(around, scratch, file, signal);
    const applications: Application[] = [];
    for (const { set, place } of sets) {
      const made = await generateApplications(set, { facts: factsFor(set, from), engine });
      applications.push(...made.applications.map(({ application }) => application));
      problems.push(...made.problems.map(place));
    }
    return { applications, problems };
  } finally {
    await git.stop();
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
