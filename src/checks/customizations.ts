import { compileGlob, type Glob } from "../lib/glob.ts";
import { parseYaml } from "../lib/yaml.ts";
import { isPlainObject } from "./plain-object.ts";
import type { Problem } from "../core/model/problem.ts";

/** A script of a user for the kinds that `kinds` names. */
export interface Script {
  /** `group/Kind`, or `Kind` in the core group; may be a glob. */
  kinds: string;
  script: string;
}

/** Actions of one kind: which ones an object offers, and what each does. */
export interface ActionScripts {
  kinds: string;
  discovery: string;
  actions: { name: string; script: string }[];
}

export interface Customizations {
  health: Script[];
  actions: ActionScripts[];
}

const root = "resource.customizations";

/**
 * Reads the keys of Argo CD's ConfigMap that hold scripts: `resource.customizations.health.<group>_<Kind>`, the same
 * with `actions`, and the older one map under `resource.customizations`. `useOpenLibs` is read and changes nothing: every
 * script has the libraries that cannot reach outside.
 */
export function parseCustomizations(data: Readonly<Record<string, string>>): { value: Customizations; problems: Problem[] } {
  const problems: Problem[] = [];
  const value: Customizations = { health: [], actions: [] };
  const complain = (path: string, text: string) => problems.push({ severity: "error", path, text });
  for (const [key, text] of Object.entries(data)) {
    if (key === root) {
      for (const [kinds, entry] of Object.entries(fieldsOf(text, key, complain))) {
        if (!isPlainObject(entry)) continue;
        addHealth(value, kinds, entry["health.lua"], `${key}.${kinds}`, complain);
        const actions = entry["actions"];
        if (typeof actions === "string") addActions(value, kinds, actions, `${key}.${kinds}.actions`, complain);
      }
      continue;
    }
    const [, part, name] = new RegExp(`^${root.replace(".", "\\.")}\\.(health|actions)\\.(.+)$`).exec(key) ?? [];
    if (part === undefined || name === undefined) continue;
    const kinds = kindsOf(name);
    if (part === "health") addHealth(value, kinds, text, key, complain);
    else addActions(value, kinds, text, key, complain);
  }
  return { value, problems };
}

/** `argoproj.io_Rollout` is `argoproj.io/Rollout`; a kind of the core group stands alone, or after an underscore. */
function kindsOf(name: string): string {
  const cut = name.indexOf("_");
  return cut < 0 ? name : cut === 0 ? name.slice(1) : `${name.slice(0, cut)}/${name.slice(cut + 1)}`;
}

type Complain = (path: string, text: string) => void;

function fieldsOf(text: string, path: string, complain: Complain): Record<string, unknown> {
  const { documents, problems } = parseYaml(text);
  for (const problem of problems) complain(path, problem.text);
  const value = documents[0]?.value;
  if (isPlainObject(value)) return value;
  if (value !== undefined && value !== null) complain(path, "must be a map");
  return {};
}

function addHealth(to: Customizations, kinds: string, script: unknown, path: string, complain: Complain): void {
  if (script === undefined) return;
  if (typeof script !== "string") complain(path, "must be the text of a Lua script");
  else if (checkKinds(kinds, path, complain)) to.health.push({ kinds, script });
}

function addActions(to: Customizations, kinds: string, text: string, path: string, complain: Complain): void {
  const fields = fieldsOf(text, path, complain);
  const discovery = fields["discovery.lua"];
  const actions = (Array.isArray(fields["definitions"]) ? fields["definitions"] : []).flatMap((entry: unknown, index) => {
    const [name, script] = isPlainObject(entry) ? [entry["name"], entry["action.lua"]] : [];
    if (typeof name === "string" && typeof script === "string") return [{ name, script }];
    complain(`${path}.definitions[${index}]`, "must have name and action.lua");
    return [];
  });
  if (checkKinds(kinds, path, complain)) to.actions.push({ kinds, discovery: typeof discovery === "string" ? discovery : "return {}", actions });
}

function checkKinds(kinds: string, path: string, complain: Complain): boolean {
  const glob = compileGlob(kinds, anyKind);
  if (!glob.ok) complain(path, glob.problem);
  return glob.ok;
}

/** As in Argo CD, `*` may stand for a part with slashes. */
const anyKind = { slash: "crosses", braces: "alternatives" } as const;

/** Finds the entry for a kind: the one of exactly this name, else the first whose glob matches. */
export function forKind<T extends { kinds: string }>(entries: readonly T[]): (kind: string) => T | undefined {
  const exact = new Map(entries.map((entry) => [entry.kinds, entry] as const));
  const globs = entries.map((entry) => ({ entry, glob: compileGlob(entry.kinds, anyKind) })).filter((one): one is { entry: T; glob: Extract<Glob, { ok: true }> } => one.glob.ok);
  const known = new Map<string, T | undefined>();
  return (kind) => {
    if (!known.has(kind)) known.set(kind, exact.get(kind) ?? globs.find(({ glob }) => glob.matches(kind))?.entry);
    return known.get(kind);
  };
}
