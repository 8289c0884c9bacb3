import { isMapping } from "../../lib/is-mapping.ts";
import { parseYaml, printYaml } from "../../lib/yaml.ts";
import type { EditorProblem } from "./yaml-editor.tsx";

export type ReadObject =
  | { is: "broken"; problems: EditorProblem[] }
  | { is: "read"; value: Record<string, unknown>; problems: EditorProblem[] };

/** One object of a cluster, as it is written: what fields it may have its server says. */
export function readObject(text: string): ReadObject {
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
  return { is: "read", value: document.value, problems: found };
}

export function objectText(object: object): string {
  return printYaml(object);
}
