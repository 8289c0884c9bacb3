import { accessSync, constants, existsSync } from "node:fs";
import { dirname } from "node:path";
import type { Check } from "../cli/offline-verbs.ts";
import type { ReadApplications } from "../config/application-folders.ts";
import type { Config } from "../config/config.ts";
import { reasonOf } from "../config/read-settings.ts";
import { type Problem, showProblem } from "../core/model/problem.ts";
import { pluginsIn } from "../daemon/declared-plugins.ts";
import { defined } from "../lib/defined.ts";

/** The folders that the config names, as a daemon would find them: its data, the applications, an operator's plugins. */
export async function checkFiles(
  config: Config,
  { applications, projects, problems }: ReadApplications,
  version: string,
): Promise<Check[]> {
  const counts = `${applications.length} application${applications.length === 1 ? "" : "s"}, ${projects.length} project${projects.length === 1 ? "" : "s"}`;
  const found: Check[] =
    config.applications.length === 0
      ? [
          {
            name: "applications",
            state: "ok",
            text:
              config.home === "cluster"
                ? `they are custom resources of the cluster ${config.homeCluster.name}`
                : "the config names no folder of applications: they come through the API",
          },
        ]
      : [{ name: "applications", state: "ok", text: `${counts} in ${config.applications.join(", ")}` }];
  const { renderers, healthChecks, problems: pluginProblems } = await pluginsIn(config, version);
  const own = [
    ...renderers.filter(({ from }) => from === "operator").map(({ renderer }) => renderer.name),
    ...healthChecks.map(({ name }) => name),
  ];
  const plugins: Check[] =
    config.plugins.length + config.configManagementPlugins.length === 0
      ? []
      : [
          ...(own.length === 0 ? [] : [{ name: "plugins", state: "ok", text: own.join(", ") } as const]),
          ...pluginProblems.map((problem) => asCheck("plugins", problem)),
        ];
  return [
    dataCheck(config.data),
    ...found,
    ...problems.map((problem) => asCheck("applications", problem)),
    ...plugins,
  ];
}

function dataCheck(folder: string): Check {
  // Where it is not there yet it is made, below the nearest folder that is.
  let place = folder;
  while (!existsSync(place) && dirname(place) !== place) place = dirname(place);
  try {
    accessSync(place, constants.W_OK | constants.X_OK);
    return {
      name: "data",
      state: "ok",
      text: place === folder ? folder : `${folder} (made at the first start)`,
    };
  } catch (cause) {
    return {
      name: "data",
      state: "failed",
      text: `${folder} cannot be written: ${reasonOf(cause)}`,
      fix: "Let this user write there, or name another folder in the config: data",
    };
  }
}

export function asCheck(name: string, { fix, ...problem }: Problem): Check {
  return {
    name,
    state: problem.severity === "error" ? "failed" : "warning",
    text: showProblem(problem),
    ...defined({ fix }),
  };
}
