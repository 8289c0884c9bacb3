import type { Setting, SettingTable } from "./setting.ts";
import { SETTINGS } from "./settings.ts";

const WIDTH = 120;

/** The documented config: every key with what it means and its default; what has no default stands in comments. */
export function sampleConfig(): string {
  const head = [
    "# yaml-language-server: $schema=./holdfast.schema.json",
    ...comment(
      "Holdfast's config. Every key stands here with its default, so an empty file means the same. Paths are relative to this file. ${NAME} is an environment variable, $$ a dollar sign. A secret may also be `{ file: path }`, or stand in a file that the key with File behind it names: tokenFile. Checked by `holdfast validate`; read again when it changes, and on SIGHUP.",
    ),
  ];
  return `${[...head, ...section(SETTINGS, "")].join("\n")}\n`;
}

function section(settings: SettingTable, indent: string): string[] {
  return Object.entries(settings).flatMap(([key, setting]) => [
    ...(indent === "" ? [""] : []),
    ...comment(setting.doc, indent),
    ...entry(key, setting, indent),
  ]);
}

function entry(key: string, setting: Setting, indent: string): string[] {
  switch (setting.is) {
    case "section":
      return [`${indent}${key}:`, ...section(setting.keys, `${indent}  `)];
    case "sections":
      return [
        `${indent}${key}: []`,
        ...setting.example.map((line) => `${indent}#${line}`),
        ...Object.entries(setting.keys).flatMap(([name, of]) =>
          comment(`${name}${setting.required.includes(name) ? "" : isGiven(of)}: ${of.doc}`, `${indent}  `),
        ),
      ];
    case "secret":
      return [`${indent}#${key}: ${JSON.stringify(setting.example ?? "…")}`];
    case "content":
      return [`${indent}#${key}: |`];
    case "labels":
    case "secrets":
      return [`${indent}${key}: {}`];
    case "words":
      return [`${indent}${key}: [${setting.default.join(", ")}]`];
    case "paths":
    case "texts":
      return [
        `${indent}${key}: [${setting.default.join(", ")}]${setting.example === undefined ? "" : `   # ${setting.example}`}`,
      ];
    case "flag":
    case "integer":
      return [`${indent}${key}: ${setting.default}`];
    default:
      return [
        `${indent}${key}: ${/^[\w./-]+$/.test(setting.default) ? setting.default : JSON.stringify(setting.default)}${setting.is === "choice" ? `   # ${setting.of.join(", ")}` : ""}`,
      ];
  }
}

function isGiven(setting: Setting): string {
  return setting.is === "secret" || setting.is === "content" ? " (or a file)" : " (optional)";
}

function comment(text: string, indent = ""): string[] {
  const lines: string[] = [];
  let line = `${indent}#`;
  for (const word of text.split(" ")) {
    if (line.length + word.length >= WIDTH) {
      lines.push(line);
      line = `${indent}#`;
    }
    line += ` ${word}`;
  }
  return [...lines, line];
}
