/** What of an application is changed most, as fields of a form, and what a change of one does to the manifest. */
import type { YamlChange } from "../../lib/yaml.ts";

export interface SourceDraft {
  /** As the form calls it: `Revision`, `Revision of source 2`. */
  place: string;
  repoURL: string;
  /** Undefined where it has none: it is a chart of a repository of charts, or lends its files alone. */
  path: string | undefined;
  /** Of a repository of charts; undefined where it is a folder. */
  chart: string | undefined;
  revision: string;
  /** `name=value`, a line each; undefined where it is no chart. */
  parameters: string | undefined;
  /** `name=registry/name:tag`, a line each; undefined where it is no kustomization. */
  images: string | undefined;
}

export interface EditDraft {
  syncs: "by-hand" | "by-itself";
  prune: "yes" | "no";
  selfHeal: "yes" | "no";
  sources: SourceDraft[];
  project: string;
  /** A name, or an address. */
  cluster: string;
  namespace: string;
}

type Path = (string | number)[];

const DESTINATION: Path = ["spec", "destination"];

/** @param types how each source is rendered, as the status tells it: `Helm`, `Kustomize` */
export function draftOf(manifest: unknown, types: readonly (string | undefined)[]): EditDraft {
  const automated = at(manifest, ["spec", "syncPolicy", "automated"]);
  const isOn = automated !== undefined && automated !== null && at(automated, ["enabled"]) !== false;
  const yes = (value: unknown): "yes" | "no" => (value === true ? "yes" : "no");
  const places = sourcePlaces(manifest);
  return {
    syncs: isOn ? "by-itself" : "by-hand",
    prune: yes(at(automated, ["prune"])),
    selfHeal: yes(at(automated, ["selfHeal"])),
    project: textOf(at(manifest, ["spec", "project"])),
    cluster:
      textOf(at(manifest, [...DESTINATION, "name"])) || textOf(at(manifest, [...DESTINATION, "server"])),
    namespace: textOf(at(manifest, [...DESTINATION, "namespace"])),
    sources: places.map((place, index): SourceDraft => {
      const source = at(manifest, place);
      const [helm, kustomize] = [at(source, ["helm"]), at(source, ["kustomize"])];
      const isChart = at(source, ["chart"]) !== undefined;
      const isLent = textOf(at(source, ["ref"])) !== "";
      const isHelm = types[index] === "Helm" || helm !== undefined;
      const isKustomize = types[index] === "Kustomize" || kustomize !== undefined;
      return {
        place: places.length === 1 ? "" : ` of source ${index + 1}`,
        repoURL: textOf(at(source, ["repoURL"])),
        path:
          isChart || (isLent && at(source, ["path"]) === undefined)
            ? undefined
            : textOf(at(source, ["path"])),
        chart: isChart ? textOf(at(source, ["chart"])) : undefined,
        revision: textOf(at(source, ["targetRevision"])),
        parameters: isHelm
          ? listOf(at(helm, ["parameters"]))
              .map((one) => `${textOf(at(one, ["name"]))}=${textOf(at(one, ["value"]))}`)
              .join("\n")
          : undefined,
        images: isKustomize
          ? listOf(at(kustomize, ["images"]))
              .map(textOf)
              .join("\n")
          : undefined,
      };
    }),
  };
}

/** @param manifest that the draft was read from @returns changes of its text; empty where the fields say the same */
export function draftChanges(manifest: unknown, before: EditDraft, after: EditDraft): YamlChange[] {
  const automated: Path = ["spec", "syncPolicy", "automated"];
  const changes: YamlChange[] = [];
  if (before.syncs !== after.syncs) {
    if (after.syncs === "by-hand") changes.push({ do: "unset", path: automated });
    else changes.push({ do: "set", path: automated, value: { prune: true, selfHeal: true } });
  } else if (after.syncs === "by-itself") {
    for (const field of ["prune", "selfHeal"] as const)
      if (before[field] !== after[field])
        changes.push({ do: "set", path: [...automated, field], value: after[field] === "yes" });
  }
  if (before.project !== after.project)
    changes.push({ do: "set", path: ["spec", "project"], value: after.project });
  if (before.cluster !== after.cluster) {
    // Which of both it is, its own look says.
    const [is, not] = after.cluster.includes("://") ? ["server", "name"] : ["name", "server"];
    if (at(manifest, [...DESTINATION, not]) !== undefined)
      changes.push({ do: "unset", path: [...DESTINATION, not] });
    changes.push({ do: "set", path: [...DESTINATION, is], value: after.cluster });
  }
  if (before.namespace !== after.namespace) {
    const path = [...DESTINATION, "namespace"];
    changes.push(
      after.namespace === "" ? { do: "unset", path } : { do: "set", path, value: after.namespace },
    );
  }
  sourcePlaces(manifest).forEach((place, index) => {
    const [was, is] = [before.sources[index], after.sources[index]];
    if (was === undefined || is === undefined) return;
    const set = (path: Path, value: unknown): void => void changes.push({ do: "set", path, value });
    const unset = (path: Path): void => void changes.push({ do: "unset", path });
    // Needed, and left empty they stay, so that what is missing is seen.
    for (const field of ["repoURL", "path", "chart"] as const)
      if (was[field] !== is[field] && is[field] !== undefined) set([...place, field], is[field]);
    if (was.revision !== is.revision) {
      if (is.revision === "") unset([...place, "targetRevision"]);
      else set([...place, "targetRevision"], is.revision);
    }
    if (was.parameters !== is.parameters && is.parameters !== undefined) {
      const path = [...place, "helm", "parameters"];
      const next = parametersIn(is.parameters, listOf(at(manifest, path)));
      if (next.length === 0) unset(path);
      else set(path, next);
    }
    if (was.images !== is.images && is.images !== undefined) {
      const path = [...place, "kustomize", "images"];
      const next = linesOf(is.images);
      if (next.length === 0) unset(path);
      else set(path, next);
    }
  });
  return changes;
}

/** Whatever else a parameter of that name has (`forceString`) stays. */
function parametersIn(text: string, had: readonly unknown[]): unknown[] {
  return linesOf(text).map((line) => {
    const sign = line.indexOf("=");
    const [name, value] = sign === -1 ? [line, ""] : [line.slice(0, sign), line.slice(sign + 1)];
    const before = had.find((one) => at(one, ["name"]) === name);
    return { ...(typeof before === "object" ? before : {}), name, value };
  });
}

function linesOf(text: string): string[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

function sourcePlaces(manifest: unknown): Path[] {
  const several = listOf(at(manifest, ["spec", "sources"]));
  if (several.length > 0) return several.map((_, index) => ["spec", "sources", index]);
  return at(manifest, ["spec", "source"]) === undefined ? [] : [["spec", "source"]];
}

function at(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (held, key) =>
      typeof held === "object" && held !== null && Object.hasOwn(held, key)
        ? (held as Record<string | number, unknown>)[key]
        : undefined,
    value,
  );
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function textOf(value: unknown): string {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean"
    ? String(value)
    : "";
}
