import { filled } from "../lib/defined.ts";
import type { Setting, SettingTable } from "./setting.ts";
import { SETTINGS } from "./settings.ts";

const DURATION = "^(\\d+|((\\d+\\.?\\d*|\\.\\d+)(ns|us|µs|ms|s|m|h))+)$";
const REFERENCE = {
  type: "object",
  properties: { file: { type: "string" } },
  required: ["file"],
  additionalProperties: false,
};

/** JSON Schema of the config, for editors. Values that hold `${NAME}` are taken as they stand. */
export function configSchema(): Record<string, unknown> {
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "Holdfast's config",
    ...objectSchema(SETTINGS, []),
  };
}

function objectSchema(settings: SettingTable, required: readonly string[]): Record<string, unknown> {
  const properties = Object.entries(settings).flatMap(([key, setting]): [string, unknown][] => {
    const entry: [string, unknown] = [key, { description: setting.doc, ...settingSchema(setting) }];
    return setting.is === "secret" || setting.is === "content"
      ? [entry, [`${key}File`, { description: `File that holds ${key}.`, type: "string" }]]
      : [entry];
  });
  return {
    type: "object",
    properties: Object.fromEntries(properties),
    ...filled({ required }),
    additionalProperties: false,
  };
}

function settingSchema(setting: Setting): Record<string, unknown> {
  switch (setting.is) {
    case "section":
      return objectSchema(setting.keys, []);
    case "sections":
      return { type: "array", items: objectSchema(setting.keys, setting.required) };
    case "secret":
    case "content":
      return { oneOf: [{ type: "string" }, REFERENCE] };
    case "flag":
      return { type: "boolean", default: setting.default };
    case "integer":
      return { type: "integer", minimum: setting.least, maximum: setting.most, default: setting.default };
    case "choice":
      return { enum: setting.of, default: setting.default };
    case "duration":
      return {
        oneOf: [
          { type: "string", pattern: DURATION },
          { type: "integer", minimum: 0 },
        ],
        default: setting.default,
      };
    case "schedule":
      return { oneOf: [{ type: "string" }, { type: "integer", minimum: 1 }], default: setting.default };
    case "paths":
    case "texts":
    case "words":
      return { type: "array", items: { type: "string" }, default: setting.default };
    case "secrets":
      return {
        type: "object",
        additionalProperties: { oneOf: [{ type: "string" }, REFERENCE] },
        default: {},
      };
    case "labels":
      return { type: "object", additionalProperties: { type: "string" }, default: {} };
    case "text":
    case "path":
      return { type: "string", default: setting.default };
  }
}
