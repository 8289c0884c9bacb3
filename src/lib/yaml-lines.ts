/** JSON values as YAML for people, line by line: blocks, plain words where they mean nothing else, and long texts as they are. */
import type { FieldPath } from "./field-path.ts";

export interface YamlLine {
  text: string;
  /** Of the field that the line tells of, or of the map or list that begins there. */
  path: FieldPath;
}

/** `readable`: a text of several lines is a block whatever is in it, so that it is compared line by line; `exact`: it is read as the same value. */
type Texts = "exact" | "readable";

/** What YAML 1.1 or 1.2 reads as something else than a text. */
const OTHER = /^(?:~|null|true|false|yes|no|on|off|y|n|[-+]?\.?(?:inf|nan)|=|<<)$/i;
const PLAIN = /^[A-Za-z_/][\w./@+ :-]*$/;
/** What YAML takes in no block. */
const NOT_IN_BLOCKS = /[^\n\x20-\x7e\u00a1-\ud7ff\ue000-\ufdcf\ufdf0-\ufefe\uff00-\ufffd]/u;

export function yamlLines(value: unknown, texts: Texts = "exact"): YamlLine[] {
  const lines: YamlLine[] = [];
  write({ lines, texts }, value, { is: "root", head: "", indent: "", path: [] });
  return lines;
}

interface To {
  lines: YamlLine[];
  texts: Texts;
}

/** Where a value stands: behind `head`, in a map or list whose lines begin with `indent`. */
interface At {
  is: "root" | "entry" | "item";
  head: string;
  indent: string;
  path: FieldPath;
}

function write(to: To, value: unknown, at: At): void {
  const entries = Array.isArray(value) ? value.map((one, index) => [index, one] as const) : entriesOf(value);
  if (entries === undefined || entries.length === 0) return writeOne(to, value, at);
  if (at.is === "entry") to.lines.push({ text: at.head, path: at.path });
  // Lists stand as deep as their key.
  const isFlush = at.is === "root" || (at.is === "entry" && Array.isArray(value));
  const indent = isFlush ? at.indent : `${at.indent}  `;
  // The first entry of a map or list stands beside the dash.
  let lead = at.is === "item" ? at.head : indent;
  for (const [step, one] of entries) {
    const [is, head] =
      typeof step === "number" ? (["item", "- "] as const) : (["entry", `${keyOf(step)}:`] as const);
    write(to, one, { is, head: `${lead}${head}`, indent, path: [...at.path, step] });
    lead = indent;
  }
}

function entriesOf(value: unknown): (readonly [string, unknown])[] | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  return Object.entries(value).filter(([, one]) => one !== undefined);
}

/** A value without parts. */
function writeOne({ lines, texts }: To, value: unknown, { is, head, indent, path }: At): void {
  const text = Array.isArray(value)
    ? "[]"
    : typeof value === "object" && value !== null
      ? "{}"
      : typeof value === "string"
        ? textOf(value, texts)
        : String(value ?? null);
  const [first = "", ...rest] = text.split("\n");
  lines.push({ text: `${head}${is === "entry" ? " " : ""}${first}`, path });
  for (const line of rest)
    lines.push({ text: line === "" ? "" : `${is === "root" ? "" : indent}  ${line}`, path });
}

function keyOf(key: string): string {
  return isPlain(key) ? key : JSON.stringify(key);
}

function isPlain(text: string): boolean {
  return PLAIN.test(text) && !OTHER.test(text) && !/: |:$| #| $/.test(text);
}

/** On one line, or a block: its head, and a line for each of its own. */
function textOf(text: string, texts: Texts): string {
  if (isPlain(text)) return text;
  const body = text.endsWith("\n") ? text.slice(0, -1) : text;
  const end = text.length === body.length ? "-" : "";
  if (!body.includes("\n")) return JSON.stringify(text);
  if (texts === "readable") return `|${body.endsWith("\n") ? "+" : end}\n${body}`;
  if (body.endsWith("\n") || /^\s/.test(body) || NOT_IN_BLOCKS.test(body)) return JSON.stringify(text);
  return `|${end}\n${body}`;
}
