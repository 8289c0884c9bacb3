import type { Check } from "../cli/offline-verbs.ts";
import { count } from "../cli/words/count.ts";
import type { ReadApplications } from "../config/application-folders.ts";
import type { Config } from "../config/config.ts";
import { asCheck } from "./check-files.ts";
import { judgeSets } from "./judge-sets.ts";
import type { Surroundings } from "./surroundings.ts";

/** What is wrong with sets of which everything is known without asking anybody; of the others, how many there are. */
export async function setChecks(
  placed: ReadApplications["applicationSets"],
  config: Config,
  around: Surroundings,
  signal: AbortSignal,
): Promise<Check[]> {
  if (placed.length === 0) return [];
  const judged = await judgeSets(around, placed, { source: undefined, clusters: undefined, config, signal });
  const sets = [...judged.values()].flatMap(({ sets }) => sets);
  const known = sets.flatMap((one) => ("makes" in one ? [one.makes.length] : []));
  const made = known.reduce((sum, one) => sum + one, 0);
  const others = sets.length - known.length;
  const parts = [
    known.length === 0
      ? ""
      : `${known.length} of them ${known.length === 1 ? "makes" : "make"} ${count(made, "application")}`,
    others === 0
      ? ""
      : `what ${others} of them ${others === 1 ? "makes" : "make"}, others are asked by the daemon`,
  ].filter((part) => part !== "");
  const problems = [...judged.values()].flatMap((one) => one.problems);
  return [
    {
      name: "applicationsets",
      state: "ok",
      text: `${count(sets.length, "ApplicationSet")}: ${parts.join("; ")}`,
    },
    ...problems.map((problem) => asCheck("applicationsets", problem)),
  ];
}
