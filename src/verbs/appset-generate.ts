import { resolve } from "node:path";
import { readApplicationSets } from "../config/read-application-sets.ts";
import type { Application } from "../core/model/application.ts";
import { Failure } from "../core/model/failure.ts";
import { type Problem, showProblem } from "../core/model/problem.ts";
import { configFile, readConfig } from "./config-file.ts";
import { generating } from "./generating.ts";
import type { Surroundings } from "./surroundings.ts";

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
  const from = { source, clusters, config: known.ok ? known.value : undefined };
  return generating(around, from, { object: file, signal }, async (generate) => {
    const applications: Application[] = [];
    for (const { set, place } of sets) {
      const made = await generate(set);
      applications.push(...made.applications.map(({ application }) => application));
      problems.push(...made.problems.map(place));
    }
    return { applications, problems };
  });
}
