import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { generateApplications } from "../core/generate/generate-applications.ts";
import type { GeneratedApplications } from "../core/generate/generated.ts";
import type { ApplicationSet } from "../core/model/application-set.ts";
import type { TemplateEngine } from "../core/ports/template-engine.ts";
import { Repositories } from "../git/repositories.ts";
import { jsonLog } from "../lib/json-log.ts";
import { ProcessGroups } from "../lib/process-groups.ts";
import { systemClock } from "../lib/system-clock.ts";
import { GoTemplateEngine } from "../render/go-templates/template-engine.ts";
import { sandboxLevel } from "../render/sandbox-level.ts";
import { ToolFinder } from "../render/tools.ts";
import { type FactSources, factsFor } from "./generator-facts.ts";
import type { Surroundings } from "./surroundings.ts";
import { cameWithUs } from "./tool-places.ts";

const TIMEOUT_MS = 90_000;

/**
 * Has the applications of sets generated without a daemon or a cluster, for as long as `work` takes; repositories are
 * fetched as the daemon would, where no folder stands for them.
 *
 * @param object what a template engine that cannot be run is said of
 */
export async function generating<T>(
  around: Surroundings,
  sources: Pick<FactSources, "source" | "clusters" | "config">,
  { object, signal }: { object: string; signal: AbortSignal },
  work: (generate: (set: ApplicationSet) => Promise<GeneratedApplications>) => Promise<T>,
): Promise<T> {
  const scratch = mkdtempSync(join(tmpdir(), "holdfast-appset-"));
  const git = new Repositories({
    dataDir: join(scratch, "data"),
    clock: systemClock,
    log: jsonLog(() => "error", around.stderr),
    systemGit: Bun.which("git", { PATH: around.env.PATH ?? "" }) ?? undefined,
    env: { PATH: around.env.PATH ?? "" },
    environment: around.env,
  });
  const from = { ...sources, cwd: around.cwd, git, signal };
  try {
    const engine = await templateEngine(around, scratch, object, signal);
    return await work((set) => generateApplications(set, { facts: factsFor(set, from), engine }));
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
