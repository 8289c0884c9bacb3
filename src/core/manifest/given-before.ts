import type { ObjectRecord } from "../model/comparison.ts";
import type { LeftOutFile } from "../model/desired-object.ts";
import { parseRefKey, show } from "../model/object-ref.ts";
import type { Problem } from "../model/problem.ts";

/**
 * Files that hold no manifest now and gave an object before: errors, because a slip of the pen must not look like a
 * removal. Who means to remove the object empties the file, removes it or excludes it.
 *
 * @param records of the application
 */
export function givenBefore(leftOut: readonly LeftOutFile[], records: Iterable<ObjectRecord>): Problem[] {
  if (leftOut.length === 0) return [];
  const lost = new Map(leftOut.map((file) => [nameOf(file), { file, objects: [] as string[] }]));
  for (const { key, from } of records)
    if (from !== undefined) lost.get(nameOf(from))?.objects.push(show(parseRefKey(key)));
  return [...lost.values()].flatMap(({ file: { file, line, why }, objects }): Problem[] => {
    const [first] = objects.sort();
    if (first === undefined) return [];
    const others = objects.length === 1 ? "" : ` and ${objects.length - 1} more`;
    return [
      {
        severity: "error",
        file,
        line,
        text: `the file gave ${first}${others}, and holds no manifest any more: ${why}`,
        fix: "Correct it; to remove what it gave, delete the file, empty it, or put it into directory.exclude",
      },
    ];
  });
}

function nameOf({ source, file }: { source: number; file: string }): string {
  return `${source} ${file}`;
}
