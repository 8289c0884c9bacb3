import { resolve } from "node:path";
import { Secret } from "../core/model/secret.ts";
import { codeOf } from "../lib/caught.ts";
import { parseDurationMs } from "../lib/duration.ts";
import type { FieldPath } from "../lib/field-path.ts";
import { isMapping } from "../lib/is-mapping.ts";
import { nearest } from "../lib/nearest.ts";
import { expandEnv } from "./expand-env.ts";
import { type Setting, type SettingTable, writtenKeys } from "./setting.ts";

export interface ReadContext {
  env: Readonly<Record<string, string | undefined>>;
  /** @throws where the file cannot be read */
  readFile: (path: string) => string;
  /** Why a croner pattern is wrong, undefined where it is right. */
  validateCron: (pattern: string) => string | undefined;
  /** Paths are relative to it. */
  folder: string;
  report: (path: FieldPath, text: string, fix?: string) => void;
}

/** Values by key: text, number, boolean, Secret, lists and sections of them. `undefined` where a key has no value. */
export type Values = Record<string, unknown>;

/** Reads one section; every key that is not written gets its default. Deviations are reported, and the default stands in. */
export function readSection(
  value: unknown,
  settings: SettingTable,
  path: FieldPath,
  context: ReadContext,
): Values {
  const written = value === undefined || value === null ? {} : value;
  if (!isMapping(written)) {
    context.report(path, `must be a mapping, not ${nameOf(written)}`);
    return readSection({}, settings, path, context);
  }
  const entries = written;
  const known = writtenKeys(settings);
  for (const key of Object.keys(entries)) {
    if (known.includes(key)) continue;
    const meant = nearest(key, known);
    context.report(
      [...path, key],
      "is no setting",
      meant === undefined ? `Settings here are ${known.join(", ")}` : `Did you mean ${meant}?`,
    );
  }
  return Object.fromEntries(
    Object.entries(settings).map(([key, setting]) => [
      key,
      readSetting(entries, key, setting, [...path, key], context),
    ]),
  );
}

function readSetting(
  entries: Record<string, unknown>,
  key: string,
  setting: Setting,
  path: FieldPath,
  context: ReadContext,
): unknown {
  const value = entries[key] ?? undefined;
  switch (setting.is) {
    case "section":
      return readSection(value, setting.keys, path, context);
    case "sections":
      return readSections(value, setting, path, context);
    case "secret":
    case "content": {
      const text = readContent(entries, key, path, context);
      return text === undefined || setting.is === "content" ? text : new Secret(text);
    }
    case "words": {
      const words: unknown = value ?? setting.default;
      if (Array.isArray(words) && words.every((word) => typeof word === "string")) return words;
      context.report(
        path,
        Array.isArray(words) ? "must be a list of strings" : `must be a list, not ${nameOf(words)}`,
        'Write it like [sh, -c, "helm template ."]',
      );
      return [...setting.default];
    }
    case "labels": {
      if (value === undefined) return {};
      if (!isMapping(value)) {
        context.report(path, `must be a mapping, not ${nameOf(value)}`);
        return {};
      }
      return Object.fromEntries(
        Object.entries(value).flatMap(([name, text]) => {
          const read = readText(text, [...path, name], context);
          return read === undefined ? [] : [[name, read]];
        }),
      );
    }
    case "secrets": {
      if (value === undefined) return {};
      if (!isMapping(value)) {
        context.report(path, `must be a mapping, not ${nameOf(value)}`);
        return {};
      }
      const names = new Set(
        Object.keys(value).map((name) => (name.endsWith("File") ? name.slice(0, -"File".length) : name)),
      );
      return Object.fromEntries(
        [...names].flatMap((name) => {
          const text = readContent(value, name, [...path, name], context);
          return text === undefined ? [] : [[name, new Secret(text)]];
        }),
      );
    }
    case "paths":
    case "texts": {
      if (value !== undefined && !Array.isArray(value))
        context.report(path, `must be a list, not ${nameOf(value)}`);
      const list: unknown[] = Array.isArray(value) ? value : [...setting.default];
      const texts = list.flatMap((item, index) => readText(item, [...path, index], context) ?? []);
      return setting.is === "paths" ? texts.map((text) => resolve(context.folder, text)) : texts;
    }
    case "flag":
      if (value === undefined || typeof value === "boolean") return value ?? setting.default;
      context.report(path, `must be true or false, not ${nameOf(value)}`);
      return setting.default;
    case "integer":
      if (value === undefined) return setting.default;
      if (
        typeof value === "number" &&
        Number.isInteger(value) &&
        value >= setting.least &&
        value <= setting.most
      )
        return value;
      context.report(path, `must be a whole number from ${setting.least} to ${setting.most}`);
      return setting.default;
    default:
      return readWord(value, setting, path, context);
  }
}

function readSections(
  value: unknown,
  setting: Setting & { is: "sections" },
  path: FieldPath,
  context: ReadContext,
): Values[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) {
    context.report(path, `must be a list, not ${nameOf(value)}`);
    return [];
  }
  return value.map((item: unknown, index) => {
    const section = readSection(item, setting.keys, [...path, index], context);
    const written = typeof item === "object" && item !== null ? (item as Record<string, unknown>) : {};
    for (const key of setting.required) {
      if (written[key] === undefined || written[key] === null || written[key] === "")
        context.report([...path, index, key], "this setting is required");
    }
    return section;
  });
}

/** Settings that are one word or line. */
function readWord(
  value: unknown,
  setting: Setting & { is: "text" | "duration" | "schedule" | "choice" | "path" },
  path: FieldPath,
  context: ReadContext,
): unknown {
  // A bare number is a duration in seconds.
  const isDuration = setting.is === "duration" || setting.is === "schedule";
  const plain = isDuration && typeof value === "number" && Number.isInteger(value) ? `${value}s` : value;
  if (setting.is === "choice" && plain !== undefined && typeof plain !== "string") {
    context.report(path, `must be ${oneOf(setting.of)}, not ${nameOf(plain)}`);
    return setting.default;
  }
  const text = plain === undefined ? setting.default : (readText(plain, path, context) ?? setting.default);
  const wrong = (what: string, fix?: string): void => context.report(path, what, fix);
  switch (setting.is) {
    case "text":
      if (text !== "" && setting.pattern !== undefined && !setting.pattern.test(text))
        wrong(setting.wrong ?? "is not valid");
      return text;
    case "path":
      // A shell's sign, and no shell reads this.
      if (text === "~" || text.startsWith("~/"))
        wrong("~ means no folder here", `Write "\${HOME}${text.slice(1)}"`);
      return text === "" ? "" : resolve(context.folder, text);
    case "choice": {
      if (setting.of.includes(text)) return text;
      const meant = nearest(text, setting.of);
      wrong(`must be ${oneOf(setting.of)}`, meant === undefined ? undefined : `Did you mean ${meant}?`);
      return setting.default;
    }
    case "duration": {
      const ms = parseDurationMs(text);
      if (ms !== undefined && ms >= setting.leastMs) return ms;
      wrong(
        ms === undefined ? "is no duration" : `must be ${setting.leastMs / 1_000}s or more`,
        ms === undefined ? "Write it like 10s, 1m30s or 2h" : undefined,
      );
      return parseDurationMs(setting.default);
    }
    case "schedule": {
      const everyMs = parseDurationMs(text);
      if (everyMs !== undefined) {
        if (everyMs < 1_000) wrong("must be 1s or more");
        return { everyMs };
      }
      const problem = context.validateCron(text);
      // croner's words quote the pattern: what came from the environment is not repeated.
      if (problem !== undefined)
        wrong(
          `is neither a duration nor a pattern${text === plain ? `: ${problem}` : ""}`,
          'Write it like "*/3 * * * *" or 10s',
        );
      return { cron: text };
    }
  }
}

function oneOf(words: readonly string[]): string {
  return `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}

function readText(value: unknown, path: FieldPath, context: ReadContext): string | undefined {
  if (typeof value !== "string") {
    context.report(
      path,
      `must be a string, not ${nameOf(value)}`,
      typeof value === "object" ? undefined : "Put it in quotes",
    );
    return undefined;
  }
  const expanded = expandEnv(value, context.env);
  if (expanded.ok) return expanded.text;
  context.report(path, expanded.text, expanded.fix);
  return undefined;
}

/** A text in place, `{ file: path }`, or the path under `<key>File`. Files are taken as they are, without a last line break. */
function readContent(
  entries: Record<string, unknown>,
  key: string,
  path: FieldPath,
  context: ReadContext,
): string | undefined {
  const fileKey = `${key}File`;
  const value = entries[key] ?? undefined;
  const besides = entries[fileKey] ?? undefined;
  const besidesPath = [...path.slice(0, -1), fileKey];
  if (value !== undefined && besides !== undefined) {
    context.report(besidesPath, `is written beside ${key}`, "Remove one of them");
    return undefined;
  }
  if (besides !== undefined) return readContentFile(besides, besidesPath, context);
  if (isMapping(value)) {
    const { file, ...others } = value;
    if (file !== undefined && Object.keys(others).length === 0)
      return readContentFile(file, [...path, "file"], context);
    context.report(path, "must be a string, or { file: path }");
    return undefined;
  }
  if (value === undefined) return undefined;
  const text = readText(value, path, context);
  if (text === "") context.report(path, "is empty", "Remove the key, or give it a value");
  return text === "" ? undefined : text;
}

function readContentFile(value: unknown, path: FieldPath, context: ReadContext): string | undefined {
  const name = readText(value, path, context);
  if (name === undefined) return undefined;
  try {
    const text = context.readFile(resolve(context.folder, name)).replace(/\r?\n$/, "");
    if (text !== "") return text;
    context.report(path, `the file ${name} is empty`);
  } catch (cause) {
    context.report(path, `the file ${name} cannot be read: ${reasonOf(cause)}`);
  }
  return undefined;
}

/** `no such file`, `permission denied`; of other errors the code alone: their words may hold anything. */
export function reasonOf(cause: unknown): string {
  const code = codeOf(cause) || "unknown error";
  return (
    {
      ENOENT: "no such file",
      EACCES: "permission denied",
      EISDIR: "it is a folder",
      ENOTDIR: "part of its path is no folder",
    }[code] ?? code
  );
}

function nameOf(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  return value === null
    ? "empty"
    : typeof value === "object"
      ? "a mapping"
      : typeof value === "boolean"
        ? "a flag"
        : `a ${typeof value}`;
}
