import { conditionsOf, findCondition, tell } from "../conditions.ts";
import { byPhase } from "../families/phase.ts";
import { reported } from "../families/reported.ts";
import { join, numberAt } from "../read.ts";
import type { RuleTable } from "../verdict.ts";

const say = (word: string, object: unknown): string => {
  const promoted = findCondition(conditionsOf(object), "Promoted");
  const weight = numberAt(object, "status", "canaryWeight") ?? 0;
  return join(
    [
      word,
      weight > 0 ? `${weight} % of the traffic on the canary` : "",
      promoted === undefined ? "" : tell(promoted),
    ],
    ", ",
  );
};

export const flagger: RuleTable = {
  "flagger.app/Canary": reported(
    byPhase({
      at: ["status.phase"],
      words: {
        Healthy: ["Initialized", "Succeeded"],
        Degraded: ["Failed"],
        Progressing: [
          "Initializing",
          "Waiting",
          "Progressing",
          "WaitingPromotion",
          "Promoting",
          "Finalising",
          "Terminating",
        ],
        Suspended: ["Terminated"],
      },
      say: (word, object) => say(word, object),
    }),
  ),
};
