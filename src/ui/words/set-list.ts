/** ApplicationSets in a list: found by a line and ordered, as pure functions. */
import { wordsOf } from "../../core/model/app-query.ts";
import { kindsOf } from "../../core/model/application-set.ts";
import { keyOfShown, type SetSummary, type ShownSet } from "./set-words.ts";

export interface SetLine {
  shown: ShownSet;
  summary: SetSummary;
}

export type SetOrder = "worst" | "name" | "applications";
export const SET_ORDERS: readonly SetOrder[] = ["worst", "name", "applications"];

const STANDINGS = ["attention", "moving", "good"];

export function orderedSets(lines: readonly SetLine[], order: SetOrder): SetLine[] {
  const byName = (one: SetLine, other: SetLine): number =>
    keyOfShown(one.shown) < keyOfShown(other.shown) ? -1 : 1;
  const by: Readonly<Record<SetOrder, (one: SetLine, other: SetLine) => number>> = {
    worst: (one, other) =>
      STANDINGS.indexOf(one.summary.standing) - STANDINGS.indexOf(other.summary.standing) ||
      byName(one, other),
    name: byName,
    applications: (one, other) =>
      other.shown.applications.length - one.shown.applications.length || byName(one, other),
  };
  return [...lines].sort(by[order]);
}

export function generatorKinds({ applicationSet: { spec } }: ShownSet): string[] {
  return [...new Set(spec.generators.flatMap(kindsOf))];
}

/** `is:attention`, `generator:git`, `health:degraded`, `sync:outofsync`, words of name, reason and project; `-` takes out. */
export function foundSets(lines: readonly SetLine[], query: string): SetLine[] {
  const tests = wordsOf(query).map(testOf);
  return lines.filter((line) => tests.every((test) => test(line)));
}

function testOf(word: string): (line: SetLine) => boolean {
  const not = word.startsWith("-") && word.length > 1;
  const bare = (not ? word.slice(1) : word).replaceAll('"', "").toLowerCase();
  const [, name = "", value = ""] = /^(is|generator|health|sync|project):(.*)$/s.exec(bare) ?? [];
  // What is being typed asks for nothing yet.
  if (name !== "" && value === "") return () => true;
  const test = ({ shown, summary }: SetLine): boolean => {
    const has = (counts: SetSummary["health"]): boolean =>
      counts.some(([state]) => state.toLowerCase().replace(/^sync /, "") === value);
    switch (name) {
      case "is":
        return summary.standing === value;
      case "generator":
        return generatorKinds(shown).some((kind) => kind.toLowerCase() === value);
      case "health":
        return has(summary.health);
      case "sync":
        return has(summary.sync);
      case "project":
        return projectOf(shown).toLowerCase() === value;
      default:
        return [keyOfShown(shown), summary.why, projectOf(shown)].join("\n").toLowerCase().includes(bare);
    }
  };
  return not ? (line) => !test(line) : test;
}

/** As its template says it, which may be filled in later. */
function projectOf({ applicationSet: { spec } }: ShownSet): string {
  const project = spec.template.spec?.["project"];
  return typeof project === "string" ? project : "";
}
