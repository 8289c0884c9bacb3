import { type FieldPath, showPath } from "../../lib/field-path.ts";
import { isMapping } from "../../lib/is-mapping.ts";
import type { Filled, ParameterSet } from "../ports/template-engine.ts";
import type { Templates } from "./templates.ts";

/** What was wrong with one text of a value. */
export interface FillProblem {
  /** Of the field, below the value. */
  path: string;
  text: string;
}

export interface FilledValue {
  value: unknown;
  problems: FillProblem[];
}

/**
 * Every text of a value filled in, keys too, with each set. A set without parameters leaves all as it is. Source: Argo CD.
 *
 * @param path of the value, for problems
 * @returns by set
 */
export async function fillValue(
  value: unknown,
  sets: readonly ParameterSet[],
  templates: Templates,
  path: FieldPath,
): Promise<FilledValue[]> {
  const texts = [...textsOf(value)];
  const rich = sets.filter((set) => Object.keys(set).length > 0);
  const answers = new Map((await templates.fill(texts, rich)).map((each, index) => [rich[index], each]));
  return sets.map((set) => {
    const answer = answers.get(set);
    if (answer === undefined) return { value, problems: [] };
    const byText = new Map(texts.map((text, index) => [text, answer[index]]));
    const problems: FillProblem[] = [];
    return { value: rebuilt(value, byText, path, problems), problems };
  });
}

function textsOf(value: unknown, into = new Set<string>()): Set<string> {
  if (typeof value === "string") into.add(value);
  else if (Array.isArray(value)) for (const item of value) textsOf(item, into);
  else if (isMapping(value))
    for (const [key, entry] of Object.entries(value)) {
      into.add(key);
      textsOf(entry, into);
    }
  return into;
}

function rebuilt(
  value: unknown,
  byText: ReadonlyMap<string, Filled | undefined>,
  path: FieldPath,
  problems: FillProblem[],
): unknown {
  if (typeof value === "string") return textFor(value, byText, path, problems);
  if (Array.isArray(value))
    return value.map((item, index) => rebuilt(item, byText, [...path, index], problems));
  if (!isMapping(value)) return value;
  const entries = new Map<string, unknown>();
  for (const [key, entry] of Object.entries(value)) {
    const name = textFor(key, byText, [...path, key], problems);
    if (entries.has(name))
      problems.push({ path: showPath([...path, key]), text: `two keys become ${JSON.stringify(name)}` });
    entries.set(name, rebuilt(entry, byText, [...path, key], problems));
  }
  return Object.fromEntries(entries);
}

function textFor(
  text: string,
  byText: ReadonlyMap<string, Filled | undefined>,
  path: FieldPath,
  problems: FillProblem[],
): string {
  const filled = byText.get(text);
  if (filled === undefined) return text;
  if (filled.is === "filled") return filled.text;
  problems.push({ path: showPath(path), text: sayWrong(filled) });
  return text;
}

/** `template line 2: …`. */
export function sayWrong({ why, line }: Filled & { is: "wrong" }): string {
  return line === undefined ? `template: ${why}` : `template line ${line}: ${why}`;
}
