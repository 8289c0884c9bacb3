import { filled } from "../../lib/defined.ts";
import { lineOf, parseYaml, type YamlDocument } from "../../lib/yaml.ts";
import type { LeftOutFile, RenderedDocument } from "../model/desired-object.ts";
import type { Problem } from "../model/problem.ts";
import { checkManifest } from "./check-manifest.ts";
import { expandList } from "./expand-list.ts";
import type { ParsedManifests } from "./manifest.ts";
import { isMeantAsManifest, isTextMeantAsManifest } from "./manifest-likeness.ts";
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
  const parsed: ParsedManifests = { manifests: [], problems: [], leftOut: [] };
  for (const { source, documents } of rendered) {
    for (const document of documents) {
      const read = readText(document, source, validate);
      parsed.manifests.push(...read.manifests);
      parsed.problems.push(...read.problems);
      parsed.leftOut.push(...read.leftOut);
    }
  }
  return parsed;
}

function readText(
  document: RenderedDocument,
  source: number,
  validate: ParseOptions["validate"],
): ParsedManifests {
  const { text, file, line, onParseError } = document;
  if (document.unreadable !== undefined)
    return withoutFile({ source, file, line, why: document.unreadable }, "Save it as UTF-8");
  const read = parseYaml(text, { file, line, duplicateKeys: validate === "strict" ? "refuse" : "keep-last" });
  const parsed: ParsedManifests = {
    manifests: [],
    problems: read.problems.map(({ document: _, ...problem }) => problem),
    leftOut: [],
  };
  for (const each of read.documents) readDocument(each, file, source, parsed);
  const error = parsed.problems.find(({ severity }) => severity === "error");
  if (onParseError !== undefined && file.endsWith(".json") && !isJson(text)) {
    if (error === undefined)
      parsed.problems.push({
        severity: "error",
        file,
        line,
        text: "the file is broken, or cut off: it is not one JSON value",
        fix: "Correct it, or put it into directory.exclude",
      });
    return parsed;
  }
  // A file of which a part is a manifest, or was meant as one, was meant as one, whatever its words.
  if (
    error === undefined ||
    onParseError !== "warn" ||
    parsed.manifests.length > 0 ||
    read.documents.some(({ value }) => isMeantAsManifest(value)) ||
    (read.problems.some(({ severity }) => severity === "error") && isTextMeantAsManifest(text))
  )
    return parsed;
  const why = `${error.path === undefined ? "" : `${error.path}: `}${error.text}`;
  return withoutFile({ source, file, line: error.line ?? line, why }, "Put it into directory.exclude");
}

function withoutFile(file: LeftOutFile, fix: string): ParsedManifests {
  const text = `this is no manifest and is left out: ${file.why}`;
  return {
    manifests: [],
    problems: [{ severity: "warning", file: file.file, line: file.line, text, fix }],
    leftOut: [file],
  };
}

/** Whether a text is one JSON value, or empty. YAML reads more than that, and half of a file often too. */
function isJson(text: string): boolean {
  if (text.trim() === "") return true;
  try {
    JSON.parse(text.replace(/^\uFEFF/, ""));
    return true;
  } catch {
    return false;
  }
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
        ...filled({ path: whole }),
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
