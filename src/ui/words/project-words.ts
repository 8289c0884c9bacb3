/** What a project permits, in words. */
import type { GroupKindRule, ProjectSpec } from "../../core/model/project.ts";
import { isMapping } from "../../lib/is-mapping.ts";

export interface Permitted {
  name: string;
  /** Each by itself; never empty. */
  lines: string[];
}

export function permitted(spec: ProjectSpec): Permitted[] {
  const some = (name: string, lines: readonly string[], none: string): Permitted => ({
    name,
    lines: lines.length === 0 ? [none] : [...lines],
  });
  const orphans = spec.orphanedResources;
  return [
    some("From repositories", (spec.sourceRepos ?? []).map(sourceWords), "none"),
    some(
      "To",
      (spec.destinations ?? []).map(({ name, server, namespace }) =>
        placeWords(name || server || "*", namespace ?? "*"),
      ),
      "nowhere",
    ),
    {
      name: "Kinds of whole clusters",
      lines: kindLines(spec.clusterResourceWhitelist ?? [], spec.clusterResourceBlacklist),
    },
    {
      name: "Kinds in namespaces",
      lines: kindLines(
        spec.namespaceResourceWhitelist ?? [{ group: "*", kind: "*" }],
        spec.namespaceResourceBlacklist,
      ),
    },
    some(
      "Applications written in",
      (spec.sourceNamespaces ?? []).map(anyWord("any namespace")),
      "the home namespace alone",
    ),
    ...(spec.permitOnlyProjectScopedClusters === true
      ? [{ name: "Clusters", lines: ["those alone whose entry names this project"] }]
      : []),
    ...((spec.destinationServiceAccounts ?? []).length > 0
      ? [
          {
            name: "Written as",
            lines: (spec.destinationServiceAccounts ?? []).map(
              ({ server = "*", namespace = "*", defaultServiceAccount = "" }) =>
                `${defaultServiceAccount} ${placeWords(server, namespace)}`,
            ),
          },
        ]
      : []),
    ...(orphans === undefined
      ? []
      : [
          {
            name: "Orphans",
            lines: [
              orphans.warn === false ? "shown" : "shown, with a warning",
              ...(orphans.ignore ?? []).map(
                ({ group = "", kind = "*", name = "*" }) => `but not ${kindWords({ group, kind })} ${name}`,
              ),
            ],
          },
        ]),
  ];
}

const DEEDS: Readonly<Record<string, string>> = {
  "project-create": "created",
  "project-update": "changed",
  "project-delete": "deleted",
};

/** An Event of a project taken apart: `user:ann: project-delete, refused: nothing gives it (ticket 7)`. What is written otherwise is told as it is. */
export function projectDeed({ reason = "", message = "" }: { reason?: string; message?: string }): {
  what: string;
  who: string;
  more: string;
} {
  const what = DEEDS[reason] ?? reason;
  const at = message.indexOf(`: ${reason}`);
  if (reason === "" || at === -1) return { what, who: "", more: message };
  const more = message.slice(at + 2 + reason.length).replace(/^,?\s+/, "");
  return { what, who: message.slice(0, at), more };
}

/** What comes of a project that is not there yet. @param waiting applications that name it */
export function newProjectWords(
  { sourceRepos = [], destinations = [] }: ProjectSpec,
  waiting: number,
): string {
  const none = [
    ...(sourceRepos.length === 0 ? ["repository"] : []),
    ...(destinations.length === 0 ? ["destination"] : []),
  ];
  const first =
    none.length === 0
      ? "Applications of it could be delivered as follows."
      : `No application of it could be delivered: it permits no ${none.join(" and no ")}.`;
  const named = waiting === 1 ? "1 application names it" : `${waiting} applications name it`;
  return `${first} ${waiting === 0 ? "None names it yet." : `${named} already.`}`;
}

const anyWord =
  (words: string) =>
  (pattern: string): string =>
    pattern === "*" ? words : pattern;

function sourceWords(pattern: string): string {
  if (pattern === "*") return "any";
  return pattern.startsWith("!") ? `not ${pattern.slice(1)}` : pattern;
}

function placeWords(cluster: string, namespace: string): string {
  if (cluster === "*" && namespace === "*") return "any namespace of any cluster";
  const not = (pattern: string, word: string): string =>
    pattern === "*"
      ? `any ${word}`
      : pattern.startsWith("!")
        ? `not ${word} ${pattern.slice(1)}`
        : `${word} ${pattern}`;
  return `${not(namespace, "namespace")} on ${not(cluster, "cluster")}`;
}

function kindLines(whitelist: readonly GroupKindRule[], blacklist: readonly GroupKindRule[] = []): string[] {
  const allowed = whitelist.length === 0 ? ["none"] : whitelist.map(kindWords);
  return [
    ...allowed,
    ...(whitelist.length === 0 ? [] : blacklist.map((rule) => `but not ${kindWords(rule)}`)),
  ];
}

function kindWords({ group, kind, name }: GroupKindRule): string {
  const words =
    group === "*" && kind === "*"
      ? "all"
      : group === "*"
        ? `${kind} of any group`
        : kind === "*"
          ? `all of ${group || "the core group"}`
          : group === ""
            ? kind
            : `${group}/${kind}`;
  return name === undefined || name === "" || name === "*" ? words : `${words} named ${name}`;
}

export interface ShownRole {
  name: string;
  description: string;
  /** In words, one for each line. */
  policies: string[];
  groups: string[];
}

export function rolesOf({ roles = [] }: ProjectSpec): ShownRole[] {
  return roles.flatMap((role): ShownRole[] => {
    if (!isMapping(role) || typeof role["name"] !== "string") return [];
    const { name, description } = role;
    return [
      {
        name,
        description: typeof description === "string" ? description : "",
        policies: textsIn(role["policies"]).map(policyWords),
        groups: textsIn(role["groups"]),
      },
    ];
  });
}

/** `p, proj:pay:ci, applications, sync, pay/*, allow` is `may sync applications pay/*`. */
export function policyWords(line: string): string {
  const [kind, , resource, action, object, effect = "allow"] = line.split(",").map((part) => part.trim());
  if (kind !== "p" || resource === undefined || action === undefined || object === undefined) return line;
  const verb = effect === "deny" ? "may not" : "may";
  return `${verb} ${action === "*" ? "do everything with" : action} ${resource} ${object}`;
}

function textsIn(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one): one is string => typeof one === "string") : [];
}

/** Which applications a window is for. */
export function windowTargets(window: {
  applications?: string[];
  namespaces?: string[];
  clusters?: string[];
  andOperator?: boolean;
}): string {
  const parts = [
    ["applications", window.applications],
    ["namespaces", window.namespaces],
    ["clusters", window.clusters],
  ] as const;
  const named = parts.flatMap(([word, all = []]) =>
    all.length === 0 ? [] : [all.includes("*") ? `all ${word}` : `${word} ${all.join(", ")}`],
  );
  return named.join(window.andOperator === true ? " and " : " or ");
}

export type Origin =
  | { from: "file"; file: string; line: number }
  | { from: "api" }
  | { from: "parent"; parent?: string; set?: string }
  | { from: "cluster"; cluster: string };

/** Where it is written, and why it is not edited here; `edit` absent: it is. */
export function originWords(origin: Origin | undefined): { words: string; noEdit?: string } {
  switch (origin?.from) {
    case undefined:
      return {
        words: "Written nowhere: it is as it comes",
        noEdit:
          "It is as it comes. Write an AppProject of its name beside your applications to have it otherwise.",
      };
    case "api":
      return { words: "Made here" };
    case "file": {
      const at = `${origin.file}:${origin.line}`;
      return { words: `Written in ${at}`, noEdit: `It is written in ${at}: change it there.` };
    }
    case "parent": {
      const who = origin.parent ?? origin.set ?? "another application";
      return { words: `Rendered by ${who}`, noEdit: `${who} renders it: change it in its repository.` };
    }
    case "cluster":
      return { words: `An AppProject of the cluster ${origin.cluster}` };
  }
}
