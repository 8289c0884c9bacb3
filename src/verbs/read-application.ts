import { readFileSync } from "node:fs";
import { kindOf, place } from "../config/read-manifests.ts";
import { reasonOf } from "../config/read-settings.ts";
import { type Application, sourcesOf } from "../core/model/application.ts";
import { expandList } from "../core/model/expand-list.ts";
import { Failure } from "../core/model/failure.ts";
import { parseApplication } from "../core/model/parse-application.ts";
import type { Parsed, Problem } from "../core/model/problem.ts";
import { lineOf, parseYaml } from "../lib/yaml.ts";

/**
 * The first Application of a file; problems name file and line.
 *
 * @param shown the file as problems name it
 * @throws {Failure} config where the file cannot be read
 */
export function readApplication(path: string, shown: string, homeNamespace: string): Parsed<Application> {
  const bytes = bytesOf(path, shown);
  const { documents, problems } = parseYaml(bytes, { file: shown, duplicateKeys: "keep-last" });
  const wrong = (problem: Omit<Problem, "severity" | "file">): Parsed<Application> => ({
    ok: false,
    problems: [{ severity: "error", file: shown, ...problem }],
  });
  const [broken, ...more] = problems.filter(({ severity }) => severity === "error");
  if (broken !== undefined) return { ok: false, problems: [broken, ...more] };
  const [found, ...others] = documents.filter(({ value }) => kindOf(value) === "Application");
  if (found === undefined)
    return wrong({
      text: "there is no Application in it",
      fix: "Name the file of the Application, or of ApplicationSets; its manifests come from its source",
    });
  const parsed = parseApplication(found.value, { homeNamespace });
  if (!parsed.ok) {
    const [first, ...rest] = parsed.problems;
    return {
      ok: false,
      problems: [place(first, found, "", shown), ...rest.map((problem) => place(problem, found, "", shown))],
    };
  }
  if (sourcesOf(parsed.value.spec).length === 0)
    return wrong({ line: lineOf(found, "spec"), path: "spec", text: "the Application has no source" });
  const ignored: Problem[] = others.map((other) => ({
    severity: "warning",
    file: shown,
    line: other.line,
    text: "another Application in the same file is left out: the first one is rendered",
    fix: "Give it a file of its own",
  }));
  return {
    ...parsed,
    warnings: [
      ...problems.map(({ document: _, ...warning }) => warning),
      ...parsed.warnings.map((problem) => place(problem, found, "", shown)),
      ...ignored,
    ],
  };
}

/**
 * Kinds that stand in a file, in lists too; of one that is no YAML what can be read of it.
 * @throws {Failure} config where the file cannot be read
 */
export function kindsInFile(path: string, shown: string): ReadonlySet<string> {
  const { documents } = parseYaml(bytesOf(path, shown), { duplicateKeys: "keep-last" });
  return new Set(documents.flatMap(({ value }) => [...expandList(value)].map((one) => kindOf(one.value))));
}

function bytesOf(path: string, shown: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new Failure("config", shown, "after-edit", { cannot: "read it", why: reasonOf(cause), cause });
  }
}
