/** What the kustomizations that lie here name elsewhere: those of named folders, and those of Applications in a checkout. */
import { existsSync, statSync } from "node:fs";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { type FoundElsewhere, namedElsewhere } from "../../plugins/renderers/kustomize/named-elsewhere.ts";
import { findManifests } from "../config/find-manifests.ts";
import { type Application, sourcesOf } from "../core/model/application.ts";
import type { Failure } from "../core/model/failure.ts";
import type { Problem } from "../core/model/problem.ts";
import { defined } from "../lib/defined.ts";
import { repositoryPlace } from "../lib/git-url.ts";
import { folderTree } from "../render/folder-tree.ts";
import { type AddressRules, refusedPlace } from "./address-checks.ts";
import { checkoutAt } from "./local-range.ts";
import { isKustomization, kustomizedAddresses, mayBeKustomized } from "./source-addresses.ts";
import type { Surroundings } from "./surroundings.ts";

export interface JudgedKustomization {
  /** Relative to the working folder where it is below it. */
  file: string;
  /** The named folder whose manifests it would be among; undefined where it is called otherwise, or lies elsewhere. */
  amongThoseOf: string | undefined;
  problems: Problem[];
}

/**
 * Those that name something elsewhere, and those that cannot be read. A source's kustomization lies here where its
 * Application stands in a checkout of the source's repository; which commit that is at is not asked.
 * @param named files and folders, as they were named
 */
export async function judgeKustomizations(
  { env, cwd }: Pick<Surroundings, "env" | "cwd">,
  named: readonly string[],
  applications: readonly { app: Application; file: string }[],
  rules: AddressRules,
): Promise<JudgedKustomization[]> {
  const signal = new AbortController().signal;
  const judged = new Map<string, Map<string, Problem>>();
  const take = (
    root: string,
    { named: all, nowhere, unread }: FoundElsewhere,
    apps: readonly Application[],
  ) => {
    const sources = apps.flatMap(({ spec }) => sourcesOf(spec));
    const shown = (file: string) => shownFrom(cwd, join(root, file));
    const add = (file: string, problems: readonly Problem[]): void => {
      const known = judged.get(file) ?? new Map<string, Problem>();
      judged.set(file, known);
      for (const problem of problems) known.set(JSON.stringify(problem), problem);
    };
    for (const { file, field, places } of all)
      add(shown(file), refusedPlace(places, rules, sources, { file: shown(file), path: field }));
    for (const failure of nowhere) add(shown(failure.object), [saidOf(failure, shown, "error")]);
    for (const failure of unread) add(shown(placeOf(failure)), [saidOf(failure, shown, "warning")]);
  };

  const remotes = new Map<string, Promise<string | undefined>>();
  const remoteOf = (root: string): Promise<string | undefined> => {
    const known = remotes.get(root) ?? checkoutAt({ env, cwd: root }, signal).then(({ url }) => url);
    remotes.set(root, known);
    return known;
  };
  for (const { app, file } of applications) {
    const root = checkoutRoot(dirname(resolve(cwd, file)));
    const remote = root === undefined ? undefined : await remoteOf(root);
    if (root === undefined || remote === undefined) continue;
    for (const source of sourcesOf(app.spec))
      if (mayBeKustomized(source) && repositoryPlace(source.repoURL) === repositoryPlace(remote))
        take(root, await kustomizedAddresses(await folderTree(root), source), [app]);
  }
  const foldersNamed: { named: string; path: string }[] = [];
  const apps = applications.map(({ app }) => app);
  for (const one of named) {
    const path = resolve(cwd, one);
    const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
    const files = isFolder
      ? findManifests(path, isKustomization).files
      : isKustomization(basename(path))
        ? [path]
        : [];
    if (files.length === 0) continue;
    if (isFolder) foldersNamed.push({ named: one, path });
    const folder = isFolder ? path : dirname(path);
    const root = checkoutRoot(folder) ?? folder;
    const folders = [...new Set(files.map((file) => relative(root, dirname(file)).replaceAll(sep, "/")))];
    take(root, await namedElsewhere(await folderTree(root), folders), apps);
  }
  const sorted = [...judged].sort(([a], [b]) => (a < b ? -1 : 1));
  return sorted.map(([file, problems]) => ({
    file,
    amongThoseOf: /\.ya?ml$/.test(file)
      ? foldersNamed.find(({ path }) => resolve(cwd, file).startsWith(`${path}${sep}`))?.named
      : undefined,
    problems: [...problems.values()],
  }));
}

/** `file:line`, or a folder. */
function placeOf({ object }: Failure): string {
  return object.replace(/:\d+$/, "");
}

function saidOf(failure: Failure, shown: (file: string) => string, severity: Problem["severity"]): Problem {
  const [, line] = /:(\d+)$/.exec(failure.object) ?? [];
  return {
    severity,
    file: shown(placeOf(failure)),
    text: severity === "error" ? failure.why : `it was not looked into: ${failure.why}`,
    ...defined({ line: line === undefined ? undefined : Number(line), fix: failure.fix }),
  };
}

/** The folder of the checkout that a folder lies in. */
function checkoutRoot(folder: string): string | undefined {
  for (let at = folder; ; at = dirname(at)) {
    if (existsSync(join(at, ".git"))) return at;
    if (dirname(at) === at) return undefined;
  }
}

function shownFrom(cwd: string, path: string): string {
  const short = relative(cwd, path);
  return short === "" || short.startsWith("..") ? path : short;
}
