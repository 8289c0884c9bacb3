import { ANNOTATION } from "../../../src/core/model/application.ts";
import { type FilledPath, sayFilled } from "../../../src/core/model/filled-in.ts";
import { isMapping } from "../../../src/lib/is-mapping.ts";
import type { SecretPlace } from "../../../src/plugin/contract.ts";
import { bytesOf, MAX_VALUE_BYTES, modify, textOf } from "./modifiers.ts";

/** Annotations of argocd-vault-plugin. */
const AVP = "avp.kubernetes.io/";
/** One that says where it is, and one that leaves that to the annotation. */
const PLACED = /<path:[^<>\n]+>/g;
const ANY = /<[^<>\n]+>/g;
/** Of one placeholder. */
const MAX_MODIFIERS = 8;
/** Of all values that a render fills in, in bytes. */
const MAX_FILLED_BYTES = 64 << 20;
/** Signs of a placeholder that a sentence repeats. */
const MAX_NAME = 200;
const MISSING = Symbol("missing");

/** What replacing needs of the outside world. @throws {Failure} where the secret cannot be had */
export type ReadSecret = (place: SecretPlace) => Promise<Readonly<Record<string, unknown>>>;

/** What may stand in a place: in `data`, labels and the like only a text. */
type Takes = "any value" | "text";

/** What one render has filled in so far. */
export interface FilledSoFar {
  bytes: number;
}

export type Replaced =
  | { is: "untouched" }
  | { is: "replaced"; object: Record<string, unknown> }
  | { is: "refused"; why: string; fix: string };

/**
 * An object with the values of its placeholders: `<path:secret/data/app#key#version | modifier>` anywhere, and `<key>`
 * where the annotation avp.kubernetes.io/path says of which secret. In a Secret what base64 hides is looked at too.
 * Keys are left as they are. Source: argocd-vault-plugin's documentation.
 */
export async function replacePlaceholders(
  object: Record<string, unknown>,
  read: ReadSecret,
  soFar: FilledSoFar = { bytes: 0 },
): Promise<Replaced> {
  const annotations = annotationsOf(object);
  if (annotations[`${AVP}ignore`] === "true") return { is: "untouched" };
  const own = annotations[`${AVP}path`];
  const kvVersion = annotations[`${AVP}kv-version`] ?? "";
  const kind = object["kind"];
  const removes = annotations[`${AVP}remove-missing`] === "true";
  if (removes && kind !== "Secret" && kind !== "ConfigMap")
    return {
      is: "refused",
      why: `${AVP}remove-missing is for Secrets and ConfigMaps only`,
      fix: "Remove the annotation",
    };
  let refused: { why: string; fix: string } | undefined;
  const replaced: FilledPath[] = [];

  const walk = async (value: unknown, takes: Takes, at: FilledPath): Promise<unknown> => {
    if (refused !== undefined) return value;
    if (typeof value === "string") return text(value, takes, at);
    if (Array.isArray(value)) {
      const items: unknown[] = [];
      for (const item of value) {
        const made = await walk(item, takes, [...at, "*"]);
        if (made !== MISSING) items.push(made);
      }
      return items;
    }
    if (!isMapping(value)) return value;
    const fields: [string, unknown][] = [];
    for (const [key, field] of Object.entries(value)) {
      const made = await walk(field, takes, [...at, key]);
      if (made !== MISSING) fields.push([key, made]);
    }
    return Object.fromEntries(fields);
  };

  async function text(written: string, takes: Takes, at: FilledPath): Promise<unknown> {
    if (kind === "Secret") {
      const inside = hiddenText(written);
      if (inside !== undefined) {
        const made = await filled(inside, "text", at);
        if (made === MISSING) return MISSING;
        return typeof made === "string" && made !== inside ? Buffer.from(made).toString("base64") : written;
      }
    }
    return filled(written, takes, at);
  }

  async function filled(written: string, takes: Takes, at: FilledPath): Promise<unknown> {
    const found = [...written.matchAll(own === undefined ? PLACED : ANY)];
    let made = "";
    let end = 0;
    for (const { 0: placeholder, index } of found) {
      const value = await valueAt(placeholder.slice(1, -1));
      if (refused !== undefined) return written;
      if (value === MISSING) return MISSING;
      replaced.push(at);
      const shown = textOf(value);
      soFar.bytes += Buffer.byteLength(shown);
      if (soFar.bytes > MAX_FILLED_BYTES) {
        refused = {
          why: `with it, the values that this render fills in are larger than ${MAX_FILLED_BYTES >> 20} MiB`,
          fix: "Split the application, or write fewer placeholders",
        };
        return written;
      }
      if (placeholder === written && takes === "any value") return value;
      made += written.slice(end, index) + shown;
      end = index + placeholder.length;
    }
    return made + written.slice(end);
  }

  async function valueAt(placeholder: string): Promise<unknown> {
    const [name = "", ...modifiers] = placeholder.split("|");
    const called = name.trim().slice(0, MAX_NAME);
    if (modifiers.length > MAX_MODIFIERS) {
      refused = {
        why: `<${called}> has ${modifiers.length} modifiers, and ${MAX_MODIFIERS} are the most`,
        fix: "Write fewer",
      };
      return undefined;
    }
    const place = placeOf(name.trim());
    if (place === undefined) {
      refused = {
        why: `<${called}> says no path and key`,
        fix: "Write <path:secret/data/app#key>",
      };
      return undefined;
    }
    const { key, path, version } = place;
    const values = await read({ path, version, kvVersion });
    if (!Object.hasOwn(values, key) || values[key] === null) {
      if (removes && !name.trim().startsWith("path:")) return MISSING;
      refused = {
        why: `${path} has no key ${key}${version === "" ? "" : ` in version ${version}`}`,
        fix: "Correct the placeholder, or put the key there",
      };
      return undefined;
    }
    let value: unknown = values[key];
    if (bytesOf(value) > MAX_VALUE_BYTES) {
      refused = {
        why: `<${called}>: the value is larger than ${MAX_VALUE_BYTES >> 20} MiB`,
        fix: "Keep a smaller one there, or in several keys",
      };
      return undefined;
    }
    for (const modifier of modifiers) {
      const modified = modify(value, modifier);
      if (!modified.ok) {
        refused = { why: `<${called}>: ${modified.why}`, fix: "Correct its modifiers, or the value" };
        return undefined;
      }
      value = modified.value;
    }
    return value;
  }

  function placeOf(name: string): { path: string; key: string; version: string } | undefined {
    const [, path = "", key = "", version = ""] = /^path:([^#]+)#([^#]+)(?:#([^#]*))?$/.exec(name) ?? [];
    if (path !== "") return { path: path.trim(), key: key.trim(), version: version.trim() };
    if (name.startsWith("path:") || own === undefined) return undefined;
    return { path: own.trim(), key: name, version: annotations[`${AVP}secret-version`] ?? "" };
  }

  const fields: [string, unknown][] = [];
  for (const [field, value] of Object.entries(object)) {
    const isText =
      field === "metadata" || ((kind === "Secret" || kind === "ConfigMap") && /[dD]ata$/.test(field));
    const made = await walk(value, isText ? "text" : "any value", [field]);
    if (made !== MISSING) fields.push([field, made]);
  }
  if (refused !== undefined) return { is: "refused", ...(refused as { why: string; fix: string }) };
  const changed = Object.fromEntries(fields);
  return replaced.length > 0 || (removes && JSON.stringify(changed) !== JSON.stringify(object))
    ? { is: "replaced", object: marked(changed, replaced) }
    : { is: "untouched" };
}

/** The object says where it was filled in; what a Secret holds is known to be secret without that. */
function marked(object: Record<string, unknown>, paths: readonly FilledPath[]): Record<string, unknown> {
  const isData = ([first]: FilledPath): boolean => first === "data" || first === "stringData";
  const said = sayFilled(object["kind"] === "Secret" ? paths.filter((path) => !isData(path)) : paths);
  const { metadata } = object;
  if (said === "" || !isMapping(metadata)) return object;
  const annotations = isMapping(metadata["annotations"]) ? metadata["annotations"] : {};
  return {
    ...object,
    metadata: { ...metadata, annotations: { ...annotations, [ANNOTATION.filledIn]: said } },
  };
}

/** Paths of fields whose name looks like a placeholder: nobody replaces them. */
export function placeholdersInKeys(value: unknown, path: readonly string[] = []): string[] {
  if (Array.isArray(value)) return value.flatMap((item, at) => placeholdersInKeys(item, [...path, `${at}`]));
  if (!isMapping(value)) return [];
  return Object.entries(value).flatMap(([key, field]) => [
    ...(/<path:[^<>]+>/.test(key) ? [[...path, key].join(".")] : []),
    ...placeholdersInKeys(field, [...path, key]),
  ]);
}

/** What base64 hides, where it is a text with something like a placeholder in it. */
function hiddenText(written: string): string | undefined {
  if (!/^[A-Za-z0-9+/\s]+={0,2}$/.test(written.trimEnd())) return undefined;
  const inside = Buffer.from(written, "base64").toString("utf8");
  return /<[^<>\n]+>/.test(inside) ? inside : undefined;
}

function annotationsOf(object: Record<string, unknown>): Record<string, string> {
  const { metadata } = object;
  const annotations = isMapping(metadata) ? metadata["annotations"] : undefined;
  if (!isMapping(annotations)) return {};
  return Object.fromEntries(
    Object.entries(annotations).flatMap(([name, value]) =>
      typeof value === "string" ? [[name, value]] : [],
    ),
  );
}
