import type { Filled, ParameterSet, TemplateEngine } from "../ports/template-engine.ts";
import { fillFast } from "./fast-template.ts";
import type { Spelling } from "./parameters.ts";

/** The language of a set's templates, whichever it is. */
export interface Templates {
  spelling: Spelling;
  /** @returns by set, by text */
  fill(texts: readonly string[], sets: readonly ParameterSet[]): Promise<Filled[][]>;
  /** The same where a parameter that is missing is always wrong. */
  fillStrictly(texts: readonly string[], sets: readonly ParameterSet[]): Promise<Filled[][]>;
}

export const FAST: Templates = {
  spelling: "flat",
  fill: async (texts, sets) => sets.map((set) => texts.map((text) => fillFast(text, set))),
  fillStrictly: (texts, sets) => FAST.fill(texts, sets),
};

/** Go templates. @param options as a set's `goTemplateOptions` */
export function goTemplates(engine: TemplateEngine, options: readonly string[]): Templates {
  const fill = async (
    texts: readonly string[],
    sets: readonly ParameterSet[],
    by: readonly string[],
  ): Promise<Filled[][]> => {
    // A text without an action is what it says: most fields of most templates cost nothing.
    const actions = [...new Set(texts.filter((text) => text.includes("{{")))];
    if (actions.length === 0 || sets.length === 0) return sets.map(() => texts.map(asIs));
    const [answers = []] = await engine.fill([{ texts: actions, sets }], by);
    const place = new Map(actions.map((text, index) => [text, index]));
    return sets.map((_, index) => texts.map((text) => answers[index]?.[place.get(text) ?? -1] ?? asIs(text)));
  };
  return {
    spelling: "nested",
    fill: (texts, sets) => fill(texts, sets, options),
    fillStrictly: (texts, sets) =>
      fill(texts, sets, [
        ...options.filter((option) => !option.startsWith("missingkey=")),
        "missingkey=error",
      ]),
  };
}

const asIs = (text: string): Filled => ({ is: "filled", text });
