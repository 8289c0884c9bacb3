/** The last config that a daemon held, kept in its data folder: a file that an edit broke must not keep it from starting. */
import { chmodSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { Secret } from "../core/model/secret.ts";
import { isMapping } from "../lib/is-mapping.ts";
import { parseYaml } from "../lib/yaml.ts";
import type { Config } from "./config.ts";

/**
 * Texts by path: those of the files with users' checks and policies, and the config's own unless a secret stands in it:
 * then it is read as it is now, with these beside it. What holds secrets alone is not among them.
 */
export interface HeldTexts {
  /** The config's absolute path. */
  file: string;
  texts: Readonly<Record<string, string>>;
}

const NAME = "last-config.json";

/** Readable by its owner only. @throws where the folder takes no file */
export function rememberHeld(data: string, held: HeldTexts): void {
  const at = join(data, NAME);
  const fresh = `${at}.${process.pid}`;
  writeFileSync(fresh, JSON.stringify(held), { mode: 0o600 });
  chmodSync(fresh, 0o600);
  renameSync(fresh, at);
}

/**
 * Whether one of the config's secrets stands in its text itself, however it is quoted there, and not in a variable or a
 * file: such a text is not copied, because the data folder holds nobody's secrets.
 */
export function holdsSecret(text: string, config: Config): boolean {
  const secrets = secretsIn(config).filter((secret) => secret !== "");
  const { documents } = parseYaml(text, { duplicateKeys: "keep-last" });
  return documents.some(({ value }) =>
    textsIn(value).some((written) => secrets.some((secret) => written.includes(secret))),
  );
}

function secretsIn(value: unknown): string[] {
  if (value instanceof Secret) return [String(value.reveal())];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(secretsIn) : [];
}

function textsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

/** @returns undefined where none was held here, where it was another file's, or where it cannot be read */
export function lastHeld(data: string, file: string): HeldTexts | undefined {
  let held: unknown;
  try {
    held = JSON.parse(readFileSync(join(data, NAME), "utf8"));
  } catch (cause) {
    if (cause instanceof Error) return undefined;
    throw cause;
  }
  if (!isMapping(held) || held["file"] !== file || !isMapping(held["texts"])) return undefined;
  const texts = Object.entries(held["texts"]).filter(
    (entry): entry is [string, string] => typeof entry[1] === "string",
  );
  return { file, texts: Object.fromEntries(texts) };
}

/**
 * Where the data of a config may be whose text does not parse: where it says so, else at the default place.
 * @param text "" where it cannot be read
 */
export function dataFoldersOf(
  text: string,
  file: string,
  env: Readonly<Record<string, string | undefined>>,
): string[] {
  const [, quoted, plain] = /^data:[ \t]*(?:["']([^"'\n]+)["']|([^\s#"']+))/m.exec(text) ?? [];
  const written = (quoted ?? plain ?? "").replace(/\$\{(\w+)\}/g, (_, name: string) => env[name] ?? "");
  const folder = dirname(file);
  return [...new Set([...(written === "" ? [] : [resolve(folder, written)]), resolve(folder, "data")])];
}
