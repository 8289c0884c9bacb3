import { checkHostCommand } from "../checks/check-host-verb.ts";
import { UserHealthChecks } from "../checks/health-checks.ts";
import type { JudgedObject } from "../cli/offline-verbs.ts";
import { explainHealth } from "../core/health/explain-health.ts";
import { Failure } from "../core/model/failure.ts";
import type { KubeObject } from "../core/model/kube-object.ts";
import { showProblem } from "../core/model/problem.ts";
import type { HealthChecks } from "../core/ports/health-checks.ts";
import { parseYaml } from "../lib/yaml.ts";
import { loadPlugins } from "../plugin/load.ts";
import { configFile, readConfig } from "./config-file.ts";
import type { Surroundings } from "./surroundings.ts";

/** Judges each object of a YAML or JSON text: by the checks of the config where one is named, else by the built-in rules alone. */
export async function health(
  around: Surroundings,
  text: string,
  file: string,
  { config, signal }: { config?: string; signal?: AbortSignal } = {},
): Promise<JudgedObject[]> {
  const objects = readObjects(text, file);
  if (config === undefined) return objects.map((object) => judged(object));
  const checks = await checksOf(config, around);
  try {
    const found: JudgedObject[] = [];
    for (const object of objects) found.push(judged(object, await checks.judge(object, signal)));
    return found;
  } finally {
    await checks.stop();
  }
}

function judged(object: KubeObject, userVerdict?: Awaited<ReturnType<HealthChecks["judge"]>>): JudgedObject {
  const { status, ...rest } = explainHealth(object, userVerdict === undefined ? {} : { userVerdict });
  return { status: status === "none" ? undefined : status, ...rest };
}

/**
 * Objects as people keep them: of a key that stands twice the last one counts, and metadata may have been cut away.
 * @throws {Failure} manifest
 */
export function readObjects(text: string, file: string): KubeObject[] {
  const { documents, problems } = parseYaml(text, { file, duplicateKeys: "keep-last" });
  const wrong = problems.find(({ severity }) => severity === "error");
  if (wrong !== undefined)
    throw new Failure("manifest", file, "after-edit", { cannot: "judge it", why: showProblem(wrong) });
  return documents
    .filter(({ value }) => value !== null)
    .map(({ value, line }) => {
      const object = asObject(value);
      if (object === undefined)
        throw new Failure("manifest", `${file}:${line}`, "after-edit", {
          cannot: "judge it",
          why: "it is no Kubernetes object: apiVersion or kind is missing",
        });
      return object;
    });
}

function asObject(value: unknown): KubeObject | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { apiVersion, kind, metadata } = value as Record<string, unknown>;
  if (
    typeof apiVersion !== "string" ||
    typeof kind !== "string" ||
    (metadata !== undefined && typeof metadata !== "object")
  )
    return undefined;
  const { name = "", ...others } = (metadata ?? {}) as Partial<KubeObject["metadata"]>;
  return { ...value, apiVersion, kind, metadata: { ...others, name } };
}

/** @throws {Failure} config */
async function checksOf(named: string, around: Surroundings): Promise<HealthChecks> {
  const parsed = readConfig(configFile(named, around), around);
  const cannot = (why: string): Failure =>
    new Failure("config", named, "after-edit", { cannot: "ask its health checks", why });
  if (!parsed.ok) throw cannot(parsed.problems.map(showProblem).join("; "));
  const { plugins, health } = parsed.value;
  const { healthChecks, problems } = await loadPlugins({
    builtIns: [],
    version: around.build.version,
    places: plugins,
  });
  if (problems.length > 0) throw cannot(problems.map(showProblem).join("; "));
  return new UserHealthChecks({
    command: checkHostCommand(around.self, "checks"),
    plugins: healthChecks,
    cel: health.checks,
    lua: health.scripts.health,
  });
}
