/**
 * The one document that form and text both show. It is read by the parsers of the daemon, which come with this module: what is
 * said of a line here is what the daemon would say of it.
 */
import { parseApplication } from "../../core/model/parse-application.ts";
import { isMapping } from "../../lib/is-mapping.ts";
import { editYaml, lineOf, parseYaml, printYaml, type YamlChange } from "../../lib/yaml.ts";
import type { FieldProblem } from "../words/form-fields.ts";
import { type Draft, EMPTY, FIELD_PATHS, isAddress, manifestOf } from "../words/new-application.ts";

export interface LineProblem extends FieldProblem {
  /** From 1. */
  line: number;
  text: string;
}

/** `several`: the form has fields of one source alone. */
export type ReadManifest =
  | { is: "broken"; problems: LineProblem[] }
  | {
      is: "read";
      value: Record<string, unknown>;
      draft: Draft;
      sources: "one" | "several";
      problems: LineProblem[];
    };

/** Applications that name no namespace are of the home, which the daemon knows. */
const HOME = "argocd";

export function readManifest(text: string): ReadManifest {
  const { documents, problems } = parseYaml(text);
  const found: LineProblem[] = problems.map(({ severity, line, text: words, fix }) => ({
    ...{ severity, line: line ?? 1 },
    text: sentence(words, fix),
  }));
  const broken = (line: number, words: string): ReadManifest => ({
    is: "broken",
    problems: [...found, { severity: "error", line, text: words }],
  });
  if (found.some(({ severity }) => severity === "error")) return { is: "broken", problems: found };
  const [document, second] = documents;
  if (document === undefined) return broken(1, "There is nothing in it: an Application is expected.");
  if (second !== undefined)
    return broken(second.line, "One Application is made at a time: this is a second document.");
  const { value } = document;
  if (!isMapping(value)) return broken(document.line, "An Application is a mapping of fields.");
  const parsed = parseApplication(value, { homeNamespace: HOME });
  for (const { severity, path, text: words, fix } of parsed.ok ? parsed.warnings : parsed.problems)
    found.push({
      severity,
      line: lineOf(document, path ?? ""),
      text: sentence(path === undefined || path === "" ? words : `${path}: ${words}`, fix),
      ...(path === undefined ? {} : { at: path, said: sentence(words, fix) }),
    });
  const several = Array.isArray(at(value, "spec", "sources"));
  return {
    is: "read",
    value,
    draft: draftOf(value),
    sources: several ? "several" : "one",
    problems: found.sort((a, b) => a.line - b.line),
  };
}

/** Comments and whatever the form does not show stay. @param change of what the form shows */
export function withDraft(text: string, { value, draft }: Shown, change: Partial<Draft>): string {
  return editYaml(text, isMapping, changesTo(value, draft, { ...draft, ...change })).text;
}

/** Comments, and whatever the changes do not name, stay. */
export function withChanges(text: string, changes: readonly YamlChange[]): string {
  return editYaml(text, isMapping, changes).text;
}

type Shown = Pick<Extract<ReadManifest, { is: "read" }>, "value" | "draft">;

/** What one begins with: nothing filled in, and a namespace that is made where it is not there. */
export function firstText(): string {
  const manifest = manifestOf(EMPTY);
  const spec = { ...manifest.spec, syncPolicy: { syncOptions: [MAKES_NAMESPACE] } };
  return printYaml({ ...manifest, spec });
}

function draftOf(value: Record<string, unknown>): Draft {
  const words = (...path: string[]): string => {
    const found = at(value, ...path);
    return typeof found === "string" || typeof found === "number" ? String(found) : "";
  };
  const automated = at(value, "spec", "syncPolicy", "automated");
  return {
    name: words("metadata", "name"),
    project: words("spec", "project"),
    repoURL: words("spec", "source", "repoURL"),
    chart: words("spec", "source", "chart"),
    path: words("spec", "source", "path"),
    revision: words("spec", "source", "targetRevision"),
    cluster: words("spec", "destination", "name") || words("spec", "destination", "server"),
    namespace: words("spec", "destination", "namespace"),
    syncs: isMapping(automated) && automated["enabled"] !== false ? "by-itself" : "by-hand",
    makesNamespace: optionsOf(value).includes(MAKES_NAMESPACE) ? "yes" : "no",
  };
}

function optionsOf(value: Record<string, unknown>): unknown[] {
  const options = at(value, "spec", "syncPolicy", "syncOptions");
  return Array.isArray(options) ? options : [];
}

const MAKES_NAMESPACE = "CreateNamespace=true";
/** Without them it is no Application: left empty they stay, so that what is missing is seen. */
const NEEDED: ReadonlySet<string> = new Set(["name", "project", "repoURL"]);

function changesTo(value: Record<string, unknown>, before: Draft, after: Draft): YamlChange[] {
  const set = (path: readonly string[], value: unknown): YamlChange => ({ do: "set", path, value });
  const unset = (path: readonly string[]): YamlChange => ({ do: "unset", path });
  const changes = (Object.keys(FIELD_PATHS) as (keyof typeof FIELD_PATHS)[]).flatMap(
    (field): YamlChange[] => {
      if (before[field] === after[field]) return [];
      return [
        after[field] === "" && !NEEDED.has(field)
          ? unset(FIELD_PATHS[field])
          : set(FIELD_PATHS[field], after[field]),
      ];
    },
  );
  if (before.cluster !== after.cluster) {
    const [is, not] = isAddress(after.cluster) ? ["server", "name"] : ["name", "server"];
    changes.push(
      unset(["spec", "destination", not as string]),
      set(["spec", "destination", is as string], after.cluster),
    );
  }
  if (before.syncs !== after.syncs)
    changes.push(
      after.syncs === "by-itself"
        ? set(["spec", "syncPolicy", "automated"], { prune: true, selfHeal: true })
        : unset(["spec", "syncPolicy", "automated"]),
    );
  if (before.makesNamespace !== after.makesNamespace)
    changes.push(
      after.makesNamespace === "yes"
        ? { do: "append", path: ["spec", "syncPolicy", "syncOptions"], value: MAKES_NAMESPACE }
        : {
            do: "remove",
            path: ["spec", "syncPolicy", "syncOptions"],
            at: optionsOf(value).indexOf(MAKES_NAMESPACE),
          },
    );
  return changes;
}

function at(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>((held, key) => (isMapping(held) ? held[key] : undefined), value);
}

function sentence(text: string, fix: string | undefined): string {
  return fix === undefined ? text : `${text}. ${fix}`;
}
