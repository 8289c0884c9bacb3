/** What the commands that change a project make of it: pure, so that a file and the API are changed by the same words. */
import type { GroupKindRule, Project, ProjectSpec } from "../../core/model/project.ts";
import type { SyncWindow } from "../../core/model/sync-window.ts";
import type { YamlChange } from "../../lib/yaml.ts";

/** `why`: a sentence without a full stop. */
export type ProjectEdit = { is: "changes"; changes: YamlChange[] } | { is: "refused"; why: string };

type ListName = {
  [K in keyof ProjectSpec]-?: NonNullable<ProjectSpec[K]> extends readonly unknown[] ? K : never;
}[keyof ProjectSpec];

const refused = (why: string): ProjectEdit => ({ is: "refused", why });
const changes = (...list: YamlChange[]): ProjectEdit => ({ is: "changes", changes: list });

/** @param isSame whether an item of the list is this one already */
export function addTo(
  project: Project,
  list: ListName,
  item: unknown,
  isSame: (other: never) => boolean,
): ProjectEdit {
  return listOf(project, list).some(isSame)
    ? refused(`${list} of project ${project.metadata.name} has it already`)
    : changes({ do: "append", path: ["spec", list], value: item });
}

export function removeFrom(project: Project, list: ListName, isMeant: (item: never) => boolean): ProjectEdit {
  const at = listOf(project, list).findIndex(isMeant);
  if (at < 0) return refused(`${list} of project ${project.metadata.name} does not have it`);
  const isLimit = list === "namespaceResourceWhitelist" && listOf(project, list).length === 1;
  // Without the list every kind would be permitted.
  if (isLimit) return changes({ do: "set", path: ["spec", list], value: [] });
  return changes({ do: "remove", path: ["spec", list], at });
}

export function addOrphanIgnore(project: Project, rule: OrphanRule): ProjectEdit {
  const ignore = project.spec.orphanedResources?.ignore ?? [];
  return ignore.some((other) => isSameOrphan(other, rule))
    ? refused(`orphanedResources of project ${project.metadata.name} ignores it already`)
    : changes({ do: "append", path: ["spec", "orphanedResources", "ignore"], value: rule });
}

export function removeOrphanIgnore(project: Project, rule: OrphanRule): ProjectEdit {
  const ignore = project.spec.orphanedResources?.ignore ?? [];
  const at = ignore.findIndex((other) => isSameOrphan(other, rule));
  return at < 0
    ? refused(`orphanedResources of project ${project.metadata.name} does not ignore it`)
    : changes({ do: "remove", path: ["spec", "orphanedResources", "ignore"], at });
}

export interface OrphanRule {
  group?: string;
  kind?: string;
  name?: string;
}

function isSameOrphan(a: OrphanRule, b: OrphanRule): boolean {
  return (["group", "kind", "name"] as const).every((field) => (a[field] ?? "") === (b[field] ?? ""));
}

/** @param id as `project window list` counts them */
export function changeWindow(
  project: Project,
  id: number,
  fields: Partial<Record<keyof SyncWindow, unknown>> | "delete",
): ProjectEdit {
  const windows = project.spec.syncWindows ?? [];
  if (windows[id] === undefined)
    return refused(
      `project ${project.metadata.name} has no window ${id}: holdfast project window list ${project.metadata.name} counts them`,
    );
  if (fields === "delete") return changes({ do: "remove", path: ["spec", "syncWindows"], at: id });
  return changes(
    ...Object.entries(fields).flatMap(([field, value]): YamlChange[] =>
      value === undefined ? [] : [{ do: "set", path: ["spec", "syncWindows", id, field], value }],
    ),
  );
}

/** The project as it is when the changes were made. */
export function edited(project: Project, list: readonly YamlChange[]): unknown {
  const next = structuredClone(project) as unknown as Record<string, unknown>;
  for (const change of list) {
    const keys = [...change.path];
    const last = keys.pop() as string;
    let at: Record<string, unknown> = next;
    for (const key of keys) {
      at[key] ??= {};
      at = at[key] as Record<string, unknown>;
    }
    if (change.do === "append") at[last] = [...((at[last] ?? []) as unknown[]), change.value];
    else if (change.do === "set") at[last] = change.value;
    else if (change.do === "unset") delete at[last];
    else {
      const left = ((at[last] ?? []) as unknown[]).toSpliced(change.at, 1);
      if (left.length === 0) delete at[last];
      else at[last] = left;
    }
  }
  return next;
}

export function isSameKind(a: GroupKindRule, b: GroupKindRule): boolean {
  return (a.group ?? "") === (b.group ?? "") && a.kind === b.kind && (a.name ?? "") === (b.name ?? "");
}

function listOf(project: Project, list: ListName): readonly never[] {
  return (project.spec[list] ?? []) as unknown as readonly never[];
}
