/** JSON values as YAML for people: blocks, plain words where they mean nothing else, and long texts line by line. */

/** What YAML 1.1 or 1.2 reads as something else than a text. */
const OTHER = /^(?:~|null|true|false|yes|no|on|off|y|n|[-+]?\.?(?:inf|nan)|=|<<)$/i;
const PLAIN = /^[A-Za-z_/][\w./@+ :-]*$/;

/** @returns without a newline at its end */
export function yamlText(value: unknown): string {
  return block(value, "").replace(/^\n/, "");
}

/** What stands after `key:` or `-`: on the same line, or from the next one on. */
function block(value: unknown, indent: string): string {
  if (Array.isArray(value)) {
    if (value.length === 0) return "[]";
    return `\n${value.map((one) => `${indent}- ${inItem(one, `${indent}  `)}`).join("\n")}`;
  }
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value).filter(([, one]) => one !== undefined);
    if (entries.length === 0) return "{}";
    return `\n${entries.map(([key, one]) => `${indent}${entry(key, one, indent)}`).join("\n")}`;
  }
  return typeof value === "string" ? textOf(value, indent) : String(value ?? null);
}

/** The first entry of a map stands beside the dash. */
function inItem(value: unknown, indent: string): string {
  const text = block(value, indent);
  return text.startsWith("\n") ? text.slice(1 + indent.length) : text;
}

function entry(key: string, value: unknown, indent: string): string {
  // Lists stand as deep as their key.
  const text = block(value, Array.isArray(value) ? indent : `${indent}  `);
  return `${keyOf(key)}:${text.startsWith("\n") ? "" : " "}${text}`;
}

function keyOf(key: string): string {
  return isPlain(key) ? key : JSON.stringify(key);
}

function isPlain(text: string): boolean {
  return PLAIN.test(text) && !OTHER.test(text) && !/: |:$| #| $/.test(text);
}

function textOf(text: string, indent: string): string {
  if (isPlain(text)) return text;
  const [body = "", end = ""] = /^([\s\S]*?)(\n?)$/.exec(text)?.slice(1) ?? [];
  const lines = body.split("\n");
  const isBlock =
    lines.length > 1 &&
    !body.endsWith("\n") &&
    !/^[\s]/.test(body) &&
    // What YAML takes in a block.
    !/[^\n\x20-\x7e\u00a1-\ud7ff\ue000-\ufdcf\ufdf0-\ufefe\uff00-\ufffd]/u.test(body);
  if (!isBlock) return JSON.stringify(text);
  const shown = lines
    .map((line) => (line === "" ? "" : `${indent === "" ? "  " : indent}${line}`))
    .join("\n");
  return `|${end === "" ? "-" : ""}\n${shown}`;
}
