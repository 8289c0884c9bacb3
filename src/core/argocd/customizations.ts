import { filled } from "../../lib/defined.ts";
import { type FieldPath, showPath } from "../../lib/field-path.ts";
import { ANYWHERE, compileGlob } from "../../lib/glob.ts";
import { isMapping } from "../../lib/is-mapping.ts";
import { isPointer } from "../../lib/json-pointer.ts";
import { nearest } from "../../lib/nearest.ts";
import { lineOf, parseYaml } from "../../lib/yaml.ts";
import type { IgnoreRule } from "../model/ignore-rule.ts";
import type { KubeObject } from "../model/kube-object.ts";
import type { Problem } from "../model/problem.ts";
import type { ResourceFilter } from "../model/resource-filter.ts";
import {
  type ActionScripts,
  type Customizations,
  type HealthScript,
  noCustomizations,
} from "../model/user-checks.ts";
import { readBuildOptions } from "./build-options.ts";

const ROOT = "resource.customizations";
const KEY = /^resource\.customizations\.([^.]+)\.(.+)$/;
/** What Argo CD knows below the root. The others are not about scripts, or change nothing: every script has the libraries that cannot reach outside. */
const COMPARE_OPTIONS = "resource.compareoptions";
/** The rules of a ClusterRole that a controller fills with those of others. */
const AGGREGATED_RULES = {
  group: "rbac.authorization.k8s.io",
  kind: "ClusterRole",
  jqPathExpressions: ["select(.aggregationRule != null) | .rules"],
};
const LISTS = ["jsonPointers", "jqPathExpressions", "managedFieldsManagers"] as const;
const PARTS = [
  "health",
  "actions",
  "ignoreDifferences",
  "ignoreResourceUpdates",
  "knownTypeFields",
  "useOpenLibs",
];

/**
 * Reads the health scripts, actions and fields to ignore of Argo CD's `argocd-cm`: the ConfigMap itself, or its `data`
 * alone. Keys are `resource.customizations.health.<group>_<Kind>`, the same with `actions` and `ignoreDifferences` (there
 * `all` is every kind), and the older map under `resource.customizations`, over which the others win; and the options of
 * `kustomize build`. Everything else in it is somebody else's.
 *
 * @param file as problems name it
 */
export function parseCustomizations(
  text: string,
  file: string,
): { value: Customizations; problems: Problem[] } {
  const { documents, problems: unreadable } = parseYaml(text, { file, duplicateKeys: "keep-last" });
  const problems: Problem[] = unreadable.map(({ document: _, ...problem }) => problem);
  const value = noCustomizations();
  for (const document of documents)
    new Reading(document.value, (path) => lineOf(document, path), file, value, problems).read();
  return { value, problems };
}

/** The same of a ConfigMap as an API server shows it: problems name its keys, and lines within their texts. */
export function readCustomizations(
  configMap: KubeObject,
  shown: string,
): { value: Customizations; problems: Problem[] } {
  const problems: Problem[] = [];
  const value = noCustomizations();
  new Reading(configMap, () => 0, shown, value, problems).read();
  return { value, problems };
}

/** @returns undefined where it is none: what a slip leaves of one may mean everything */
function filterIn(entry: unknown): ResourceFilter | undefined {
  if (!isMapping(entry)) return undefined;
  const { apiGroups = [], kinds = [], clusters = [], ...others } = entry;
  if (Object.keys(others).length > 0 || ![apiGroups, kinds, clusters].every(areTexts)) return undefined;
  return { apiGroups, kinds, clusters } as ResourceFilter;
}

function whyNoFilter(
  name: "exclusions" | "inclusions",
  { apiGroups, kinds, clusters }: ResourceFilter,
): string | undefined {
  if (name === "exclusions" && apiGroups.length + kinds.length + clusters.length === 0)
    return "names nothing, which would leave everything out";
  for (const pattern of [...apiGroups, ...clusters]) {
    const glob = compileGlob(pattern, ANYWHERE);
    if (!glob.ok) return `${JSON.stringify(pattern)} is no pattern: ${glob.problem}`;
  }
  return undefined;
}

function areTexts(list: unknown): boolean {
  return Array.isArray(list) && list.every((one) => typeof one === "string");
}

class Reading {
  constructor(
    private readonly whole: unknown,
    private readonly lineAt: (path: string) => number,
    private readonly file: string,
    private readonly to: Customizations,
    private readonly problems: Problem[],
  ) {}

  read(): void {
    const { whole } = this;
    if (!isMapping(whole))
      return this.complain(
        [],
        "must be a map of resource.customizations keys, or a ConfigMap that holds them in data",
      );
    const isManifest = "apiVersion" in whole || "kind" in whole || isMapping(whole["data"]);
    // A patch of the ConfigMap, as kustomize takes it, may leave its kind out: then its `data` says what it is.
    if (isManifest && (whole["kind"] ?? "ConfigMap") !== "ConfigMap")
      return this.complain(["kind"], `must be ConfigMap, not ${JSON.stringify(whole["kind"] ?? null)}`);
    const data = isManifest ? (whole["data"] ?? {}) : whole;
    const at: FieldPath = isManifest ? ["data"] : [];
    if (!isMapping(data)) return this.complain(at, "must be a map");
    for (const name of ["exclusions", "inclusions"] as const)
      this.readFilters(name, data[`resource.${name}`], [...at, `resource.${name}`]);
    for (const [key, text] of Object.entries(data)) this.readKustomize(key, text, [...at, key]);
    const keys = Object.keys(data).filter((key) => key === ROOT || key.startsWith(`${ROOT}.`));
    // The older map first: what stands in keys of their own replaces it.
    for (const key of keys.sort((a, b) => Number(a !== ROOT) - Number(b !== ROOT)))
      this.readKey(key, data[key], [...at, key]);
    this.readCompareOptions(data[COMPARE_OPTIONS], [...at, COMPARE_OPTIONS]);
  }

  private readFilters(name: "exclusions" | "inclusions", text: unknown, path: FieldPath): void {
    if (text === undefined) return;
    if (typeof text !== "string") return this.complain(path, "must be text");
    const list = this.innerValue(text, path) ?? [];
    if (!Array.isArray(list)) return this.complain(path, "must hold a list");
    for (const [index, entry] of (list as unknown[]).entries()) {
      const filter = filterIn(entry);
      const why =
        filter === undefined
          ? "must be a map of the lists apiGroups, kinds and clusters"
          : whyNoFilter(name, filter);
      if (why !== undefined) this.complain(path, `[${index}] ${why}`);
      else if (filter !== undefined) this.to.resources[name].push(filter);
    }
  }

  private readKustomize(key: string, text: unknown, path: FieldPath): void {
    const [, of, version = ""] = /^kustomize\.(buildOptions|path)(?:\.(.+))?$/.exec(key) ?? [];
    const warn = (why: string, fix: string): unknown =>
      this.problems.push({ severity: "warning", ...this.place(path), text: why, fix });
    if (of === "path")
      warn(
        "is a path in Argo CD's own image, and changes nothing",
        `Register the version in the config: render.versions: [{ tool: kustomize, version: ${version || "…"}, program: … }]`,
      );
    if (of !== "buildOptions") return;
    if (typeof text !== "string") return this.complain(path, "must be text");
    const read = readBuildOptions(text);
    // Builds that need it fail and say so; the others go on.
    if (read.ok) this.to.buildOptions.push({ version, words: read.words });
    else warn(`${read.text}. Nothing of it is used`, read.fix);
  }

  private readKey(key: string, text: unknown, path: FieldPath): void {
    if (typeof text !== "string") return this.complain(path, "must be text");
    if (key === ROOT) return this.readOlderMap(text, path);
    const [, part = "", name = ""] = KEY.exec(key) ?? [];
    if (part === "health") this.addHealth(kindsOf(name), text, path);
    else if (part === "actions") this.addActions(kindsOf(name), text, path);
    else if (part === "ignoreDifferences") this.addIgnored(kindsOf(name), text, path);
    else if (!PARTS.includes(part)) {
      const meant = nearest(part, PARTS);
      this.problems.push({
        severity: "warning",
        ...this.place(path),
        text: "is none of the keys that Argo CD knows, and changes nothing",
        ...(meant === undefined ? {} : { fix: `Did you mean ${ROOT}.${meant}.${name}?` }),
      });
    }
  }

  private readOlderMap(text: string, path: FieldPath): void {
    for (const [kinds, entry] of Object.entries(this.inner(text, path))) {
      if (!isMapping(entry)) {
        this.complain(path, `${kinds} must be a map`);
        continue;
      }
      const { "health.lua": script, actions, ignoreDifferences } = entry;
      if (typeof ignoreDifferences === "string") this.addIgnored(kinds, ignoreDifferences, path);
      else if (ignoreDifferences !== undefined)
        this.complain(path, `${kinds}: ignoreDifferences must be text`);
      if (typeof script === "string") this.addHealth(kinds, script, path);
      else if (script !== undefined)
        this.complain(path, `${kinds}: health.lua must be the text of a Lua script`);
      if (typeof actions === "string") this.addActions(kinds, actions, path);
      else if (actions !== undefined) this.complain(path, `${kinds}: actions must be text`);
    }
  }

  private addHealth(kinds: string, script: string, path: FieldPath): void {
    if (script.trim() === "" || !this.checkKinds(kinds, path)) return;
    replace(this.to.health, { kinds, script } satisfies HealthScript, sameScripts);
  }

  private addActions(kinds: string, text: string, path: FieldPath): void {
    const { "discovery.lua": discovery, definitions, mergeBuiltinActions } = this.inner(text, path);
    if (mergeBuiltinActions !== undefined && typeof mergeBuiltinActions !== "boolean")
      this.complain(path, "mergeBuiltinActions must be true or false");
    const list = Array.isArray(definitions) ? (definitions as unknown[]) : [];
    if (definitions !== undefined && !Array.isArray(definitions))
      this.complain(path, "definitions must be a list");
    const actions = list.flatMap((entry, index) => {
      const [name, script] = isMapping(entry) ? [entry["name"], entry["action.lua"]] : [];
      if (typeof name === "string" && typeof script === "string") return [{ name, script }];
      this.complain(path, `definitions[${index}] must have name and action.lua`);
      return [];
    });
    if (!this.checkKinds(kinds, path)) return;
    replace(
      this.to.actions,
      {
        kinds,
        discovery: typeof discovery === "string" ? discovery : "return {}",
        builtIns: mergeBuiltinActions === true ? "kept" : "replaced",
        actions,
      } satisfies ActionScripts,
      sameScripts,
    );
  }

  /** `all` and `*` are every kind; else the part before the slash is a glob of groups, as in an application's rule. */
  private addIgnored(kinds: string, text: string, path: FieldPath): void {
    const inner = this.inner(text, path);
    const rule: IgnoreRule = { at: `${this.file}: ${showPath(path)}`, ...groupAndKind(kinds) };
    for (const [key, list] of Object.entries(inner)) {
      const name = LISTS.find((one) => one === key);
      if (name === undefined)
        this.problems.push({
          severity: "warning",
          ...this.place(path),
          text: `${key} is none of ${LISTS.join(", ")}, and changes nothing`,
        });
      else if (!isTexts(list)) this.complain(path, `${key} must be a list of texts`);
      else if (list.length > 0) rule[name] = list;
    }
    for (const pointer of rule.jsonPointers ?? [])
      if (!isPointer(pointer))
        this.complain(
          path,
          `${JSON.stringify(pointer)} is no JSON pointer to a field, such as /spec/replicas`,
        );
    if (LISTS.some((name) => rule[name] !== undefined)) replace(this.to.ignoreDifferences, rule, sameKinds);
  }

  /** Status is never applied and never compared: of `all`, `crd` and `none` that is `all`. */
  private readCompareOptions(text: unknown, path: FieldPath): void {
    if (typeof text !== "string") return;
    const { ignoreResourceStatusField: said, ignoreAggregatedRoles: roles } = this.inner(text, path);
    // A rule of its own: one of the kind's own key would take the place of another.
    if (roles === true || roles === "true")
      this.to.ignoreDifferences.push({ at: `${this.file}: ${showPath(path)}`, ...AGGREGATED_RULES });
    if (said === undefined || said === "" || said === "all") return;
    this.problems.push({
      severity: "warning",
      ...this.place(path),
      text: `ignoreResourceStatusField: ${String(said)} changes nothing: status is never compared, as with all`,
    });
  }

  /** YAML within a text of YAML. Its lines are counted from the line after its key, where block texts begin. */
  private inner(text: string, path: FieldPath): Record<string, unknown> {
    const value = this.innerValue(text, path);
    if (isMapping(value)) return value;
    if (value !== undefined && value !== null) this.complain(path, "must hold a map");
    return {};
  }

  private innerValue(text: string, path: FieldPath): unknown {
    const { documents, problems } = parseYaml(text, {
      file: this.file,
      line: this.lineAt(showPath(path)) + 1,
      duplicateKeys: "keep-last",
    });
    for (const { document: _, ...problem } of problems)
      this.problems.push({ ...problem, path: showPath(path) });
    return documents[0]?.value;
  }

  private checkKinds(kinds: string, path: FieldPath): boolean {
    const glob = compileGlob(kinds, { slash: "crosses", braces: "alternatives" });
    if (!glob.ok) this.complain(path, `${kinds}: ${glob.problem}`);
    return glob.ok;
  }

  private complain(path: FieldPath, text: string): void {
    this.problems.push({ severity: "error", ...this.place(path), text });
  }

  private place(path: FieldPath): Pick<Problem, "file" | "line" | "path"> {
    const shown = showPath(path);
    return { file: this.file, line: this.lineAt(shown), ...filled({ path: shown }) };
  }
}

/** `argoproj.io_Rollout` is `argoproj.io/Rollout`; a kind of the core group stands alone, or after an underscore. */
function kindsOf(name: string): string {
  const cut = name.indexOf("_");
  return cut < 0 ? name : cut === 0 ? name.slice(1) : `${name.slice(0, cut)}/${name.slice(cut + 1)}`;
}

function groupAndKind(kinds: string): { group: string; kind: string } {
  if (kinds === "all" || kinds === "*") return { group: "*", kind: "*" };
  const cut = kinds.lastIndexOf("/");
  return { group: kinds.slice(0, Math.max(cut, 0)), kind: kinds.slice(cut + 1) };
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

function sameScripts(a: { kinds: string }, b: { kinds: string }): boolean {
  return a.kinds === b.kinds;
}

function sameKinds(a: IgnoreRule, b: IgnoreRule): boolean {
  return a.group === b.group && a.kind === b.kind;
}

function replace<T extends object>(list: T[], entry: T, isSame: (a: T, b: T) => boolean): void {
  const at = list.findIndex((other) => isSame(other, entry));
  if (at < 0) list.push(entry);
  else list[at] = entry;
}
