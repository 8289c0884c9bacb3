/** What of an ApplicationSet has fields, by which generator it has. Whatever else it says is written as YAML. */
import { type FieldPath, valueAt } from "../../lib/field-path.ts";
import { isMapping } from "../../lib/is-mapping.ts";
import type { YamlChange } from "../../lib/yaml.ts";
import {
  cluster,
  type Field,
  flag,
  pairs,
  type Section,
  setAt,
  textOf,
  type Value,
  word,
} from "./form-fields.ts";

type Kind = "list" | "directories" | "files" | "clusters";

const GENERATORS = ["spec", "generators"] as const;
const FIRST = [...GENERATORS, 0] as const;
const TEMPLATE = ["spec", "template", "spec"] as const;
const AUTOMATED = [...TEMPLATE, "syncPolicy", "automated"] as const;
const OPTIONS = [...TEMPLATE, "syncPolicy", "syncOptions"] as const;
const MAKES_NAMESPACE = "CreateNamespace=true";

/** What each begins as. */
const BEGINNINGS: Readonly<Record<Kind, object>> = {
  list: { list: { elements: [{ name: "staging" }] } },
  directories: {
    git: { repoURL: "", revision: "HEAD", directories: [{ path: "apps/*" }] },
  },
  files: {
    git: {
      ...{ repoURL: "", revision: "HEAD" },
      files: [{ path: "apps/*/config.json" }],
    },
  },
  clusters: { clusters: {} },
};
const KINDS: readonly (readonly [Kind, string])[] = [
  ["list", "element of a list"],
  ["directories", "folder of a Git repository"],
  ["files", "file of a Git repository"],
  ["clusters", "cluster"],
];
const POLICIES = [
  ["", "by the daemon's setting"],
  ["sync", "makes, changes and deletes them"],
  ["create-update", "makes and changes them, deletes none"],
  ["create-delete", "makes and deletes them, changes none"],
  ["create-only", "makes them, and no more"],
] as const;

function setFields(set: unknown): Section[] {
  const kind = generatorOf(set);
  return [
    {
      title: "",
      fields: [
        value(word("Name", ["metadata", "name"], { hint: "small letters, digits and -", empty: "kept" })),
      ],
    },
    {
      title: "Generator",
      hint: typeof kind === "string" ? `To be filled in below: ${parameters(set, kind).join(" ")}` : kind.why,
      fields: [value(generatorChoice(kind)), ...(typeof kind === "string" ? generatorFields(set, kind) : [])],
    },
    {
      title: "The applications that it makes",
      fields: [
        value(word("Name", ["spec", "template", "metadata", "name"], { empty: "kept" })),
        value(word("Project", [...TEMPLATE, "project"], { list: "projects", empty: "kept" })),
        ...(Array.isArray(valueAt(set, [...TEMPLATE, "sources"]))
          ? []
          : [
              value(
                word("Repository", [...TEMPLATE, "source", "repoURL"], {
                  ...{ list: "repositories", empty: "kept" },
                }),
              ),
              value(
                word("Folder", [...TEMPLATE, "source", "path"], { hint: "in the repository; . is its root" }),
              ),
              value(
                word("Revision", [...TEMPLATE, "source", "targetRevision"], {
                  hint: "branch, tag or commit; without it the default branch",
                }),
              ),
            ]),
        value(cluster([...TEMPLATE, "destination"])),
        value(word("Namespace", [...TEMPLATE, "destination", "namespace"])),
        value(SYNCS),
        value(makesNamespace()),
      ],
    },
    {
      title: "What becomes of them later",
      fields: [value({ ...word("The set", POLICY), writing: { as: "choice", options: POLICIES } })],
    },
  ];
}

const POLICY = ["spec", "syncPolicy", "applicationsSync"];

/** Which of the generators that have fields it has; else why it has none. */
export function generatorOf(set: unknown): Kind | { why: string } {
  const all = valueAt(set, GENERATORS);
  if (!Array.isArray(all) || all.length !== 1)
    return {
      why: `It has ${Array.isArray(all) ? all.length : "no"} generators: they are written as YAML.`,
    };
  const one: unknown = all[0];
  const names = isMapping(one) ? Object.keys(one).filter((name) => name !== "selector") : [];
  const [name = ""] = names;
  const held = valueAt(one, [name]);
  if (names.length === 1) {
    if (name === "clusters") return "clusters";
    if (name === "list" && Array.isArray(valueAt(held, ["elements"]))) return "list";
    for (const kind of ["directories", "files"] as const)
      if (name === "git" && Array.isArray(valueAt(held, [kind]))) return kind;
  }
  return { why: `Its generator, ${names.join(" and ") || "which has no name"}, is written as YAML.` };
}

/** What the template may fill in, as it is written there. */
function parameters(set: unknown, kind: Kind): string[] {
  const isGo = valueAt(set, ["spec", "goTemplate"]) === true;
  const shown = (name: string): string => (isGo ? `{{ .${name} }}` : `{{${name}}}`);
  switch (kind) {
    case "list":
      return keysOf(set).map(shown);
    case "directories":
    case "files": {
      const own = ["path.basename", isGo ? "path.path" : "path"].map(shown);
      return kind === "files" ? [...own, "and what stands in the file"] : own;
    }
    case "clusters":
      return ["name", "server", "metadata.labels.env"].map(shown);
  }
}

function generatorChoice(kind: Kind | { why: string }): Value {
  const options: readonly (readonly [string, string])[] =
    typeof kind === "string" ? KINDS : [["", "as it is written"], ...KINDS];
  return {
    ...{ label: "One application for each", writing: { as: "choice", options }, paths: [GENERATORS] },
    read: () => (typeof kind === "string" ? kind : ""),
    write: (of, at, text) =>
      text === kind || text === ""
        ? []
        : [
            ...setAt(of, at, GENERATORS, [beginning(of, text as Kind)]),
            ...(typeof kind === "string" ? adapted(of, at, kind, text as Kind) : []),
          ],
  };
}

/** What tells its elements apart, as a parameter is called. */
function mainParameter(set: unknown, kind: Kind): string | undefined {
  switch (kind) {
    case "list":
      return keysOf(set)[0];
    case "directories":
    case "files":
      return "path.basename";
    case "clusters":
      return "name";
  }
}

/** A generator that reads a repository begins with that of its applications. */
function beginning(set: unknown, kind: Kind): object {
  const first = BEGINNINGS[kind];
  if (!("git" in first)) return first;
  const repoURL = textOf(valueAt(set, [...TEMPLATE, "source", "repoURL"]));
  return { git: { ...(first.git as object), repoURL: repoURL.includes("{{") ? "" : repoURL } };
}

const FILLED_IN: readonly FieldPath[] = [
  ["spec", "template", "metadata", "name"],
  [...TEMPLATE, "source", "path"],
  [...TEMPLATE, "source", "targetRevision"],
  [...TEMPLATE, "destination", "name"],
  [...TEMPLATE, "destination", "namespace"],
];

/** Where the template filled in what tells the elements of the one apart, it fills in that of the other; else it would fill in what there is no more. */
function adapted(set: unknown, at: FieldPath, from: Kind, to: Kind): YamlChange[] {
  const [before, next] = [mainParameter(set, from), to === "list" ? "name" : mainParameter(set, to)];
  if (before === undefined || next === undefined) return [];
  const isGo = valueAt(set, ["spec", "goTemplate"]) === true;
  const name = (parameter: string): string => (isGo ? `.${parameter}` : parameter);
  const shown = (parameter: string): string => (isGo ? `{{ .${parameter} }}` : `{{${parameter}}}`);
  const whole = isGo ? "path.path" : "path";
  const isOld = (parameter: string): boolean =>
    parameter === name(before) || (["directories", "files"].includes(from) && parameter === name(whole));
  return FILLED_IN.flatMap((path) => {
    const text = valueAt(set, path);
    if (typeof text !== "string") return [];
    // An element of directories is the folder itself.
    const isFolder = to === "directories" && path.at(-1) === "path";
    const written = text.replaceAll(/\{\{\s*([^{}]*?)\s*\}\}/g, (one, parameter: string) =>
      isOld(parameter) ? shown(isFolder ? whole : next) : one,
    );
    // What stood before it was of the elements before.
    const changed = isFolder && written !== text ? shown(whole) : written;
    return changed === text ? [] : setAt(set, at, path, changed);
  });
}

function generatorFields(set: unknown, kind: Kind): Field[] {
  switch (kind) {
    case "list": {
      const path = [...FIRST, "list", "elements"];
      const keys = keysOf(set);
      return [
        {
          ...{ is: "rows", path, label: "Elements", one: "element" },
          first: Object.fromEntries(keys.map((key) => [key, ""])),
          columns: keys.map((key) => word(key, [key], { empty: "kept" })),
        },
        { is: "new key", path, label: "Another parameter" },
      ];
    }
    case "directories":
    case "files": {
      const git = [...FIRST, "git"];
      return [
        value(word("Repository read", [...git, "repoURL"], { list: "repositories", empty: "kept" })),
        value(word("Revision read", [...git, "revision"], { empty: "kept" })),
        {
          ...{ is: "rows", path: [...git, kind], label: kind === "files" ? "Files" : "Folders" },
          ...{ one: kind === "files" ? "file" : "folder", first: { path: "" } },
          columns: [
            word("Path", ["path"], { empty: "kept", hint: "apps/*" }),
            flag("Leave out", ["exclude"]),
          ],
        },
      ];
    }
    case "clusters":
      return [
        value(
          pairs("Labels", [...FIRST, "clusters", "selector", "matchLabels"], {
            hint: hasExpressions(set)
              ? "env=prod, tier=web; beside matchExpressions, which are written as YAML"
              : "env=prod, tier=web; without any, every cluster",
          }),
        ),
      ];
  }
}

function hasExpressions(set: unknown): boolean {
  const found = valueAt(set, [...FIRST, "clusters", "selector", "matchExpressions"]);
  return Array.isArray(found) && found.length > 0;
}

/** What elements of its list have, of words alone, in the order in which it comes. */
function keysOf(set: unknown): string[] {
  const elements = valueAt(set, [...FIRST, "list", "elements"]);
  const found = new Set<string>();
  for (const element of Array.isArray(elements) ? elements : [])
    if (isMapping(element))
      for (const [key, held] of Object.entries(element))
        if (typeof held !== "object" || held === null) found.add(key);
  return [...found];
}

const SYNCS: Value = {
  ...{ label: "Syncs", paths: [AUTOMATED] },
  writing: {
    as: "choice",
    options: [
      ["", "when somebody asks"],
      ["automated", "by itself at each commit: prunes, heals"],
    ],
  },
  read: (of) => {
    const found = valueAt(of, AUTOMATED);
    return isMapping(found) && found["enabled"] !== false ? "automated" : "";
  },
  write: (of, at, text) =>
    setAt(of, at, AUTOMATED, text === "" ? undefined : { prune: true, selfHeal: true }),
};

function makesNamespace(): Value {
  const options = (of: unknown): unknown[] => {
    const found = valueAt(of, OPTIONS);
    return Array.isArray(found) ? found : [];
  };
  return {
    ...{ label: "Make the namespace where it is not there", writing: { as: "flag" }, paths: [OPTIONS] },
    read: (of) => (options(of).includes(MAKES_NAMESPACE) ? "yes" : ""),
    write: (of, at, text) => {
      const path = [...at, ...OPTIONS];
      const there = options(of).map(textOf).indexOf(MAKES_NAMESPACE);
      if (text === "yes")
        return there !== -1
          ? []
          : options(of).length === 0
            ? setAt(of, at, OPTIONS, [MAKES_NAMESPACE])
            : [{ do: "append", path, value: MAKES_NAMESPACE }];
      return there === -1 ? [] : [{ do: "remove", path, at: there }];
    },
  };
}

function value(one: Value): Field {
  return { is: "value", value: one };
}

export const SET_FORM = { kind: "ApplicationSet", sections: setFields } as const;
