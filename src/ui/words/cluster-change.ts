/** What is changed of a cluster that the daemon keeps: as it is written in a form, and what of it is sent. */

/** As the API has it; what is absent is empty. */
export interface ClusterSettings {
  name: string;
  project: string;
  labels: Readonly<Record<string, string>>;
  annotations: Readonly<Record<string, string>>;
  /** Empty: all of it. */
  namespaces: readonly string[];
  /** What is in no namespace too, where namespaces are named. */
  clusterResources: boolean;
}

/** As somebody types it: pairs a line each, namespaces with commas or spaces between. */
export interface SettingsText {
  name: string;
  project: string;
  labels: string;
  annotations: string;
  namespaces: string;
  clusterResources: boolean;
}

export function textOf({
  name,
  project,
  labels,
  annotations,
  namespaces,
  clusterResources,
}: ClusterSettings): SettingsText {
  return {
    ...{ name, project, labels: linesOf(labels), annotations: linesOf(annotations) },
    ...{ namespaces: namespaces.join(", "), clusterResources },
  };
}

/** Where `cluster add` keeps which account it made, for `cluster rm`: nobody's to write. */
const ACCOUNT = "holdfast.dev/cluster-account";

/** @param was what it is now, where it is there @throws {Error} that names the line that is no pair */
export function settingsOf(text: SettingsText, was?: ClusterSettings): ClusterSettings {
  const account = was === undefined ? undefined : own(was.annotations, ACCOUNT);
  const namespaces = [...new Set(text.namespaces.split(/[\s,]+/).filter((one) => one !== ""))];
  return {
    name: text.name.trim(),
    project: text.project.trim(),
    labels: pairsOf("Labels", text.labels),
    annotations: {
      ...pairsOf("Annotations", text.annotations),
      ...(account === undefined ? {} : { [ACCOUNT]: account }),
    },
    namespaces,
    clusterResources: namespaces.length > 0 && text.clusterResources,
  };
}

function linesOf(pairs: Readonly<Record<string, string>>): string {
  return Object.entries(pairs)
    .filter(([key]) => key !== ACCOUNT)
    .map(([key, value]) => `${key}=${value}`)
    .join("\n");
}

function pairsOf(what: string, text: string): Record<string, string> {
  return Object.fromEntries(
    text
      .split("\n")
      .map((line) => line.trim())
      .filter((line) => line !== "")
      .map((line) => {
        const at = line.indexOf("=");
        if (at < 1) throw new Error(`${what}: “${line}” is no pair. Write one a line, such as env=prod.`);
        return [line.slice(0, at).trim(), line.slice(at + 1).trim()];
      }),
  );
}

export interface SettingsChange {
  /** Of `?updatedFields=`: what is not among them stays. */
  fields: string[];
  /** What would be otherwise, a line each. */
  says: string[];
}

export function changeOf(before: ClusterSettings, after: ClusterSettings): SettingsChange {
  const fields: string[] = [];
  const says: string[] = [];
  const one = (field: "name" | "project", none: string): void => {
    if (before[field] === after[field]) return;
    fields.push(field);
    says.push(`${field}: ${before[field] || none} → ${after[field] || none}`);
  };
  one("name", "none");
  one("project", "every project");
  for (const field of ["labels", "annotations"] as const) {
    const lines = pairChanges(before[field], after[field]);
    if (lines.length === 0) continue;
    fields.push(field);
    says.push(...lines.map((line) => `${field}: ${line}`));
  }
  const [from, to] = [scopeOf(before), scopeOf(after)];
  if (from !== to) {
    fields.push("namespaces", "clusterResources");
    says.push(`looked at: ${from} → ${to}`);
  }
  return { fields, says };
}

function pairChanges(
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
): string[] {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return keys.flatMap((key) => {
    const [old, now] = [own(before, key), own(after, key)];
    if (old === now) return [];
    if (old === undefined) return [`+ ${key}=${now}`];
    return now === undefined ? [`− ${key}=${old}`] : [`${key}: ${old} → ${now}`];
  });
}

function own(pairs: Readonly<Record<string, string>>, key: string): string | undefined {
  return Object.hasOwn(pairs, key) ? pairs[key] : undefined;
}

export function scopeOf({
  namespaces,
  clusterResources,
}: Pick<ClusterSettings, "namespaces" | "clusterResources">): string {
  if (namespaces.length === 0) return "all of it";
  return `${namespaces.length === 1 ? "namespace" : "namespaces"} ${namespaces.join(", ")}${clusterResources ? ", and what is in no namespace" : " alone"}`;
}

/** The same by the command line, after `holdfast`: what is named there takes the place of what was. */
export function setWords(before: ClusterSettings, after: ClusterSettings): string[] {
  const { fields } = changeOf(before, after);
  const pairs = (field: "labels" | "annotations", flag: string): string[] =>
    fields.includes(field)
      ? Object.entries(after[field])
          .filter(([key]) => key !== ACCOUNT)
          .flatMap(([key, value]) => [flag, `${key}=${value}`])
      : [];
  return [
    ...["cluster", "set", before.name],
    ...(fields.includes("name") ? ["--name", after.name] : []),
    ...pairs("labels", "--label"),
    ...pairs("annotations", "--annotation"),
    ...(fields.includes("namespaces")
      ? (after.namespaces.length === 0 ? ["*"] : after.namespaces).flatMap((one) => ["--namespace", one])
      : []),
    ...(after.clusterResources && fields.includes("clusterResources") ? ["--cluster-resources"] : []),
    ...(fields.includes("project") ? ["--project", after.project] : []),
  ];
}
