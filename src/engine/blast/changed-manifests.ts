/** Applications whose own manifests a range changes, as far as the repository holds them. */

import { type AppKey, type Application, keyOfApp } from "../../core/model/application.ts";
import { applicationTooLarge } from "../../core/model/application-size.ts";
import { expandList } from "../../core/model/expand-list.ts";
import { parseApplication } from "../../core/model/parse-application.ts";
import { showProblem } from "../../core/model/problem.ts";
import type { SourceTree } from "../../core/ports/source-tree.ts";
import { equalJson } from "../../lib/equal-json.ts";
import { inSlices } from "../../lib/in-steps.ts";
import { isMapping } from "../../lib/is-mapping.ts";
import { parseYamlInSteps } from "../../lib/yaml.ts";
import type { ManagedApplication } from "../managed-application.ts";
import type { FoundRange } from "./range.ts";

/** `new`: nobody has it. `changed`, `removed`: the daemon has it as the branch does now. */
export type ManifestChange =
  | { is: "new"; key: AppKey; app: Application; file: string }
  | { is: "changed"; key: AppKey; app: Application; file: string; managed: ManagedApplication }
  | { is: "removed"; key: AppKey; file: string; managed: ManagedApplication };

export interface ChangedManifests {
  changes: ManifestChange[];
  /** Whole sentences. */
  notes: string[];
}

/** Files that are read for it, on each side. */
const MOST_FILES = 500;
const MOST_BYTES = 1 << 20;
const MAY_HOLD = /\.(?:ya?ml|json)$/i;
const NAMES_ARGO_KIND = /\b(?:Application|ApplicationSet|AppProject)\b/;

/** What the changed files hold on one side. */
interface Held {
  tree: SourceTree;
  applications: Map<AppKey, { app: Application; file: string }>;
  /** `AppProject team (projects/team.yaml)`. */
  others: Map<string, unknown>;
  broken: string[];
  searched: Set<string>;
  /** Files of these that may hold more than could be read. */
  unreadable: Set<string>;
  isCutShort: boolean;
}

export async function changedManifests(
  { paths, trees }: FoundRange,
  known: (key: AppKey) => ManagedApplication | undefined,
  homeNamespace: string,
): Promise<ChangedManifests> {
  if (paths === undefined)
    return { changes: [], notes: ["So much changes that manifests of Applications were not looked for."] };
  const [before, after] = [
    await heldIn(trees.base, paths, homeNamespace),
    await heldIn(trees.merged, paths, homeNamespace),
  ];
  await lookWhereTheOtherDid(before, after, homeNamespace);
  await lookWhereTheOtherDid(after, before, homeNamespace);
  const changes: ManifestChange[] = [];
  const notes = [...after.broken];
  for (const key of [...new Set([...before.applications.keys(), ...after.applications.keys()])].sort()) {
    const [was, is] = [before.applications.get(key), after.applications.get(key)];
    if (was !== undefined && is !== undefined && isSameManifest(was.app, is.app)) continue;
    const change =
      is === undefined && was !== undefined && after.unreadable.has(was.file)
        ? `${was.file} cannot be read as a whole then, so the Application ${key} stays as it is.`
        : changeOf(key, was, is, known(key));
    if (typeof change === "string") notes.push(change);
    else changes.push(change);
  }
  const others = [...new Set([...before.others.keys(), ...after.others.keys()])].filter(
    (name) => !equalJson(before.others.get(name), after.others.get(name)),
  );
  if (others.length > 0)
    notes.push(
      `Taken as it is now, though these commits change it: ${others.sort().slice(0, 10).join(", ")}${others.length > 10 ? ", …" : ""}.`,
    );
  if (before.isCutShort || after.isCutShort)
    notes.push(`Not all changed files were searched for manifests of Applications: there are too many.`);
  return { changes, notes };
}

/** The daemon may have a manifest from elsewhere: what a commit says of another one is nothing to it. */
function changeOf(
  key: AppKey,
  was: { app: Application; file: string } | undefined,
  is: { app: Application; file: string } | undefined,
  managed: ManagedApplication | undefined,
): ManifestChange | string {
  const file = (is ?? was)?.file ?? "";
  if (managed === undefined) {
    if (is !== undefined) return { is: "new", key, app: is.app, file };
    return `${file} no longer holds the Application ${key}, which does not exist here.`;
  }
  const { spec } = managed.spec.app;
  if (was === undefined || !equalJson(was.app.spec, spec)) {
    if (is !== undefined && equalJson(is.app.spec, spec))
      return `${file} says of the Application ${key} what is so already.`;
    return `${file} changes the Application ${key}, which exists here otherwise than the branch says: it is looked at as it is.`;
  }
  if (is === undefined) return { is: "removed", key, file, managed };
  return { is: "changed", key, app: is.app, file, managed };
}

function isSameManifest(one: Application, other: Application): boolean {
  return equalJson(one.spec, other.spec) && equalJson(one.metadata, other.metadata);
}

async function heldIn(tree: SourceTree, paths: readonly string[], homeNamespace: string): Promise<Held> {
  const held: Held = {
    tree,
    applications: new Map(),
    others: new Map(),
    broken: [],
    searched: new Set(),
    unreadable: new Set(),
    isCutShort: false,
  };
  for (const path of paths)
    for await (const file of filesBelow(tree, path)) {
      if (!MAY_HOLD.test(file)) continue;
      if (held.searched.size === MOST_FILES) return { ...held, isCutShort: true };
      await readInto(held, file, homeNamespace);
    }
  return held;
}

/** Where there are too many files, the two sides need not have searched the same ones: what was not looked at is not gone. */
async function lookWhereTheOtherDid(held: Held, other: Held, homeNamespace: string): Promise<void> {
  if (!held.isCutShort) return;
  for (const { file } of other.applications.values())
    if (!held.searched.has(file) && (await held.tree.entry(file))?.kind === "file")
      await readInto(held, file, homeNamespace);
}

async function* filesBelow(tree: SourceTree, path: string): AsyncGenerator<string> {
  const pending = [path];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const entry = await tree.entry(next);
    if (entry?.kind === "file") yield next;
    if (entry?.kind !== "folder") continue;
    for (const { name } of await tree.list(next)) pending.push(`${next}/${name}`);
  }
}

async function readInto(held: Held, file: string, homeNamespace: string): Promise<void> {
  held.searched.add(file);
  const bytes = await held.tree.read(file);
  if (bytes.byteLength > MOST_BYTES) {
    held.unreadable.add(file);
    return;
  }
  const text = new TextDecoder().decode(bytes);
  if (!text.includes("argoproj.io/") || !NAMES_ARGO_KIND.test(text)) return;
  // What cannot be read is a template of something else, or that file's fault: the daemon says it where it reads it.
  const { documents, problems } = await inSlices(parseYamlInSteps(text, { duplicateKeys: "keep-last" }));
  if (problems.some(({ severity }) => severity === "error")) held.unreadable.add(file);
  for (const document of documents)
    for (const { value } of expandList(document.value)) {
      if (!isMapping(value) || !String(value["apiVersion"]).startsWith("argoproj.io/")) continue;
      const { kind, metadata } = value;
      if (kind === "AppProject" || kind === "ApplicationSet") {
        const name = isMapping(metadata) ? String(metadata["name"]) : "";
        held.others.set(`${kind} ${name} (${file})`, value);
      }
      if (kind !== "Application") continue;
      const parsed = parseApplication(value, { homeNamespace });
      const tooLarge = parsed.ok ? applicationTooLarge(parsed.value) : undefined;
      if (parsed.ok && tooLarge === undefined)
        held.applications.set(keyOfApp(parsed.value), { app: parsed.value, file });
      else {
        const problem = parsed.ok ? tooLarge : parsed.problems[0];
        held.unreadable.add(file);
        if (problem !== undefined) held.broken.push(`${showProblem({ ...problem, file })}.`);
      }
    }
}
