import type { JudgedObject } from "../cli/offline-verbs.ts";
import { explainHealth } from "../core/health/explain-health.ts";
import { Failure } from "../core/model/failure.ts";
import type { KubeObject } from "../core/model/kube-object.ts";
import { showProblem } from "../core/model/problem.ts";
import { parseYaml } from "../lib/yaml.ts";

/** Judges each object of a YAML or JSON text by the built-in rules. */
export function health(text: string, file: string): JudgedObject[] {
  const { documents, problems } = parseYaml(text, { file });
  const [problem] = problems;
  if (problem !== undefined) throw new Failure("manifest", file, "after-edit", { cannot: "judge it", why: showProblem(problem) });
  return documents.filter(({ value }) => value !== null).map(({ value, line }) => {
    if (!isObject(value)) throw new Failure("manifest", `${file}:${line}`, "after-edit", { cannot: "judge it", why: "it is no Kubernetes object: apiVersion, kind or metadata is missing" });
    const { status, ...rest } = explainHealth(value);
    return { status: status === "none" ? undefined : status, ...rest };
  });
}

function isObject(value: unknown): value is KubeObject {
  if (typeof value !== "object" || value === null) return false;
  const { apiVersion, kind, metadata } = value as Record<string, unknown>;
  return typeof apiVersion === "string" && typeof kind === "string" && typeof metadata === "object" && metadata !== null;
}
