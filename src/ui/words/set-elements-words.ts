/** What generators found and what became of it, as it is searched, as pure functions. */
import { wordsOf } from "../../core/model/app-query.ts";

/** As `/api/holdfast/v1/applicationsets/{namespace}/{name}/elements` has it. */
export interface Element {
  is: "made" | "due" | "held" | "left-out" | "wrong";
  name: string;
  parameters?: Readonly<Record<string, string>>;
  application?: string;
  why?: string;
}

interface FoundProblem {
  severity: "error" | "warning";
  path?: string;
  object?: string;
  text: string;
  fix?: string;
}

export interface Elements {
  is: "current" | "stale" | "unknown";
  at?: string;
  parameters: "shown" | "hidden";
  generators: readonly {
    path: string;
    kind: string;
    problems: readonly FoundProblem[];
    elements: readonly Element[];
  }[];
  unwanted: readonly { application: string; why: string }[];
}

export type { FoundProblem };

const WORDS: Readonly<Record<Element["is"], string>> = {
  made: "made",
  due: "to be made",
  held: "held",
  "left-out": "left out",
  wrong: "not made",
};

export function elementWord({ is }: Element): string {
  return WORDS[is];
}

/** Why it has no application, or what is not as it should be; "" where all is well. */
export function elementWhy({ is, why }: Element): string {
  if (is === "left-out") return "the selector of its generator does not take it";
  return why ?? "";
}

/** How it stands in what is to be seen first. */
const ORDER: readonly Element["is"][] = ["wrong", "held", "due", "made", "left-out"];

/** One of the matrix, with the states of its application as the page knows it. */
export interface Row {
  element: Element;
  /** `spec.generators[0].list`. */
  path: string;
  /** "" where there is no application, or the page does not know it. */
  sync: string;
  health: string;
}

/** All elements, the worst first where that is asked for, else as the generators found them. */
export function rowsOf(
  { generators }: Pick<Elements, "generators">,
  statesOf: (application: string) => { sync: string; health: string } | undefined,
  sort: "worst" | "found",
): Row[] {
  const rows = generators.flatMap(({ path, elements }) =>
    elements.map((element): Row => {
      const states = element.application === undefined ? undefined : statesOf(element.application);
      return { element, path, sync: states?.sync ?? "", health: states?.health ?? "" };
    }),
  );
  if (sort === "found") return rows;
  return rows
    .map((row, at) => ({ row, at, rank: rankOf(row) }))
    .sort((one, other) => one.rank - other.rank || one.at - other.at)
    .map(({ row }) => row);
}

const HEALTHS = ["Degraded", "Missing", "Progressing", "Unknown", "Suspended", "Healthy", ""];

function rankOf({ element, health, sync }: Row): number {
  const place = ORDER.indexOf(element.is) * 100;
  if (element.is !== "made") return place;
  return place + Math.max(0, HEALTHS.indexOf(health)) * 2 + (sync === "Synced" ? 1 : 0);
}

/**
 * Those that a line finds: words stand somewhere in an element, `is:`, `health:`, `sync:` and `generator:` say which, any
 * other `name:value` is a parameter, and `-` in front of a word takes out what it finds. What is being typed finds all.
 */
export function found(rows: readonly Row[], line: string): Row[] {
  const tests = wordsOf(line).map(testOf);
  return tests.length === 0 ? [...rows] : rows.filter((row) => tests.every((test) => test(row)));
}

function testOf(word: string): (row: Row) => boolean {
  const not = word.startsWith("-") && word.length > 1;
  const bare = (not ? word.slice(1) : word).replaceAll('"', "").toLowerCase();
  const [, name = "", value = ""] = /^([\w.-]+):(.*)$/s.exec(bare) ?? [];
  const test = name === "" ? (row: Row) => textOf(row).includes(bare) : facetTest(name, value, bare);
  if (name !== "" && value === "") return () => true;
  return not ? (row) => !test(row) : test;
}

function facetTest(name: string, value: string, bare: string): (row: Row) => boolean {
  switch (name) {
    case "is":
      return ({ element }) => element.is === value || elementWord(element) === value;
    case "health":
      return ({ health }) => health.toLowerCase() === value;
    case "sync":
      return ({ sync }) => sync.toLowerCase() === value;
    case "generator":
      return ({ path }) => path.toLowerCase().includes(value);
    default:
      return (row) => {
        const own = Object.entries(row.element.parameters ?? {}).find(([key]) => key.toLowerCase() === name);
        return own === undefined ? textOf(row).includes(bare) : own[1].toLowerCase().includes(value);
      };
  }
}

function textOf({ element, path, sync, health }: Row): string {
  const parameters = Object.entries(element.parameters ?? {}).map(([name, value]) => `${name}=${value}`);
  return [element.name, element.application ?? "", element.why ?? "", path, sync, health, ...parameters]
    .join("\n")
    .toLowerCase();
}

/**
 * Parameters by which elements are told apart, those first that tell apart what those before them do not: of `name`,
 * `nameNormalized` and `server` one is enough. What all of them have alike tells nothing, and comes last.
 */
export function telling(elements: readonly Element[]): string[] {
  const looked = elements.slice(0, MOST_LOOKED_AT).map(({ parameters = {} }) => parameters);
  const names = [...new Set(looked.flatMap((parameters) => Object.keys(parameters)))];
  const [first, second, last]: [string[], string[], string[]] = [[], [], []];
  let apart = looked.map(() => "");
  for (const name of names) {
    const values = looked.map((parameters) =>
      Object.hasOwn(parameters, name) ? parameters[name] : undefined,
    );
    const next = apart.map((before, at) => JSON.stringify([before, values[at]]));
    if (new Set(next).size > new Set(apart).size) {
      first.push(name);
      // Short, however many names there are: which of them it is, is all that counts.
      const distinct = [...new Set(next)];
      apart = next.map((one) => String(distinct.indexOf(one)));
    } else if (new Set(values).size > 1 || looked.length === 1) second.push(name);
    else last.push(name);
  }
  return [...first, ...second, ...last];
}

const MOST_LOOKED_AT = 200;

/** How many there are of each fate, for the filters above the rows. */
export function fates(rows: readonly Row[]): (readonly [Element["is"], number])[] {
  const counts = new Map<Element["is"], number>();
  for (const { element } of rows) counts.set(element.is, (counts.get(element.is) ?? 0) + 1);
  return ORDER.flatMap((is) => (counts.has(is) ? [[is, counts.get(is) ?? 0] as const] : []));
}
