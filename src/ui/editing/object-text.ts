import { parseApplicationSet } from "../../core/model/parse-application-set.ts";
import { parseProject } from "../../core/model/parse-project.ts";
import { isMapping } from "../../lib/is-mapping.ts";
import { lineOf, parseYaml, printYaml } from "../../lib/yaml.ts";
import type { EditorProblem } from "./yaml-editor.tsx";

export type ReadObject =
  | { is: "broken"; problems: EditorProblem[] }
  | { is: "read"; value: Record<string, unknown>; problems: EditorProblem[] };

/** Kinds whose fields the daemon knows. */
const PARSERS = { AppProject: parseProject, ApplicationSet: parseApplicationSet } as const;
export type KnownKind = keyof typeof PARSERS;

/**
 * One object of a cluster, as it is written: what fields it may have its server says.
 * @param kind what it is to be, where the daemon's own parser says what is wrong with its fields
 */
export function readObject(text: string, kind?: KnownKind): ReadObject {
  const { documents, problems } = parseYaml(text);
  const found = problems.map(
    ({ severity, line, text: words, fix }): EditorProblem => ({
      ...{ severity, line: line ?? 1 },
      text: fix === undefined ? words : `${words}. ${fix}`,
    }),
  );
  const broken = (line: number, words: string): ReadObject => ({
    is: "broken",
    problems: [...found, { severity: "error", line, text: words }],
  });
  if (found.some(({ severity }) => severity === "error")) return { is: "broken", problems: found };
  const [document, second] = documents;
  if (document === undefined)
    return broken(1, "There is nothing in it. To delete it is another thing than to change it.");
  if (second !== undefined)
    return broken(second.line, "One object is changed at a time: this is a second document.");
  if (!isMapping(document.value)) return broken(document.line, "An object is a mapping of fields.");
  if (kind !== undefined) {
    // One that names no namespace is of the home, which the daemon knows.
    const parsed = PARSERS[kind](document.value, { homeNamespace: "argocd" });
    for (const { severity, path = "", text: words, fix } of parsed.ok ? parsed.warnings : parsed.problems) {
      const said = fix === undefined ? words : `${words}. ${fix}`;
      found.push({
        ...{ severity, line: lineOf(document, path), text: path === "" ? said : `${path}: ${said}` },
        ...{ at: path, said },
      });
    }
    found.sort((a, b) => a.line - b.line);
  }
  return { is: "read", value: document.value, problems: found };
}

export function objectText(object: object): string {
  return printYaml(object);
}
