import { filled } from "../../lib/defined.ts";
import { atOnce } from "../../lib/in-steps.ts";
import { findPlaces, lineOf, parseYamlInSteps, type YamlDocument } from "../../lib/yaml.ts";
import type { LeftOutFile, RenderedDocument } from "../model/desired-object.ts";
import { expandList } from "../model/expand-list.ts";
import type { Problem } from "../model/problem.ts";
import { asStored } from "./as-stored.ts";
import { checkManifest } from "./check-manifest.ts";
import type { ParsedManifests } from "./manifest.ts";
import { isMeantAsManifest, isTextMeantAsManifest } from "./manifest-likeness.ts";
import { stripServerFields } from "./strip-server-fields.ts";

export interface ParseOptions {
  /** `repair`: what client-side apply lets pass is repaired with a warning (a key that stands twice: the last one counts). */
  validate: "repair" | "strict";
  /** Objects of all sources together; default 5,000. */
  mostObjects?: number;
}

const MOST_OBJECTS = 5_000;
/** UTF-16 units of all texts together. Objects of this size would fill etcd before they filled this. */
const MOST_TEXT = 32 * 1024 * 1024;
/** Scalars, lists and mappings of all texts together. */
const MOST_VALUES = 2_000_000;
/** Problems of one text whose lines are looked up; the others bear that of their document. */
const MOST_PLACED = 100;
/** What a template may print in vain. */
const NULL_DOCUMENTS = 1_000;

/** `parseManifestsInSteps` without a pause. */
export function parseManifests(rendered: RenderedSources, options: ParseOptions): ParsedManifests {
  return atOnce(parseManifestsInSteps(rendered, options));
}

/** The documents of each source, in the order of the sources. */
export type RenderedSources = readonly { source: number; documents: readonly RenderedDocument[] }[];

/**
 * From rendered texts to objects: the step that needs no cluster. Lists are expanded, fields that belong to the server
 * are taken off, and what the API server would certainly refuse is an error with file, line and path. More objects or
 * text than an application may have are an error before the rest is looked at. Pauses every few milliseconds.
 */
export function* parseManifestsInSteps(
  rendered: RenderedSources,
  { validate, mostObjects = MOST_OBJECTS }: ParseOptions,
): Generator<undefined, ParsedManifests> {
  const parsed: ParsedManifests = { manifests: [], problems: [], leftOut: [] };
  const refused = (file: string, what: string, fix: string): ParsedManifests => ({
    ...parsed,
    problems: [
      { severity: "error", file, text: `with this file the application has more than ${what}`, fix },
    ],
  });
  let length = 0,
    values = 0;
  for (const { source, documents } of rendered) {
    for (const document of documents) {
      length += document.text.length;
      if (length > MOST_TEXT)
        return refused(document.file, `${MOST_TEXT >> 20} MiB of manifests`, "Split the application");
      const most = { objects: mostObjects - parsed.manifests.length, values: MOST_VALUES - values };
      const read = yield* readText(document, source, validate, most);
      if (read === "values") return refused(document.file, `${MOST_VALUES} values`, "Split the application");
      if (read === "objects")
        return refused(
          document.file,
          `${mostObjects} objects`,
          "Split it, or raise limits.objectsPerApplication in the config",
        );
      values += read.values;
      for (const manifest of read.manifests) parsed.manifests.push(manifest);
      for (const problem of read.problems) parsed.problems.push(problem);
      for (const file of read.leftOut) parsed.leftOut.push(file);
      yield;
    }
  }
  return parsed;
}

interface ParsedText extends ParsedManifests {
  values: number;
}

function* readText(
  document: RenderedDocument,
  source: number,
  validate: ParseOptions["validate"],
  most: { objects: number; values: number },
): Generator<undefined, ParsedText | "objects" | "values"> {
  const { text, file, line, onParseError } = document;
  if (document.unreadable !== undefined)
    return withoutFile({ source, file, line, why: document.unreadable.why }, document.unreadable.fix, 0);
  const read = yield* parseYamlInSteps(text, {
    file,
    line,
    duplicateKeys: validate === "strict" ? "refuse" : "keep-last",
    // Documents that say `null` are none of the objects.
    limits: { documents: most.objects + NULL_DOCUMENTS, textNodes: most.values },
  });
  if (read.tooMany !== undefined && onParseError !== "warn")
    return read.tooMany === "values" ? "values" : "objects";
  const parsed: ParsedText = {
    manifests: [],
    problems: read.problems.map(({ document: _, ...problem }) => problem),
    leftOut: [],
    values: read.nodes,
  };
  for (const each of read.documents) {
    yield* readDocument(each, file, source, parsed);
    if (parsed.manifests.length > most.objects) return "objects";
    yield;
  }
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
  const place = { source, file, line: error.line ?? line };
  return withoutFile({ ...place, why }, "Put it into directory.exclude", read.nodes);
}

function withoutFile(file: LeftOutFile, fix: string, values: number): ParsedText {
  const text = `this is no manifest and is left out: ${file.why}`;
  return {
    manifests: [],
    problems: [{ severity: "warning", file: file.file, line: file.line, text, fix }],
    leftOut: [file],
    values,
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

function* readDocument(
  document: YamlDocument,
  file: string,
  source: number,
  into: ParsedManifests,
): Generator<undefined, void> {
  // `null` is what a template leaves that printed nothing but comments and separators.
  if (document.value === null) return;
  const origin = { source, file, line: document.line };
  for (const { value, path } of expandList(document.value)) {
    const placed = (problem: Problem): Problem => {
      const whole = [path, problem.path].filter((part) => part !== undefined && part !== "").join(".");
      return {
        ...problem,
        file,
        line: whole === "" || into.problems.length > MOST_PLACED ? document.line : lineOf(document, whole),
        ...filled({ path: whole }),
      };
    };
    const checked = checkManifest(value);
    if (!checked.ok) {
      yield* findPlaces(document);
      for (const problem of checked.problems) into.problems.push(placed(problem));
      yield;
      continue;
    }
    const stripped = stripServerFields(checked.value);
    if (checked.warnings.length + stripped.problems.length > 0) yield* findPlaces(document);
    into.manifests.push({ object: asStored(stripped.object), origin });
    for (const problem of [...checked.warnings, ...stripped.problems]) into.problems.push(placed(problem));
    yield;
  }
}
