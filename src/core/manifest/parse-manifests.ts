import { lineOf, parseYaml, type YamlDocument } from "../../lib/yaml.ts";
import type { RenderedDocument } from "../model/desired-object.ts";
import type { Problem } from "../model/problem.ts";
import { checkManifest } from "./check-manifest.ts";
import { expandList } from "./expand-list.ts";
import type { ParsedManifests } from "./manifest.ts";
import { stripServerFields } from "./strip-server-fields.ts";

export interface ParseOptions {
  /** `repair`: what client-side apply lets pass is repaired with a warning (a key that stands twice: the last one counts). */
  validate: "repair" | "strict";
}

/**
 * From rendered texts to objects: the step that needs no cluster. Lists are expanded, fields that belong to the server
 * are taken off, and what the API server would certainly refuse is an error with file, line and path.
 *
 * @param rendered the documents of each source, in the order of the sources
 */
export function parseManifests(
  rendered: readonly { source: number; documents: readonly RenderedDocument[] }[],
  { validate }: ParseOptions,
): ParsedManifests {
  const parsed: ParsedManifests = { manifests: [], problems: [] };
  for (const { source, documents } of rendered) {
    for (const document of documents) {
      const read = readText(document, source, validate);
      parsed.manifests.push(...read.manifests);
      parsed.problems.push(...read.problems);
    }
  }
  return parsed;
}

function readText(
  { text, file, line, onParseError = "refuse" }: RenderedDocument,
  source: number,
  validate: ParseOptions["validate"],
): ParsedManifests {
  const read = parseYaml(text, { file, line, duplicateKeys: validate === "strict" ? "refuse" : "keep-last" });
  const parsed: ParsedManifests = {
    manifests: [],
    problems: read.problems.map(({ document: _, ...problem }) => problem),
  };
  for (const document of read.documents) readDocument(document, file, source, parsed);
  const error = parsed.problems.find(({ severity }) => severity === "error");
  // A file of which a part is a manifest was meant as one, whatever its words.
  if (error === undefined || onParseError === "refuse" || parsed.manifests.length > 0) return parsed;
  return {
    manifests: [],
    problems: [
      {
        severity: "warning",
        file,
        line: error.line ?? line,
        text: `this is no manifest and is left out: ${error.path === undefined ? "" : `${error.path}: `}${error.text}`,
        fix: "Put it into directory.exclude",
      },
    ],
  };
}

function readDocument(document: YamlDocument, file: string, source: number, into: ParsedManifests): void {
  // `null` is what a template leaves that printed nothing but comments and separators.
  if (document.value === null) return;
  const origin = { source, file, line: document.line };
  for (const { value, path } of expandList(document.value)) {
    const placed = (problem: Problem): Problem => {
      const whole = [path, problem.path].filter((part) => part !== undefined && part !== "").join(".");
      return {
        ...problem,
        file,
        line: whole === "" ? document.line : lineOf(document, whole),
        ...(whole === "" ? {} : { path: whole }),
      };
    };
    const checked = checkManifest(value);
    if (!checked.ok) {
      into.problems.push(...checked.problems.map(placed));
      continue;
    }
    const stripped = stripServerFields(checked.value);
    into.manifests.push({ object: stripped.object, origin });
    into.problems.push(...[...checked.warnings, ...stripped.problems].map(placed));
  }
}
