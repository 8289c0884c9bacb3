/** What stands beside the way to ApplicationSets: how many things of them a person should look at. */

/** As `/api/holdfast/v1/status` counts them. */
export interface CountedSets {
  /** Applications whose deletion waits for a person. */
  waiting: readonly string[];
  wrong: readonly { name: string; message: string }[];
}

/** There is room for no more beside a shape: the words have all of them. */
const MOST = 99;

/** @returns undefined where there is nothing to look at, or nothing is known */
export function setsMark(sets: CountedSets | undefined): { count: string; words: string } | undefined {
  const { waiting = [], wrong = [] } = sets ?? {};
  const count = waiting.length + wrong.length;
  if (count === 0) return undefined;
  const parts = [
    ...(wrong.length === 0 ? [] : [`${wrong.length} with errors`]),
    ...(waiting.length === 0
      ? []
      : [`${waiting.length} ${waiting.length === 1 ? "deletion waits" : "deletions wait"} for somebody`]),
  ];
  return { count: count > MOST ? `${MOST}+` : `${count}`, words: parts.join(", ") };
}
