import { FILE_NAME, matchesGlob } from "../../lib/glob.ts";
import { groupKind, type ObjectRef } from "../model/object-ref.ts";
import type { GroupKindRule, Project } from "../model/project.ts";

/**
 * Why the project does not permit an object of this kind; undefined where it does. Cluster-scoped kinds need to be
 * listed; namespaced kinds are all permitted where there is no list, and none where it is empty.
 */
export function refuseKind(
  project: Project,
  ref: ObjectRef,
  scope: "namespaced" | "cluster",
): string | undefined {
  const { spec, metadata } = project;
  const [permits, denies] =
    scope === "namespaced"
      ? [spec.namespaceResourceWhitelist, spec.namespaceResourceBlacklist]
      : [spec.clusterResourceWhitelist, spec.clusterResourceBlacklist];
  const listed = permits === undefined ? scope === "namespaced" : isIn(permits, ref);
  if (listed && !isIn(denies ?? [], ref)) return undefined;
  const what = scope === "namespaced" ? "resource" : "cluster resource";
  return `${what} ${groupKind(ref)} ${ref.name} is not permitted in project ${metadata.name}`;
}

function isIn(rules: readonly GroupKindRule[], { group, kind, name }: ObjectRef): boolean {
  return rules.some(
    (rule) =>
      matches(rule.kind, kind) &&
      matches(rule.group ?? "", group) &&
      ((rule.name ?? "") === "" || matches(rule.name as string, name)),
  );
}

function matches(pattern: string, text: string): boolean {
  return matchesGlob(pattern, text, FILE_NAME);
}
