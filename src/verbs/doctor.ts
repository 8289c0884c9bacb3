/** What stands in the way of a daemon here: config, tools, sandbox, Git and clusters, each with what to do. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Check } from "../cli/offline-verbs.ts";
import { connectCluster } from "../cluster/cluster.ts";
import { readApplications } from "../config/application-folders.ts";
import type { Config } from "../config/config.ts";
import { type Application, sourcesOf } from "../core/model/application.ts";
import { asFailure } from "../core/model/failure.ts";
import { refuseSourceKind } from "../core/model/refuse-source-kind.ts";
import { repositoryAccess } from "../engine/target/repository-access.ts";
import { Repositories } from "../git/repositories.ts";
import { defined, filled } from "../lib/defined.ts";
import { jsonLog } from "../lib/json-log.ts";
import { decideRuntime } from "../lib/runtime-settings.ts";
import { systemClock } from "../lib/system-clock.ts";
import { sandboxLevel } from "../render/sandbox-level.ts";
import { ToolFinder } from "../render/tools.ts";
import { asCheck, checkFiles } from "./check-files.ts";
import { configFile, readConfig } from "./config-file.ts";
import { sandboxCheck } from "./sandbox-check.ts";
import type { Surroundings } from "./surroundings.ts";
import { cameWithUs } from "./tool-places.ts";

export async function doctor(
  around: Surroundings,
  { config: named, signal }: { config?: string; signal: AbortSignal },
): Promise<Check[]> {
  const file = configFile(named, around);
  const parsed = readConfig(file, around);
  const scratch = mkdtempSync(join(tmpdir(), "holdfast-doctor-"));
  try {
    const config = parsed.ok ? parsed.value : undefined;
    const configChecks: Check[] = parsed.ok
      ? [
          { name: "config", state: "ok", text: file },
          ...parsed.warnings.map((problem) => asCheck("config", problem)),
        ]
      : parsed.problems.map((problem) => asCheck("config", problem));
    const checks = await Promise.all([
      ...(config === undefined ? [] : [configuredChecks(config, around, scratch, signal)]),
      toolChecks(config, around, scratch),
      sandboxLevel().then((level) => [
        sandboxCheck(level, config?.render.requireSandbox === true ? "required" : "best-effort"),
      ]),
      limitCheck(around),
    ]);
    return [...configChecks, ...checks.flat()];
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** What the config names: folders first, then what is reached over the network. */
async function configuredChecks(
  config: Config,
  around: Surroundings,
  scratch: string,
  signal: AbortSignal,
): Promise<Check[]> {
  const read = readApplications(config.applications, { homeNamespace: config.namespace, from: around.cwd });
  const { urls, unserved } = askable(read.applications.map(({ app }) => app));
  const checks = await Promise.all([
    checkFiles(config, read, around.build.version),
    gitChecks(urls, config, around, scratch),
    unserved,
    clusterChecks(config, around, signal),
  ]);
  return checks.flat();
}

async function toolChecks(
  config: Config | undefined,
  around: Surroundings,
  scratch: string,
): Promise<Check[]> {
  const searchPath = around.env.PATH ?? "";
  const level = await sandboxLevel();
  const tools = new ToolFinder({
    searchPath,
    level,
    embedded: await cameWithUs(around, join(scratch, "tools")),
    scratchDir: join(scratch, "scratch"),
    configured: filled({ helm: config?.render.helm, kustomize: config?.render.kustomize }),
  });
  const found = await Promise.all(
    ["helm", "kustomize"].map(async (name): Promise<Check> => {
      try {
        const { version, program } = await tools.find(name);
        return {
          name,
          state: "ok",
          text: `${version} (${program.startsWith(scratch) ? "part of this program" : program})`,
        };
      } catch (cause) {
        const { why, fix } = asFailure(cause, name, "find it");
        return {
          name,
          state: "warning",
          text: `${why}: applications that need it cannot be rendered`,
          ...defined({ fix }),
        };
      }
    }),
  );
  const git = Bun.which("git", { PATH: searchPath });
  return [
    ...found,
    git === null
      ? {
          name: "git",
          state: "warning",
          text: "no git program: repositories over HTTP are read by a slower library, those over ssh not at all",
          fix: "Install git",
        }
      : { name: "git", state: "ok", text: `${git} (fetches and reads repositories)` },
  ];
}

async function limitCheck({ self }: Surroundings): Promise<Check[]> {
  const decision = decideRuntime(self);
  return [
    {
      name: "connections",
      state: "ok",
      text:
        decision.do === "go-on"
          ? "the limits of requests at once and of memory are set in the environment"
          : "serve lifts the limit of 256 requests at once, and keeps its memory small, by itself",
    },
  ];
}

/** Addresses that are asked for Git, each once, and a check for each source that is of a kind that is not. */
function askable(apps: readonly Application[]): { urls: string[]; unserved: Check[] } {
  const urls = new Set<string>();
  const unserved: Check[] = [];
  for (const app of apps)
    for (const source of sourcesOf(app.spec)) {
      try {
        refuseSourceKind(source, app);
        urls.add(source.repoURL);
      } catch (cause) {
        const { object, cannot, why, fix } = asFailure(cause, source.repoURL, "read it");
        unserved.push({
          name: "source",
          state: "failed",
          text: `${object}: cannot ${cannot}: ${why}`,
          ...defined({ fix }),
        });
      }
    }
  return { urls: [...urls], unserved };
}

async function gitChecks(
  urls: readonly string[],
  config: Config,
  around: Surroundings,
  scratch: string,
): Promise<Check[]> {
  const git = new Repositories({
    dataDir: join(scratch, "data"),
    clock: systemClock,
    log: jsonLog(() => "error", around.stderr),
    systemGit: Bun.which("git", { PATH: around.env.PATH ?? "" }) ?? undefined,
    env: { PATH: around.env.PATH ?? "" },
    timeoutMs: 10_000,
  });
  try {
    return await Promise.all(
      urls.map(async (url): Promise<Check> => {
        try {
          const { commit } = await git.resolve(repositoryAccess(url, config.repositories), "", {
            freshness: "latest",
          });
          return { name: "repository", state: "ok", text: `${url} answers (HEAD is ${commit.slice(0, 7)})` };
        } catch (cause) {
          const { object, cannot, why, fix } = asFailure(cause, url, "list its refs");
          return {
            name: "repository",
            state: "failed",
            text: `${object}: cannot ${cannot}: ${why}`,
            ...defined({ fix }),
          };
        }
      }),
    );
  } finally {
    await git.stop();
  }
}

async function clusterChecks(config: Config, around: Surroundings, signal: AbortSignal): Promise<Check[]> {
  const pod = {
    host: around.env.KUBERNETES_SERVICE_HOST ?? "",
    port: around.env.KUBERNETES_SERVICE_PORT ?? "",
  };
  return Promise.all(
    config.clusters.map(async ({ name, server, kubeconfig, context }): Promise<Check> => {
      try {
        const cluster = await connectCluster({
          name,
          server,
          environment: around.env,
          log: jsonLog(() => "error", around.stderr),
          kubeconfig: kubeconfig === undefined ? { serviceAccount: pod } : { file: kubeconfig },
          ...defined({ context }),
        });
        try {
          const { kubeVersion } = await Promise.race([
            cluster.facts(),
            systemClock.sleep(10_000, signal).then(() => Promise.reject(new Error("no answer within 10 s"))),
          ]);
          return { name: "cluster", state: "ok", text: `${name} answers (${kubeVersion})` };
        } finally {
          await cluster.stop();
        }
      } catch (cause) {
        const { why, fix } = asFailure(cause, `cluster ${name}`, "reach it");
        return {
          name: "cluster",
          state: "failed",
          text: `${name}: ${why}`,
          ...defined({ fix }),
        };
      }
    }),
  );
}
