/** What stands against taking applications, before anything is begun. */
import type { AdoptedApplication, TakeableApplication } from "../../core/model/adoption-report.ts";
import { plainText } from "../terminal/plain-text.ts";
import { andMore } from "../words/count.ts";

/** One reason, with all whom it keeps with Argo CD. `lines`: for people, the names in them. */
export interface StandsAgainst {
  applications: readonly string[];
  lines: readonly string[];
}

const MOST_NAMES = 5;

/** Argo CD has not let go of them, or nobody can read them. */
export function notLetGo(all: readonly TakeableApplication[]): StandsAgainst[] {
  const found = all.flatMap(({ application, letsGo, manifest }) =>
    manifest === undefined
      ? [{ application, why: "its manifest cannot be read; holdfast adopt says why", fix: "" }]
      : letsGo.is === "yes"
        ? []
        : [{ application, why: letsGo.why, fix: letsGo.fix }],
  );
  return [...Map.groupBy(found, ({ why }) => why)].map(([why, each]): StandsAgainst => {
    const names = each.map(({ application }) => application);
    const [{ fix = "" } = {}] = each;
    const how = fix === "" ? "" : names.length === 1 ? `. ${fix}` : `. So for ${names[0]}: ${fix}`;
    return { applications: names, lines: [`${andMore(names, MOST_NAMES)}: ${why}${how}`] };
  });
}

/** @param linesOf a verdict, for people */
export function notAlike(
  looked: readonly AdoptedApplication[],
  different: "taken" | "not taken",
  linesOf: (each: AdoptedApplication) => string[],
): StandsAgainst[] {
  return looked.flatMap((each): StandsAgainst[] => {
    const { application } = each;
    const against = (...lines: string[]): StandsAgainst[] => [{ applications: [application], lines }];
    if (each.is === "not-judged") return against(`${application}: ${each.why.map(plainText).join("; ")}`);
    if (each.holdfast.sync === "Unknown") return against(...linesOf(each));
    const writes = each.is === "different" && each.holdfast.sync !== "Synced";
    return writes && different === "not taken"
      ? against(...linesOf(each), `  ${application} would be written to: say --different to take it`)
      : [];
  });
}

/** Something of them is not known. */
export function notKnown(looked: readonly AdoptedApplication[]): StandsAgainst[] {
  const found = looked.flatMap((each) =>
    each.is === "not-judged" ? [] : each.unknown.map((what) => ({ what, application: each.application })),
  );
  return [...Map.groupBy(found, ({ what }) => what)].map(([what, each]): StandsAgainst => {
    const names = each.map(({ application }) => application);
    return {
      applications: names,
      lines: [
        `${plainText(what)}. It concerns ${andMore(names, MOST_NAMES)}`,
        "  Mend it; or say --despite-problems, to take them as they are judged without it",
      ],
    };
  });
}
