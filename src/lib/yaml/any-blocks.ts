/**
 * The slow road: every YAML that there is, read by the `yaml` package as text and given its meaning here. Long texts are
 * taken in steps, and counted before anything is built of them.
 */
import {
  type Document,
  isAlias,
  isCollection,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type Scalar,
  type YAMLMap,
} from "yaml";
import { defined } from "../defined.ts";
import { isMapping } from "../is-mapping.ts";
import type { DocumentText } from "./documents.ts";
import type { YamlLimits, YamlProblem } from "./limits.ts";
import { firstError, isTooDeep, type ParsedText, parseAsText, TooManyValues } from "./parse-as-text.ts";
import { resolvePlain, resolveTagged } from "./scalar.ts";

/** Values between two steps. */
const STEP_VALUES = 2_000;

export type Finding = Omit<YamlProblem, "document" | "file">;

export interface AnyRead {
  value: unknown;
  /** Values, with every alias counted as often as it is used. */
  nodes: number;
  problems: Finding[];
}

export function* readAnyBlocks(
  source: DocumentText,
  limits: YamlLimits,
  duplicateKeys: "refuse" | "keep-last",
): Generator<undefined, AnyRead> {
  const refused = (text: string, line = source.line, fix?: string): AnyRead => ({
    value: undefined,
    nodes: 0,
    problems: [{ severity: "error", line, text, ...defined({ fix }) }],
  });
  if (isTooDeep(source.text, limits.depth))
    return refused(`the document is nested more than ${limits.depth} levels deep`);
  let read: ParsedText;
  try {
    read = yield* parseAsText(source.text, limits.slowScalars);
  } catch (cause) {
    if (cause instanceof TooManyValues)
      return refused(
        `the document has more than ${limits.slowScalars} values, and is written in a way that takes long to read: with anchors, tags, tabs or keys that stand twice`,
        source.line,
        "Write it without them, or split it",
      );
    if (cause instanceof RangeError) return refused("the document is nested too deep");
    throw cause;
  }
  const { parsed, lineCounter } = read;
  const lineAt = (offset: number) => source.startLine + lineCounter.linePos(offset).line - 1;
  const error = firstError(read);
  if (error !== undefined) return refused(sentence(error.message), lineAt(error.pos[0]));
  const problems: Finding[] = [];
  const reading = new Reading(parsed, limits, duplicateKeys, (severity, offset, text, fix) => {
    problems.push({ severity, line: lineAt(offset), text, ...defined({ fix }) });
  });
  try {
    const value = yield* reading.read();
    return { value, nodes: reading.nodes, problems };
  } catch (stop) {
    if (!(stop instanceof Stop)) throw stop;
    const last = refused(stop.message, lineAt(stop.offset));
    return { ...last, problems: [...problems, ...last.problems] };
  }
}

export function tooManyValues(source: DocumentText, { nodes }: YamlLimits): Finding {
  return { severity: "error", line: source.line, text: `the document has more than ${nodes} values` };
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
  #pauseAt = STEP_VALUES;
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

  get nodes(): number {
    return this.#nodes;
  }

  read(): Generator<undefined, unknown> {
    return this.#value(this.#parsed.contents, 1);
  }

  *#value(node: unknown, depth: number): Generator<undefined, unknown> {
    const offset = offsetOf(node);
    this.#count(1, offset);
    if (this.#nodes >= this.#pauseAt) {
      this.#pauseAt = this.#nodes + STEP_VALUES;
      yield;
    }
    if (depth > this.#limits.depth)
      throw new Stop(offset, `the document is nested more than ${this.#limits.depth} levels deep`);
    if (isAlias(node)) return this.#alias(node.source, offset);
    const anchor = (isScalar(node) || isCollection(node)) && node.anchor ? node.anchor : undefined;
    const before = this.#nodes;
    if (anchor !== undefined) this.#anchors.set(anchor, "open");
    const value = yield* this.#content(node, depth, offset);
    if (anchor !== undefined) this.#anchors.set(anchor, { value, nodes: this.#nodes - before + 1 });
    return value;
  }

  *#content(node: unknown, depth: number, offset: number): Generator<undefined, unknown> {
    if (isScalar(node)) return this.#scalar(node, offset);
    if (isMap(node)) return yield* this.#mapping(node, depth);
    if (!isSeq(node)) return null;
    const items: unknown[] = [];
    for (const item of node.items) items.push(yield* this.#value(item, depth + 1));
    return items;
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

  *#mapping(node: YAMLMap, depth: number): Generator<undefined, Record<string, unknown>> {
    const entries: Record<string, unknown> = {};
    const own = new Set<string>();
    for (const { key: keyNode, value: valueNode } of node.items) {
      const offset = offsetOf(keyNode);
      const keyScalar = isAlias(keyNode) ? keyNode.resolve(this.#parsed) : keyNode;
      if (keyScalar !== null && !isScalar(keyScalar))
        throw new Stop(offset, "a key has to be a string, not a collection");
      if (isMergeKey(keyNode)) {
        this.#merge(entries, yield* this.#value(valueNode, depth + 1), offset);
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
      put(entries, key, yield* this.#value(valueNode, depth + 1));
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
export function keyOf(node: Scalar): string | undefined {
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

/** The parser's message as the second half of a sentence, without the pieces of the text that some of them quote: it may hold a secret. */
function sentence(message: string): string {
  const text = message.replace(/(?:: |; | \\).*$/s, "").replace(/\.$/, "");
  return /^[A-Z][a-z]/.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text;
}
