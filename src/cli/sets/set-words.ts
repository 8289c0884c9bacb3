/** What the command line says of an ApplicationSet, as pure functions of what the API tells. */

import { type ApplicationSet, kindsOf } from "../../core/model/application-set.ts";
import type { SetCondition } from "../../core/model/application-set-status.ts";
import { isMapping } from "../../lib/is-mapping.ts";
import { count } from "../words/count.ts";
import type { ToldSet } from "./choose-sets.ts";

type Conditioned = Pick<ToldSet["applicationSet"], "status">;

/** `Error`, `Waiting` (for a person), `Progressing` (a rollout), `UpToDate`, or `Unknown` before it was looked at. */
export function stateOf({ applicationSet, blocked }: ToldSet): string {
  const { conditions = [] } = applicationSet.status;
  if (errorOf(applicationSet) !== undefined) return "Error";
  if (blocked.length > 0) return "Waiting";
  if (isTrue(applicationSet, "RolloutProgressing")) return "Progressing";
  return conditions.length === 0 ? "Unknown" : "UpToDate";
}

/** What is wrong with it; undefined where nothing is. */
export function errorOf(set: Conditioned): string | undefined {
  const told = isTrue(set, "ErrorOccurred") ?? isTrue(set, "InvalidRolloutConfig");
  return told?.message;
}

function isTrue(
  { status: { conditions = [] } }: Conditioned,
  type: SetCondition["type"],
): SetCondition | undefined {
  return conditions.find((one) => one.type === type && one.status === "True");
}

/** Why it is not up to date, "" where there is nothing to say. */
export function setReason(told: ToldSet): string {
  const error = errorOf(told.applicationSet);
  if (error !== undefined) return error;
  if (told.blocked.length > 0) return `${waits(told.blocked)}`;
  return isTrue(told.applicationSet, "RolloutProgressing")?.message ?? "";
}

export function waits(blocked: readonly string[]): string {
  return `${count(blocked.length, "deletion waits", "deletions wait")} for a person`;
}

/** `sync`, Argo CD's word for what it may do with its applications. */
export function setPolicyOf({ spec }: ApplicationSet): string {
  return spec.syncPolicy?.applicationsSync ?? "sync";
}

/** `merge(clusters, list)`. */
export function generatorsOf({ spec }: ApplicationSet): string {
  return spec.generators.map(generatorWords).join(", ");
}

function generatorWords(generator: ApplicationSet["spec"]["generators"][number]): string {
  return kindsOf(generator)
    .map((kind) => {
      const { generators } = (generator[kind] ?? {}) as {
        generators?: ApplicationSet["spec"]["generators"];
      };
      return generators === undefined ? kind : `${kind}(${generators.map(generatorWords).join(", ")})`;
    })
    .join(" and ");
}

/** As the template says it: parts of it may be filled in. */
export function templateOf({ spec: { template } }: ApplicationSet): {
  project: string;
  /** Each `{repoURL, path, targetRevision}`, as far as it is written. */
  sources: { repo: string; path: string; target: string }[];
} {
  const { project, source, sources } = template.spec ?? {};
  const all = Array.isArray(sources) && sources.length > 0 ? sources : source === undefined ? [] : [source];
  const text = (value: unknown): string => (typeof value === "string" ? value : "");
  return {
    project: text(project),
    sources: all.filter(isMapping).map((one) => ({
      repo: text(one["repoURL"]),
      path: text(one["path"]) || text(one["chart"]),
      target: text(one["targetRevision"]),
    })),
  };
}
