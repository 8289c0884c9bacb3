import { isMapping } from "../../../src/lib/is-mapping.ts";
import { parseYaml, parseYamlOrdered, printYaml, type YamlTree } from "../../../src/lib/yaml.ts";
import { jsonScalar, type PlainScalar, plainScalar } from "./plain-scalar.ts";

/** A file as SOPS stores it: what it wrote beside the values, the values, and how they are written without it. */
export interface Stored {
  sops: unknown;
  documents: YamlTree[];
  plain(text: string): PlainScalar;
  print(documents: readonly unknown[]): string;
}

export type ReadStored = { is: "stored"; stored: Stored } | { is: "wrong"; why: string };

/** SOPS goes by the ending of the name, too. */
export function readStored(path: string, text: string): ReadStored {
  if (/\.ya?ml$/.test(path)) return readYaml(text);
  if (path.endsWith(".env")) return readDotenv(text);
  if (path.endsWith(".ini"))
    return {
      is: "wrong",
      why: "it is an INI file, which is not decrypted: encrypt it as --input-type binary",
    };
  return readJson(text, path.endsWith(".json") ? "values" : "one text");
}

function readYaml(text: string): ReadStored {
  const { documents, problems } = parseYaml(text);
  const error = problems.find(({ severity }) => severity === "error");
  if (error !== undefined) return { is: "wrong", why: `line ${error.line}: ${error.text}` };
  const first = documents[0]?.value;
  return {
    is: "stored",
    stored: {
      sops: isMapping(first) ? first["sops"] : undefined,
      documents: parseYamlOrdered(text),
      plain: plainScalar,
      print: (values) => values.map(printYaml).join("---\n"),
    },
  };
}

/** @param holds `one text`: the file was no JSON before, and lies whole in its field `data` */
function readJson(text: string, holds: "values" | "one text"): ReadStored {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { is: "wrong", why: "it is cut, or no JSON" };
  }
  // Within texts JSON has no tab, and YAML knows it as white space in few places.
  const documents = parseYamlOrdered(text.replaceAll("\t", " "));
  return {
    is: "stored",
    stored: {
      sops: isMapping(value) ? value["sops"] : undefined,
      documents,
      plain: jsonScalar,
      print: ([whole]) =>
        holds === "values"
          ? `${JSON.stringify(whole, undefined, 2)}\n`
          : String(isMapping(whole) ? (whole["data"] ?? "") : ""),
    },
  };
}

/** Source: sops 3.10, stores/dotenv and stores/flatten.go. */
function readDotenv(text: string): ReadStored {
  const entries: { key: string; value: YamlTree }[] = [];
  const sops: Record<string, unknown> = {};
  for (const line of text.split("\n")) {
    if (line === "" || line.startsWith("#")) continue;
    const at = line.indexOf("=");
    if (at < 0) return { is: "wrong", why: "it is cut: a line holds no =" };
    const key = line.slice(0, at);
    const value = line.slice(at + 1).replaceAll("\\n", "\n");
    if (key.startsWith("sops_")) put(sops, key.slice("sops_".length), value);
    else entries.push({ key, value: { is: "scalar", style: "quoted", text: value } });
  }
  return {
    is: "stored",
    stored: {
      sops: Object.fromEntries(
        Object.entries(sops).map(([key, value]) => [key, value instanceof Map ? [...value.values()] : value]),
      ),
      documents: [{ is: "map", entries }],
      plain: plainScalar,
      print: ([whole]) =>
        Object.entries(isMapping(whole) ? whole : {})
          .map(([key, value]) => `${key}=${String(value).replaceAll("\n", "\\n")}\n`)
          .join(""),
    },
  };
}

/** `age__list_0__map_enc` is the field `enc` of the first of `age`. */
function put(into: Record<string, unknown>, name: string, value: string): void {
  const [, list, index, field] = /^(.+?)__list_(\d{1,3})__map_(.+)$/.exec(name) ?? [];
  if (list === undefined || index === undefined || field === undefined) {
    into[name] = value;
    return;
  }
  const items = into[list] instanceof Map ? into[list] : new Map<number, Record<string, unknown>>();
  into[list] = items;
  items.set(Number(index), { ...items.get(Number(index)), [field]: value });
}
