import { readdir, readFile, realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Problem } from "../core/model/problem.ts";
import { messageOf } from "../lib/caught.ts";
import { defined } from "../lib/defined.ts";
import { compileGlob } from "../lib/glob.ts";
import { hashText } from "../lib/hash.ts";
import { isMapping } from "../lib/is-mapping.ts";
import type { HealthCheck, Notifier, Renderer } from "./contract.ts";

/** A renderer with where it came from. */
export interface LoadedRenderer {
  renderer: Renderer;
  /** Changes when its code does: part of every cache key. */
  fingerprint: string;
  from: "built-in" | "operator";
  /** In its place where commits are rendered that are not merged: has nothing that is this machine's or a store's alone. */
  unmerged?: Renderer;
}

export interface LoadOptions {
  builtIns: readonly Renderer[];
  /** Default: none. */
  notifiers?: readonly Notifier[];
  /** Stands for the code of the built-ins: this program's version. */
  version: string;
  /** An operator's, absolute: folders of modules and of folders with an `index` module, or single modules. */
  places: readonly string[];
}

const MODULE = /\.(?:ts|js|mjs)$/;
const NO_PLUGIN = /\.(?:test|spec|d)\.(?:ts|js|mjs)$/;
const CODE = /\.(?:ts|js|mjs|json)$/;
const NAME = /^[a-z][a-z0-9-]*$/;
const METHODS = {
  renderer: ["claims", "inputs", "render"],
  "health-check": ["judge"],
  notifier: ["requests"],
} as const;
const WORDS = { renderer: "renderers", "health-check": "health checks", notifier: "notifiers" } as const;

export interface LoadedPlugins {
  renderers: LoadedRenderer[];
  healthChecks: HealthCheck[];
  notifiers: Notifier[];
  problems: Problem[];
}

/** Imports an operator's plugins, each once, and puts them beside the built-ins. Every problem at once; a plugin with one is not loaded. */
export async function loadPlugins({
  builtIns,
  notifiers: ownNotifiers = [],
  version,
  places,
}: LoadOptions): Promise<LoadedPlugins> {
  const renderers = builtIns.map(
    (renderer): LoadedRenderer => ({ renderer, fingerprint: version, from: "built-in" }),
  );
  const healthChecks: HealthCheck[] = [];
  const notifiers = [...ownNotifiers];
  const fileByName = new Map(
    [...builtIns, ...notifiers].map(({ kind, name }) => [`${kind} ${name}`, "the built-in one"]),
  );
  const problems: Problem[] = [];
  for (const place of places) {
    const found = await modulesIn(place);
    if ("problem" in found) problems.push(found.problem);
    else
      for (const file of found.modules) {
        const loaded = await importPlugin(file);
        if ("problem" in loaded) {
          problems.push(loaded.problem);
          continue;
        }
        const { kind, name } = loaded.plugin;
        const other = fileByName.get(`${kind} ${name}`);
        if (other !== undefined) {
          problems.push({
            severity: "error",
            file,
            path: "name",
            text: `two ${WORDS[kind]} are named ${name}, this one and ${other}`,
            fix: "Give one of them another name",
          });
          continue;
        }
        fileByName.set(`${kind} ${name}`, file);
        if (loaded.plugin.kind === "health-check") healthChecks.push(loaded.plugin);
        else if (loaded.plugin.kind === "notifier") notifiers.push(loaded.plugin);
        else renderers.push({ renderer: loaded.plugin, fingerprint: found.fingerprint, from: "operator" });
      }
  }
  return { renderers, healthChecks, notifiers, problems };
}

async function modulesIn(
  place: string,
): Promise<{ modules: string[]; fingerprint: string } | { problem: Problem }> {
  const problem = (text: string, fix: string): { problem: Problem } => ({
    problem: { severity: "error", file: place, text, fix },
  });
  const kind = await stat(place).catch(() => undefined);
  if (kind === undefined)
    return problem("there is no such file or folder of plugins", "Correct `plugins` in the config");
  if (kind.isFile()) return { modules: [await realpath(place)], fingerprint: await fingerprintOf([place]) };
  const folder = await realpath(place);
  const modules: string[] = [];
  for (const entry of (await readdir(folder, { withFileTypes: true })).sort((a, b) =>
    a.name < b.name ? -1 : 1,
  )) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && entry.name !== "node_modules") {
      const index = (await readdir(path)).filter((name) => /^index\.(?:ts|js|mjs)$/.test(name)).sort()[0];
      if (index !== undefined) modules.push(join(path, index));
    } else if (MODULE.test(entry.name) && !NO_PLUGIN.test(entry.name)) {
      modules.push(path);
    }
  }
  return { modules, fingerprint: await fingerprintOf(await codeBelow(folder)) };
}

/** Of everything that a module may import from beside itself. */
async function codeBelow(folder: string): Promise<string[]> {
  const names = await readdir(folder, { recursive: true, withFileTypes: true });
  return names
    .filter(
      (entry) =>
        entry.isFile() && CODE.test(entry.name) && !entry.parentPath.split("/").includes("node_modules"),
    )
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

async function fingerprintOf(files: readonly string[]): Promise<string> {
  const hashes = await Promise.all(files.map(async (file) => `${file} ${hashText(await readFile(file))}`));
  return hashText(hashes.join("\n"));
}

async function importPlugin(
  file: string,
): Promise<{ plugin: Renderer | HealthCheck | Notifier } | { problem: Problem }> {
  const problem = (text: string, fix: string, path?: string): { problem: Problem } => ({
    problem: { severity: "error", file, ...defined({ path }), text, fix },
  });
  let module: Record<string, unknown>;
  try {
    module = (await import(pathToFileURL(file).href)) as Record<string, unknown>;
  } catch (cause) {
    return problem(
      `the module cannot be loaded: ${messageOf(cause)}`,
      "Correct it; it may import its own files and packages, and only types from Holdfast",
    );
  }
  const made = module["default"];
  if (typeof made !== "object" || made === null)
    return problem(
      "the module has no default export that is a plugin",
      'Write: export default { kind: "renderer", … }',
    );
  const plugin = made as Partial<Record<keyof Renderer | keyof HealthCheck | keyof Notifier, unknown>>;
  const { kind, name } = plugin;
  if (kind !== "renderer" && kind !== "health-check" && kind !== "notifier")
    return problem(
      `its kind is ${JSON.stringify(kind)}, and only renderers, health checks and notifiers are known`,
      'Set it to "renderer", "health-check" or "notifier"',
      "kind",
    );
  if (typeof name !== "string" || !NAME.test(name))
    return problem(
      "its name is missing or no word of small letters, digits and dashes",
      "Give it one",
      "name",
    );
  if (kind === "renderer" && (typeof plugin.sourceType !== "string" || plugin.sourceType === ""))
    return problem(
      "its sourceType is missing: what status.sourceType says",
      'Set it to "Plugin", for example',
      "sourceType",
    );
  if (kind === "health-check") {
    const wrong = kindsProblem(plugin.kinds);
    if (wrong !== undefined)
      return problem(
        wrong,
        'Write kinds: ["example.org/Widget"], or a glob such as "*.example.org/*"',
        "kinds",
      );
  }
  if (kind === "notifier") {
    const wrong = notifierProblem(plugin);
    if (wrong !== undefined) return problem(wrong.text, wrong.fix, wrong.path);
  }
  const missing = (METHODS[kind] as readonly (keyof typeof plugin)[]).filter(
    (method) => typeof plugin[method] !== "function",
  );
  if (missing.length > 0)
    return problem(`it has no ${missing.join(" and no ")}`, "See plugins/README.md for what each does");
  return { plugin: made as Renderer | HealthCheck | Notifier };
}

function notifierProblem({
  keys,
  recipient,
  storms,
}: Partial<Record<keyof Notifier, unknown>>): { path: string; text: string; fix: string } | undefined {
  const isKey = (key: unknown): boolean =>
    isMapping(key) &&
    ["text", "secret"].includes(String(key["is"])) &&
    ["required", "optional"].includes(String(key["need"]));
  if (!isMapping(keys) || !Object.values(keys).every(isKey))
    return {
      path: "keys",
      text: "its keys are missing or none: the settings of a service of its type",
      fix: 'Write keys: { url: { is: "secret", need: "required", doc: "Where it is sent to." } }',
    };
  if (!isMapping(recipient) || !["needed", "optional", "none"].includes(String(recipient["is"])))
    return {
      path: "recipient",
      text: "its recipient is missing: whom a subscription names",
      fix: 'Write recipient: { is: "optional", says: "a channel" }',
    };
  if (storms !== "one-message" && storms !== "each")
    return {
      path: "storms",
      text: "its storms is missing: what becomes of many messages at once",
      fix: 'Set it to "one-message" or "each"',
    };
  return undefined;
}

function kindsProblem(kinds: unknown): string | undefined {
  if (!Array.isArray(kinds) || kinds.length === 0) return "its kinds are missing: which kinds it judges";
  for (const kind of kinds as unknown[]) {
    const glob =
      typeof kind === "string" && kind !== ""
        ? compileGlob(kind, { slash: "crosses", braces: "alternatives" })
        : undefined;
    if (glob?.ok !== true) return `one of its kinds is no glob: ${JSON.stringify(kind)}`;
  }
  return undefined;
}
