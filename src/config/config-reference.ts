/** docs/configuration.md, printed from the table of settings. */
import { AFTER_RESTART } from "./after-restart.ts";
import type { Setting, SettingTable } from "./setting.ts";
import { SETTINGS } from "./settings.ts";

const code = (text: string) => `\`${text}\``;

const HEAD = `# Configuration

Printed from the table by which a config is read; \`UPDATE_GOLDEN=1 bun test src/config\` prints it anew. The same as one file to begin with is [config/holdfast.yaml](../config/holdfast.yaml), and [config/holdfast.schema.json](../config/holdfast.schema.json) is for editors.

An empty file is a valid config. \`holdfast serve\` takes \`--config FILE\`, else \`holdfast.yaml\`, \`config/holdfast.yaml\` or \`/etc/holdfast/holdfast.yaml\`. \`holdfast validate\` tells every problem at once, with line and fix.

- Paths are relative to the config's file.
- \`\${NAME}\` is an environment variable, \`$$\` a dollar sign.
- A secret is a text, \`{ file: path }\`, or stands in a file that the key with \`File\` behind it names: \`tokenFile\` for \`token\`.
- A duration is Go's: \`90s\`, \`1h30m\`.
- The file is read again when it changes, and on SIGHUP. Changes of ${AFTER_RESTART.map(code).join(", ")} hold after a restart only, and \`holdfast status\` says so until then; of \`render\`, what options kustomize is run with holds at once.
- An edit that is wrong stops nothing: the config before it holds until it is mended.
`;

/** The page, a heading for each key at the top of the config. */
export function configReference(): string {
  return [HEAD, ...Object.entries(SETTINGS).map(([key, setting]) => section(key, setting))].join("\n");
}

function section(key: string, setting: Setting): string {
  const keys = keysOf(setting);
  const examples = examplesIn(setting, 1);
  const takes = takesOf(setting);
  return [
    `## ${key}`,
    "",
    linked(setting.doc),
    ...(takes === "" ? [] : ["", `Takes: ${takes}. Default: ${defaultOf(setting)}.`]),
    ...(keys === undefined
      ? []
      : ["", "| key | takes | default | |", "|---|---|---|---|", ...rows(keys, "", requiredOf(setting))]),
    ...(examples.length === 0 ? [] : ["", "```yaml", `${key}:`, ...examples, "```"]),
    "",
  ].join("\n");
}

/** One row a key, those below a section or a list behind its name. */
function rows(keys: SettingTable, before: string, required: readonly string[]): string[] {
  return Object.entries(keys).flatMap(([key, setting]) => {
    const below = keysOf(setting);
    const path = `${before}${key}${setting.is === "sections" ? "[]" : ""}`;
    const given = required.includes(key) ? "needed" : defaultOf(setting);
    return [
      `| ${code(path)} | ${takesOf(setting)} | ${given} | ${linked(setting.doc).replaceAll("|", "\\|")} |`,
      ...(below === undefined ? [] : rows(below, `${path}.`, requiredOf(setting))),
    ];
  });
}

function keysOf(setting: Setting): SettingTable | undefined {
  return setting.is === "section" || setting.is === "sections" ? setting.keys : undefined;
}

function requiredOf(setting: Setting): readonly string[] {
  return setting.is === "sections" ? setting.required : [];
}

/** Examples of lists, at their places; sections without one are left out. */
function examplesIn(setting: Setting, depth: number): string[] {
  const indent = "  ".repeat(depth);
  if (setting.is === "sections") return setting.example.map((line) => `${indent}${line}`);
  if (setting.is !== "section") return [];
  return Object.entries(setting.keys).flatMap(([key, below]) => {
    const lines = examplesIn(below, depth + 1);
    return lines.length === 0 ? [] : [`${indent}${key}:`, ...lines];
  });
}

/** What may be written there. */
function takesOf(setting: Setting): string {
  switch (setting.is) {
    case "section":
      return "";
    case "sections":
      return "a list";
    case "text":
      return "a text";
    case "flag":
      return "true or false";
    case "integer":
      return `${setting.least} to ${setting.most}`;
    case "duration":
      return "a duration";
    case "schedule":
      return "a duration or a cron pattern";
    case "choice":
      return setting.of.map(code).join(", ");
    case "path":
      return "a path";
    case "paths":
      return "paths";
    case "texts":
      return "texts";
    case "words":
      return "a command";
    case "labels":
      return "texts by name";
    case "secrets":
      return "texts or secrets by name";
    case "secret":
      return "a secret";
    case "content":
      return "a text of lines, or a file";
  }
}

function defaultOf(setting: Setting): string {
  switch (setting.is) {
    case "section":
      return "";
    case "sections":
    case "labels":
    case "secrets":
    case "secret":
    case "content":
      return "none";
    case "paths":
    case "texts":
    case "words":
      return setting.default.length === 0 ? "none" : setting.default.map(code).join(", ");
    default:
      return setting.default === "" ? "none" : code(String(setting.default));
  }
}

/** Plain text as Markdown: pages of docs/ are links there, angle brackets are no HTML, and stars make nothing slanted. */
function linked(doc: string): string {
  return doc
    .replace(/\bdocs\/([\w-]+\.md)/g, "[$1]($1)")
    .replace(/`[^`]*`|<[^<>]*>|\*/g, (found) =>
      found.startsWith("`") ? found : found === "*" ? "\\*" : code(found),
    );
}
