import { hashSha256 } from "../../../src/lib/hash.ts";
import { parseYaml } from "../../../src/lib/yaml.ts";
import { fillJsonPath } from "./json-path.ts";

export type Modified = { ok: true; value: unknown } | { ok: false; why: string };

type Modifier = (value: unknown, argument: string) => Modified;

const wrong = (why: string): Modified => ({ ok: false, why });
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
    const filled = fillJsonPath(argument, from);
    if (filled === undefined) return wrong(`${argument} is no JSONPath that is read here`);
    return filled === "missing" ? wrong(`the value has nothing at ${argument}`) : made(filled.found);
  },
};

/** @param written `jsonPath {.user}` */
export function modify(value: unknown, written: string): Modified {
  const [, name = "", argument = ""] = /^\s*(\S*)\s*(.*?)\s*$/s.exec(written) ?? [];
  const modifier = Object.hasOwn(MODIFIERS, name) ? MODIFIERS[name] : undefined;
  if (modifier === undefined)
    return wrong(
      `there is no modifier ${JSON.stringify(name)}: there are ${Object.keys(MODIFIERS).join(", ")}`,
    );
  const modified = modifier(value, argument);
  return modified.ok ? modified : wrong(`${name}: ${modified.why}`);
}

function ofText(modifier: (text: string, argument: string) => Modified): Modifier {
  return (value, argument) =>
    typeof value === "string" ? modifier(value, argument) : wrong("the value is no text");
}
