/**
 * The one door to YAML. Texts are read as Kubernetes tools read them (sigs.k8s.io/yaml on go-yaml v2): `yes` and `on` are
 * booleans, `0644` is octal, dates are text, keys become strings, a merge key counts from where it stands.
 * Integers outside ±2⁵³ are `bigint` and print all their digits. Limits on size, depth, nodes and aliases hold before
 * anything grows. Most documents take the fast road of yaml-plain-blocks.ts, the others the `yaml` package.
 */

import {
  type Document,
  isAlias,
  isCollection,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  type Scalar,
  type YAMLMap,
} from "yaml";
import { printBigIntegersExactly } from "./big-integer.ts";
import { decodeText } from "./decode-text.ts";
import { defined } from "./defined.ts";
import { parsePath } from "./field-path.ts";
import { isMapping } from "./is-mapping.ts";
import { type DocumentText, splitDocuments } from "./yaml-documents.ts";
import { readPlainBlocks } from "./yaml-plain-blocks.ts";
import { indentQuotedLines } from "./yaml-quoted-lines.ts";
import { resolvePlain, resolveTagged } from "./yaml-scalar.ts";

export { printYaml } from "./yaml-print.ts";

printBigIntegersExactly();

export interface YamlDocument {
  /** JSON values, and `bigint`. Anchored parts may be shared: never change it in place. */
  value: unknown;
  /** 1-based line of the document's first content. */
  line: number;
  /** 0-based place among the documents of its text that hold something. */
  document: number;
  source: DocumentText;
}

/** Has the shape of a `Problem` of core/model. */
export interface YamlProblem {
  severity: "error" | "warning";
  file?: string;
  line: number;
  text: string;
  fix?: string;
  /** As in YamlDocument. */
  document: number;
}

export interface YamlLimits {
  /** UTF-16 units of one text; bytes where bytes are given. */
  size: number;
  depth: number;
  /** Of one document, with every alias counted as often as it is used. */
  nodes: number;
  aliases: number;
}

export const YAML_LIMITS: YamlLimits = { size: 10 * 1024 * 1024, depth: 64, nodes: 200_000, aliases: 1_000 };

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
}

/** Reads every document. A document with an error is a problem and no document; the others are read all the same. */
export function parseYaml(input: string | Uint8Array, options: YamlOptions = {}): YamlRead {
  const limits = { ...YAML_LIMITS, ...options.limits };
  const firstLine = options.line ?? 1;
  const inFile = options.file === undefined ? {} : { file: options.file };
  const refuse = (text: string, line = firstLine, fix?: string): YamlRead => ({
    documents: [],
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
  const control = CONTROL_CHARACTER.exec(text);
  if (control !== null) {
    return refuse(
      "a control character is not allowed in YAML",
      firstLine + countLines(text, control.index),
      "Remove it, or write it as an escape in double quotes",
    );
  }

  const read: YamlRead = { documents: [], problems: [] };
  for (const [document, source] of splitDocuments(text, firstLine).entries()) {
    const fast = readPlainBlocks(source.text, limits);
    const { value, problems } =
      fast === undefined
        ? readAnyBlocks(source, limits, options.duplicateKeys ?? "refuse")
        : { ...fast, problems: [] };
    for (const problem of problems) read.problems.push({ ...problem, ...inFile, document });
    if (problems.every(({ severity }) => severity === "warning"))
      read.documents.push({ value, line: source.line, document, source });
  }
  return read;
}

/**
 * The line on which a field is written.
 * @param path as `showPath` prints it; where nothing is there, the line of the nearest thing above it
 */
export function lineOf({ source }: YamlDocument, path: string): number {
  const { parsed, lineCounter } = parseAsText(source.text);
  let node: unknown = parsed.contents;
  let offset: number | undefined;
  for (const step of parsePath(path) ?? []) {
    if (isAlias(node)) node = node.resolve(parsed);
    if (isMap(node)) {
      const pair: Pair | undefined = node.items.find(
        ({ key }) => isScalar(key) && keyOf(key) === String(step),
      );
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

const CONTROL_CHARACTER = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f]/;
/** Every scalar stays text: what it means is decided by yaml-scalar.ts. */
const READ_AS_TEXT = {
  schema: "failsafe",
  version: "1.1",
  resolveKnownTags: false,
  merge: false,
  uniqueKeys: false,
  prettyErrors: false,
  logLevel: "error",
} as const;

function parseAsText(text: string): { parsed: Document.Parsed; lineCounter: LineCounter } {
  const parse = (of: string) => {
    const lineCounter = new LineCounter();
    return { parsed: parseDocument(of, { ...READ_AS_TEXT, lineCounter }), lineCounter };
  };
  const first = parse(text);
  if (!first.parsed.errors.some(({ message }) => /^Missing closing ['"]quote/.test(message))) return first;
  const mended = indentQuotedLines(text, (of) => new Lexer().lex(of));
  const second = mended === undefined ? first : parse(mended);
  return second.parsed.errors.length === 0 ? second : first;
}

type Finding = Omit<YamlProblem, "document" | "file">;

/** The slow road. Exported for the test that compares the two roads. */
export function readAnyBlocks(
  source: DocumentText,
  limits: YamlLimits,
  duplicateKeys: "refuse" | "keep-last",
): { value: unknown; problems: Finding[] } {
  if (isTooDeep(source.text, limits.depth)) {
    return {
      value: undefined,
      problems: [
        {
          severity: "error",
          line: source.line,
          text: `the document is nested more than ${limits.depth} levels deep`,
        },
      ],
    };
  }
  let read: { parsed: Document.Parsed; lineCounter: LineCounter };
  try {
    read = parseAsText(source.text);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    return {
      value: undefined,
      problems: [{ severity: "error", line: source.line, text: "the document is nested too deep" }],
    };
  }
  const { parsed, lineCounter } = read;
  const lineAt = (offset: number) => source.startLine + lineCounter.linePos(offset).line - 1;
  const error = parsed.errors[0];
  if (error !== undefined) {
    return {
      value: undefined,
      problems: [{ severity: "error", line: lineAt(error.pos[0]), text: sentence(error.message) }],
    };
  }
  const problems: Finding[] = [];
  try {
    const value = new Reading(parsed, limits, duplicateKeys, (severity, offset, text, fix) => {
      problems.push({ severity, line: lineAt(offset), text, ...defined({ fix }) });
    }).read();
    return { value, problems };
  } catch (stop) {
    if (!(stop instanceof Stop)) throw stop;
    return {
      value: undefined,
      problems: [...problems, { severity: "error", line: lineAt(stop.offset), text: stop.message }],
    };
  }
}

/** Ends the reading of one document. */
class Stop extends Error {
  constructor(
    readonly offset: number,
    text: string,
  ) {
    super(text);
  }
}

type Report = (severity: "error" | "warning", offset: number, text: string, fix?: string) => void;

/** From nodes to values, counting as it goes. */
class Reading {
  readonly #parsed: Document.Parsed;
  readonly #limits: YamlLimits;
  readonly #duplicateKeys: "refuse" | "keep-last";
  readonly #report: Report;
  readonly #anchors = new Map<string, { value: unknown; nodes: number } | "open">();
  #nodes = 0;
  #aliases = 0;

  constructor(
    parsed: Document.Parsed,
    limits: YamlLimits,
    duplicateKeys: "refuse" | "keep-last",
    report: Report,
  ) {
    this.#parsed = parsed;
    this.#limits = limits;
    this.#duplicateKeys = duplicateKeys;
    this.#report = report;
  }

  read(): unknown {
    return this.#value(this.#parsed.contents, 1);
  }

  #value(node: unknown, depth: number): unknown {
    const offset = offsetOf(node);
    this.#count(1, offset);
    if (depth > this.#limits.depth)
      throw new Stop(offset, `the document is nested more than ${this.#limits.depth} levels deep`);
    if (isAlias(node)) return this.#alias(node.source, offset);
    const anchor = (isScalar(node) || isCollection(node)) && node.anchor ? node.anchor : undefined;
    const before = this.#nodes;
    if (anchor !== undefined) this.#anchors.set(anchor, "open");
    const value = this.#content(node, depth, offset);
    if (anchor !== undefined) this.#anchors.set(anchor, { value, nodes: this.#nodes - before + 1 });
    return value;
  }

  #content(node: unknown, depth: number, offset: number): unknown {
    if (isScalar(node)) return this.#scalar(node, offset);
    if (isSeq(node)) return node.items.map((item) => this.#value(item, depth + 1));
    if (isMap(node)) return this.#mapping(node, depth);
    return null;
  }

  #count(nodes: number, offset: number): void {
    this.#nodes += nodes;
    if (this.#nodes > this.#limits.nodes)
      throw new Stop(offset, `the document has more than ${this.#limits.nodes} values`);
  }

  #alias(name: string, offset: number): unknown {
    const target = this.#anchors.get(name);
    if (target === undefined) throw new Stop(offset, `the anchor ${name} is not defined before its use`);
    if (target === "open") throw new Stop(offset, `the anchor ${name} contains itself`);
    if (++this.#aliases > this.#limits.aliases)
      throw new Stop(offset, `the document uses more than ${this.#limits.aliases} aliases`);
    this.#count(target.nodes - 1, offset);
    return target.value;
  }

  #scalar(node: Scalar, offset: number): unknown {
    const read = scalarValue(node);
    if (!read.ok) {
      this.#report("error", offset, read.text);
      return null;
    }
    if (typeof read.value === "number" && !Number.isFinite(read.value)) {
      this.#report(
        "error",
        offset,
        `${String(node.source ?? node.value)} has no JSON form`,
        "Write a finite number, or quote it",
      );
    }
    return read.value;
  }

  #mapping(node: YAMLMap, depth: number): Record<string, unknown> {
    const entries: Record<string, unknown> = {};
    const own = new Set<string>();
    for (const { key: keyNode, value: valueNode } of node.items) {
      const offset = offsetOf(keyNode);
      const keyScalar = isAlias(keyNode) ? keyNode.resolve(this.#parsed) : keyNode;
      if (keyScalar !== null && !isScalar(keyScalar))
        throw new Stop(offset, "a key has to be a string, not a collection");
      if (isMergeKey(keyNode)) {
        this.#merge(entries, this.#value(valueNode, depth + 1), offset);
        continue;
      }
      this.#count(1, offset);
      const key = keyScalar === null ? undefined : keyOf(keyScalar);
      if (key === undefined) throw new Stop(offset, "a key is null, which JSON does not know");
      if (own.has(key)) {
        if (this.#duplicateKeys === "refuse")
          this.#report("error", offset, `the key ${key} stands twice in one mapping`, "Remove one of them");
        else
          this.#report(
            "warning",
            offset,
            `the key ${key} stands twice in one mapping: the last one counts`,
            "Remove the other one",
          );
      }
      own.add(key);
      put(entries, key, this.#value(valueNode, depth + 1));
    }
    return entries;
  }

  /** Later keys win over earlier ones, merged or not, as in go-yaml v2; in a list of mappings the first wins. */
  #merge(entries: Record<string, unknown>, value: unknown, offset: number): void {
    const maps = Array.isArray(value) ? [...value].reverse() : [value];
    for (const map of maps) {
      if (!isMapping(map)) throw new Stop(offset, "a merge key (<<) takes a mapping or a list of mappings");
      for (const [key, item] of Object.entries(map)) {
        this.#count(1, offset);
        put(entries, key, item);
      }
    }
  }
}

/** `__proto__` is a key like any other. */
function put(entries: Record<string, unknown>, key: string, value: unknown): void {
  if (key === "__proto__")
    Object.defineProperty(entries, key, { value, enumerable: true, configurable: true, writable: true });
  else entries[key] = value;
}

function scalarValue(node: Scalar): ReturnType<typeof resolveTagged> {
  const text = String(node.value ?? "");
  if (node.tag !== undefined && node.tag !== "tag:yaml.org,2002:str") return resolveTagged(node.tag, text);
  if (node.tag !== undefined || node.type !== "PLAIN") return { ok: true, value: text };
  return { ok: true, value: resolvePlain(text) };
}

/** The JSON key that a scalar makes; undefined for null. */
function keyOf(node: Scalar): string | undefined {
  const read = scalarValue(node);
  if (!read.ok || read.value === null) return undefined;
  if (typeof read.value === "number" && !Number.isFinite(read.value))
    return Number.isNaN(read.value) ? ".nan" : read.value > 0 ? ".inf" : "-.inf";
  return String(read.value);
}

function isMergeKey(key: unknown): boolean {
  return (
    isScalar(key) &&
    (key.tag === "tag:yaml.org,2002:merge" ||
      (key.value === "<<" && key.type === "PLAIN" && key.tag === undefined))
  );
}

function offsetOf(node: unknown): number {
  return (node as Node | null)?.range?.[0] ?? 0;
}

/**
 * Deep nesting costs the parser quadratic time, so it is looked for before. Brackets are counted roughly first; only a
 * text that could be too deep is taken apart into tokens, which knows brackets in strings from others.
 */
function isTooDeep(text: string, limit: number): boolean {
  let open = 0;
  let deepest = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 91 || code === 123) deepest = Math.max(deepest, ++open);
    else if ((code === 93 || code === 125) && open > 0) open--;
  }
  const mayBeDeep =
    deepest > limit ||
    new RegExp(`(?:[-?:] +){${limit}}`).test(text) ||
    new RegExp(`^ {${limit},}[^ #\\n]`, "m").test(text);
  if (!mayBeDeep) return false;
  let flows = 0;
  let inLine = 0;
  let indents: number[] = [];
  for (const token of new Lexer().lex(text)) {
    if (token === "[" || token === "{") flows++;
    else if (token === "]" || token === "}") flows--;
    else if (token === "-" || token === "?") inLine++;
    else if (token.startsWith("\n") || token === "\r\n") inLine = 0;
    else if (/^ +$/.test(token) && inLine === 0 && flows === 0) {
      indents = indents.filter((indent) => indent < token.length);
      indents.push(token.length);
    }
    if (flows > limit || inLine > limit || indents.length > limit) return true;
  }
  return false;
}

/** The parser's message as the second half of a sentence, without the pieces of the text that some of them quote: it may hold a secret. */
function sentence(message: string): string {
  const text = message.replace(/(?:: |; | \\).*$/s, "").replace(/\.$/, "");
  return /^[A-Z][a-z]/.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text;
}

function countLines(text: string, before: number): number {
  let lines = 0;
  for (let at = text.indexOf("\n"); at >= 0 && at < before; at = text.indexOf("\n", at + 1)) lines++;
  return lines;
}
