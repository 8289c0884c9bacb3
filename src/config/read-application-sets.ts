import { readFileSync } from "node:fs";
import type { ApplicationSet } from "../core/model/application-set.ts";
import { expandList } from "../core/model/expand-list.ts";
import { Failure } from "../core/model/failure.ts";
import { parseApplicationSet } from "../core/model/parse-application-set.ts";
import type { Problem } from "../core/model/problem.ts";
import { parseYaml } from "../lib/yaml.ts";
import { isTemplate, kindOf, place } from "./read-manifests.ts";
import { reasonOf } from "./read-settings.ts";

interface PlacedSet {
  set: ApplicationSet;
  /** With file and line of what it is about. */
  place(problem: Problem): Problem;
}

/**
 * Every ApplicationSet of a file; problems name file and line.
 *
 * @param shown the file as problems name it
 * @throws {Failure} config where the file cannot be read
 */
export function readApplicationSets(
  path: string,
  shown: string,
  homeNamespace: string,
): { sets: PlacedSet[]; problems: Problem[] } {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (cause) {
    throw new Failure("config", shown, "after-edit", { cannot: "read it", why: reasonOf(cause), cause });
  }
  const { documents, problems: broken } = parseYaml(bytes, { file: shown, duplicateKeys: "keep-last" });
  const problems: Problem[] = broken.map(({ document: _, ...problem }) => problem);
  const found = documents.flatMap((document) =>
    [...expandList(document.value)]
      .filter(({ value }) => kindOf(value) === "ApplicationSet")
      .map(({ value, path: at }) => ({
        value,
        place: (problem: Problem) => place(problem, document, at, shown),
      })),
  );
  if (found.length === 0 && problems.length === 0)
    problems.push({ severity: "error", file: shown, text: "there is no ApplicationSet in it" });
  const sets = found.flatMap(({ value, place }): PlacedSet[] => {
    if (isTemplate(value)) {
      const text = "this is a template and is left out: its name holds {{";
      problems.push(place({ severity: "warning", text }));
      return [];
    }
    const parsed = parseApplicationSet(value, { homeNamespace });
    const said = parsed.ok ? parsed.warnings : parsed.problems;
    problems.push(...said.map(place));
    return parsed.ok ? [{ set: parsed.value, place }] : [];
  });
  return { sets, problems };
}
