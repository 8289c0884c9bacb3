import { readFileSync } from "node:fs";
import { kindOf, place } from "../config/read-manifests.ts";
import { reasonOf } from "../config/read-settings.ts";
import type { ApplicationSet } from "../core/model/application-set.ts";
import { Failure } from "../core/model/failure.ts";
import { parseApplicationSet } from "../core/model/parse-application-set.ts";
import type { Problem } from "../core/model/problem.ts";
import { parseYaml } from "../lib/yaml.ts";

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
  const found = documents.filter(({ value }) => kindOf(value) === "ApplicationSet");
  if (found.length === 0 && problems.length === 0)
    problems.push({ severity: "error", file: shown, text: "there is no ApplicationSet in it" });
  const sets = found.flatMap((document): PlacedSet[] => {
    const parsed = parseApplicationSet(document.value, { homeNamespace });
    const said = parsed.ok ? parsed.warnings : parsed.problems;
    problems.push(...said.map((problem) => place(problem, document, "", shown)));
    return parsed.ok ? [{ set: parsed.value, place: (problem) => place(problem, document, "", shown) }] : [];
  });
  return { sets, problems };
}
