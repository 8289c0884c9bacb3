import { hashSha256 } from "../../../src/lib/hash.ts";
import { parseYaml } from "../../../src/lib/yaml.ts";
import { fillJsonPath } from "./json-path.ts";

export type Modified = { ok: true; value: unknown } | { ok: false; why: string };

type Modifier = (value: unknown, argument: string) => Modified;

/** Of one value, in bytes; a Secret cannot hold more. */
export const MAX_VALUE_BYTES = 1 << 20;
/** What a modifier is given beside the value, in signs. */
const MAX_ARGUMENT = 1_024;

const wrong = (why: string): Modified => ({ ok: false, why });
const TOO_LARGE = `what it makes is larger than ${MAX_VALUE_BYTES >> 20} MiB`;
const made = (value: unknown): Modified => ({ ok: true, value });

/** argocd-vault-plugin's, by their names. No sentence repeats what they are given. Source: its documentation. */
const MODIFIERS: Readonly<Record<string, Modifier>> = {
  base64encode: ofText((text) => made(Buffer.from(text).toString("base64"))),
  base64decode: ofText((text) => made(Buffer.from(text, "base64").toString("utf8"))),
  sha256sum: ofText((text) => made(hashSha256(text))),
  indent: ofText((text, argument) => {
    if (!/^\d{1,3}$/.test(argument)) return wrong("it needs a number of spaces");
    const [first = "", ...rest] = text.replace(/\n$/, "").split("\n");
    const by = " ".repeat(Number(argument));
    if (text.length + rest.length * by.length > MAX_VALUE_BYTES) return wrong(TOO_LARGE);
    return made([first, ...rest.map((line) => (line === "" ? "" : `${by}${line}`))].join("\n"));
  }),
  jsonParse: ofText((text) => {
    try {
      return made(JSON.parse(text));
    } catch {
      return wrong("the value is no JSON");
    }
  }),
  yamlParse: ofText((text) => {
    const { documents, problems } = parseYaml(text);
    return problems.some(({ severity }) => severity === "error")
      ? wrong("the value is no YAML")
      : made(documents[0]?.value ?? null);
  }),
  jsonPath(value, argument) {
    let from = value;
    if (typeof value === "string")
      try {
        from = JSON.parse(value) as unknown;
      } catch {
        return wrong("the value is no JSON");
      }
    const filled = fillJsonPath(argument, from, MAX_VALUE_BYTES);
    if (filled === "too large") return wrong(TOO_LARGE);
    if (filled === undefined) return wrong(`${argument} is no JSONPath that is read here`);
    return filled === "missing" ? wrong(`the value has nothing at ${argument}`) : made(filled.found);
  },
};

/** @param written `jsonPath {.user}` */
export function modify(value: unknown, written: string): Modified {
  const words = written.trim();
  const end = words.search(/\s|$/);
  const [name, argument] = [words.slice(0, end), words.slice(end).trim()];
  const modifier = Object.hasOwn(MODIFIERS, name) ? MODIFIERS[name] : undefined;
  if (modifier === undefined)
    return wrong(
      `there is no modifier ${JSON.stringify(name.slice(0, 100))}: there are ${Object.keys(MODIFIERS).join(", ")}`,
    );
  if (argument.length > MAX_ARGUMENT)
    return wrong(`${name}: what it is given is longer than ${MAX_ARGUMENT} signs`);
  const modified = modifier(value, argument);
  if (!modified.ok) return wrong(`${name}: ${modified.why}`);
  return bytesOf(modified.value) > MAX_VALUE_BYTES ? wrong(`${name}: ${TOO_LARGE}`) : modified;
}

/** As it is written into a text. */
export function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

export function bytesOf(value: unknown): number {
  return Buffer.byteLength(textOf(value));
}

function ofText(modifier: (text: string, argument: string) => Modified): Modifier {
  return (value, argument) =>
    typeof value === "string" ? modifier(value, argument) : wrong("the value is no text");
}
