/**
 * The one door to YAML. Texts are read as Kubernetes tools read them (sigs.k8s.io/yaml on go-yaml v2): `yes` and `on` are
 * booleans, `0644` is octal, dates are text, keys become strings, a merge key counts from where it stands.
 * Integers outside ±2⁵³ are `bigint` and print all their digits. Limits on size, depth, nodes and aliases hold before
 * anything grows. Most documents take the fast road of yaml/plain-blocks.ts, the others the `yaml` package.
 */
import { isAlias, isMap, isScalar, isSeq, type Node, type Pair, type Scalar, type YAMLMap } from "yaml";
import { printBigIntegersExactly } from "./big-integer.ts";
import { decodeText } from "./decode-text.ts";
import { defined } from "./defined.ts";
import { parsePath } from "./field-path.ts";
import { atOnce } from "./in-steps.ts";
import { keyOf, readAnyBlocks, tooManyValues } from "./yaml/any-blocks.ts";
import { type DocumentText, splitDocuments } from "./yaml/documents.ts";
import { YAML_LIMITS, type YamlLimits, type YamlProblem } from "./yaml/limits.ts";
import { type ParsedText, parseAsText } from "./yaml/parse-as-text.ts";
import { readPlainBlocks } from "./yaml/plain-blocks.ts";
import { type ScalarSet, setScalar } from "./yaml/set-scalar.ts";

export { editYaml, type YamlChange } from "./yaml/edit.ts";
export { YAML_LIMITS } from "./yaml/limits.ts";
export { parseYamlOrdered, type YamlTree } from "./yaml/ordered.ts";
export { printYaml } from "./yaml/print.ts";
export { appendYaml, type ScalarSet } from "./yaml/set-scalar.ts";

printBigIntegersExactly();

export interface YamlDocument {
  /** JSON values, and `bigint`. Anchored parts may be shared: never change it in place. */
  value: unknown;
  /** 1-based line of the document's first content. */
  line: number;
  /** 0-based place among the documents of its text that hold something. */
  document: number;
  source: DocumentText;
  /** Where everything stands, once somebody asked `lineOf`. */
  places?: ParsedText;
}

/** UTF-16 units of white space that may stand behind the last break of a text. */
const LAST_LINE = 1_024;
/** UTF-16 units. */
const LONGEST_WITH_LINES = 512 * 1024;

export interface YamlOptions {
  /** Copied into problems. */
  file?: string;
  /** Line of `file` at which the text starts, default 1. */
  line?: number;
  /** `keep-last`: the last one counts, as in go-yaml, and a warning says so. Default `refuse`. */
  duplicateKeys?: "refuse" | "keep-last";
  limits?: Partial<YamlLimits>;
}

export interface YamlRead {
  /** Those that could be read, in order. */
  documents: YamlDocument[];
  problems: YamlProblem[];
  /** Values of all documents, with every alias counted as often as it is used. */
  nodes: number;
  /** What the text has more of than it may; nothing of it is given. */
  tooMany?: "documents" | "values";
}

/** Reads every document. A document with an error is a problem and no document; the others are read all the same. */
export function parseYaml(input: string | Uint8Array, options: YamlOptions = {}): YamlRead {
  return atOnce(parseYamlInSteps(input, options));
}

/** As `setScalar`. */
export function setYamlText(text: string, path: readonly (string | number)[], value: string): ScalarSet {
  return setScalar(text, path, value, parseYaml);
}

/** As `parseYaml`, with a pause every few milliseconds, for texts that others wrote. */
export function* parseYamlInSteps(
  input: string | Uint8Array,
  options: YamlOptions = {},
): Generator<undefined, YamlRead> {
  const limits = { ...YAML_LIMITS, ...options.limits };
  const firstLine = options.line ?? 1;
  const inFile = options.file === undefined ? {} : { file: options.file };
  const refuse = (text: string, line = firstLine, fix?: string): YamlRead => ({
    documents: [],
    nodes: 0,
    problems: [{ severity: "error", ...inFile, line, text, ...defined({ fix }), document: 0 }],
  });
  if (input.length > limits.size)
    return refuse(`the text is larger than ${limits.size} bytes`, firstLine, "Split it into several files");
  let text: string;
  if (typeof input === "string") {
    text = input.charCodeAt(0) === 0xfeff ? input.slice(1) : input;
  } else {
    const decoded = decodeText(input);
    if (!decoded.ok) return refuse(decoded.problem, firstLine, "Save it as UTF-8");
    text = decoded.text;
  }
  if (text.includes("\r")) text = text.replace(/\r\n?/g, "\n");
  // A last line of white space is a line, as for Kubernetes' reader: a block that keeps its breaks may end in it.
  if (/\n[ \t]+$/.test(text.slice(-LAST_LINE))) text += "\n";
  const control = CONTROL_CHARACTER.exec(text);
  if (control !== null) {
    return refuse(
      "a control character is not allowed in YAML",
      firstLine + countLines(text, control.index),
      "Remove it, or write it as an escape in double quotes",
    );
  }

  const read: YamlRead = { documents: [], problems: [], nodes: 0 };
  let document = 0;
  for (const source of splitDocuments(text, firstLine)) {
    if (source === "nothing") {
      yield;
      continue;
    }
    if (document >= limits.documents)
      return {
        ...refuse(
          `the text has more than ${limits.documents} documents`,
          source.line,
          "Split it into several files",
        ),
        tooMany: "documents",
      };
    const fast = yield* readPlainBlocks(source.text, limits);
    const { value, nodes, problems } =
      fast === undefined
        ? yield* readAnyBlocks(source, limits, options.duplicateKeys ?? "refuse")
        : fast.is === "read"
          ? { ...fast, problems: [] }
          : { value: undefined, nodes: 0, problems: [tooManyValues(source, limits)] };
    read.nodes += nodes;
    if (read.nodes > limits.textNodes)
      return {
        ...refuse(
          `the text has more than ${limits.textNodes} values`,
          source.line,
          "Split it into several files",
        ),
        tooMany: "values",
      };
    for (const problem of problems) read.problems.push({ ...problem, ...inFile, document });
    if (problems.every(({ severity }) => severity === "warning"))
      read.documents.push({ value, line: source.line, document, source });
    document++;
    yield;
  }
  return read;
}

/** So that `lineOf` takes no time later. */
export function* findPlaces(document: YamlDocument): Generator<undefined, void> {
  if (document.source.text.length <= LONGEST_WITH_LINES)
    document.places ??= yield* parseAsText(document.source.text, Number.POSITIVE_INFINITY);
}

/**
 * The line on which a field is written.
 * @param path as `showPath` prints it; where nothing is there, the line of the nearest thing above it
 */
export function lineOf(document: YamlDocument, path: string): number {
  const { source } = document;
  // Finding a line in a very long document takes longer than anybody would wait for it.
  if (source.text.length > LONGEST_WITH_LINES) return source.line;
  document.places ??= atOnce(parseAsText(source.text, Number.POSITIVE_INFINITY));
  const { parsed, lineCounter } = document.places;
  let node: unknown = parsed.contents;
  let offset: number | undefined;
  for (const step of parsePath(path) ?? []) {
    if (isAlias(node)) node = node.resolve(parsed);
    if (isMap(node)) {
      const pair = pairsOf(node, document.places).get(String(step));
      if (pair === undefined) break;
      offset = (pair.key as Scalar).range?.[0] ?? offset;
      node = pair.value;
    } else if (isSeq(node) && typeof step === "number" && step < node.items.length) {
      node = node.items[step];
      offset = (node as Node | null)?.range?.[0] ?? offset;
    } else {
      break;
    }
  }
  return offset === undefined ? source.line : source.startLine + lineCounter.linePos(offset).line - 1;
}

/** By key, of a mapping that somebody asked about: so many lines of a large one are found in no more time than they take. */
function pairsOf(map: YAMLMap, places: ParsedText): ReadonlyMap<string, Pair> {
  const known = places.pairs.get(map);
  if (known !== undefined) return known;
  const pairs = new Map<string, Pair>();
  for (const pair of map.items) {
    const name = isScalar(pair.key) ? keyOf(pair.key) : undefined;
    // Of a key that stands twice the last one counts.
    if (name !== undefined) pairs.set(name, pair);
  }
  places.pairs.set(map, pairs);
  return pairs;
}

/** The line of a key, and of those in the mapping below it. */
export interface LineTree {
  line: number;
  below: ReadonlyMap<string, LineTree>;
}

/** Lines of all keys of all mappings of a document, lists left out; undefined of a document that is too long for that. */
export function* linesInSteps(document: YamlDocument): Generator<undefined, LineTree | undefined> {
  const { source } = document;
  if (source.text.length > LONGEST_WITH_LINES) return undefined;
  document.places ??= yield* parseAsText(source.text, Number.POSITIVE_INFINITY);
  const { parsed, lineCounter } = document.places;
  let left = YAML_LIMITS.nodes;
  const below = (node: unknown): Map<string, LineTree> => {
    const lines = new Map<string, LineTree>();
    const map = isAlias(node) ? node.resolve(parsed) : node;
    if (!isMap(map)) return lines;
    for (const { key, value } of map.items) {
      // Aliases of aliases are as many as they come to.
      const name = isScalar(key) && left-- > 0 ? keyOf(key) : undefined;
      const offset = isScalar(key) ? key.range?.[0] : undefined;
      if (name === undefined || offset === undefined) continue;
      const line = source.startLine + lineCounter.linePos(offset).line - 1;
      lines.set(name, { line, below: below(value) });
    }
    return lines;
  };
  return { line: source.line, below: below(parsed.contents) };
}

const CONTROL_CHARACTER = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f]/;

function countLines(text: string, before: number): number {
  let lines = 0;
  for (let at = text.indexOf("\n"); at >= 0 && at < before; at = text.indexOf("\n", at + 1)) lines++;
  return lines;
}
