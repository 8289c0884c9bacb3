import { type About, asksForFavourites, matcher, parseQuery } from "../core/model/app-query.ts";
import type { Application } from "../core/model/application.ts";
import { type Problem, showProblem } from "../core/model/problem.ts";
import { ANYWHERE, matchesGlob } from "../lib/glob.ts";
import { nearest } from "../lib/nearest.ts";
import { CliError } from "./cli-error.ts";
import { EXIT } from "./exit-codes.ts";
import type { Client, Query } from "./http/client.ts";
import { Refused } from "./http/refusal.ts";
import { nameOf } from "./words/app-words.ts";

/** Flags that choose applications. */
export interface SelectionOptions {
  selector?: string;
  project?: string[];
  repo?: string;
  appNamespace?: string;
  /** As the page's list takes it; read already. */
  query?: string;
}

export function listQuery({ selector, project, repo, appNamespace }: SelectionOptions): Query {
  return { selector, projects: project, repo, appNamespace };
}

export async function listApps(
  client: Client,
  options: SelectionOptions,
  more: Query = {},
): Promise<Application[]> {
  const { items } = await client.get<{ items: Application[] }>("/api/v1/applications", {
    ...listQuery(options),
    ...more,
  });
  return items.filter(await foundBy(client, options));
}

/** Whether the line of the page's list finds it. What it asks for of whoever asks is read once. */
export async function foundBy(
  client: Client,
  { query }: Pick<SelectionOptions, "query">,
): Promise<(app: Application) => boolean> {
  if (query === undefined) return () => true;
  const read = parseQuery(query);
  const favourites = asksForFavourites(read) ? await favouritesOf(client) : new Set<string>();
  return matcher(read, { favourites, nowMs: Date.now() });
}

async function favouritesOf(client: Client): Promise<About["favourites"]> {
  const { items } = await client.get<{ items: string[] }>("/api/holdfast/v1/favourites");
  return new Set(items);
}

/**
 * One application by `name` or `namespace/name`.
 * @throws {CliError} notFound with the nearest name, usage where several are called so
 */
export async function oneApp(
  client: Client,
  name: string,
  options: SelectionOptions = {},
  more: Query = {},
): Promise<Application> {
  const { namespace, name: short } = split(name, options);
  try {
    return await client.get<Application>(`/api/v1/applications/${encodeURIComponent(short)}`, {
      appNamespace: namespace,
      project: options.project?.[0],
      ...more,
    });
  } catch (cause) {
    if (cause instanceof Refused && cause.status === 404)
      throw await notFound(client, namespace === undefined ? short : `${namespace}/${short}`);
    throw cause;
  }
}

/**
 * Those that are named (a `*` makes a pattern) and those that the flags choose; both narrow each other.
 * @throws {CliError} usage where nothing chooses, notFound where a name has no application
 */
export async function chosenApps(
  client: Client,
  names: readonly string[],
  options: SelectionOptions,
): Promise<Application[]> {
  const hasFlags =
    options.selector !== undefined ||
    options.query !== undefined ||
    options.repo !== undefined ||
    (options.project ?? []).length > 0;
  if (names.length === 0 && !hasFlags)
    throw new CliError(EXIT.usage, "No application is named.", [
      "Name one or more, or choose with --selector, --project or --query.",
    ]);
  if (names.length === 0 || hasFlags || names.some(isPattern)) {
    const found = (await listApps(client, options)).filter(
      (app) => names.length === 0 || names.some((name) => fits(app, name)),
    );
    if (found.length === 0)
      throw new CliError(EXIT.notFound, "No application fits, or you may not see it.", [
        "See them all: holdfast app list",
      ]);
    const missing = names.find((name) => !isPattern(name) && !found.some((app) => fits(app, name)));
    if (missing !== undefined) throw await notFound(client, missing);
    return found;
  }
  const apps: Application[] = [];
  for (const name of new Set(names)) apps.push(await oneApp(client, name, options));
  return apps;
}

function isPattern(name: string): boolean {
  return /[*?[{]/.test(name);
}

function fits(app: Application, name: string): boolean {
  const text = name.includes("/") ? nameOf(app) : app.metadata.name;
  return isPattern(name) ? matchesGlob(name, text, ANYWHERE) : name === text;
}

function split(
  name: string,
  { appNamespace }: SelectionOptions,
): { namespace: string | undefined; name: string } {
  const slash = name.indexOf("/");
  if (slash < 0) return { namespace: appNamespace, name };
  return { namespace: name.slice(0, slash), name: name.slice(slash + 1) };
}

/** The server says only that there is none: the nearest of those that one may see is found here. */
async function notFound(client: Client, name: string): Promise<CliError> {
  const { items: problems } = await client.get<{ items: Problem[] }>("/api/holdfast/v1/problems");
  const faults = problems.filter(
    ({ severity, object = "" }) =>
      severity === "error" && (object === `Application ${name}` || object.endsWith(`/${name}`)),
  );
  if (faults.length > 0)
    return new CliError(
      EXIT.notFound,
      `Application "${name}" is not there, because its file has errors.`,
      faults.map(showProblem),
    );
  const apps = await listApps(client, {}, { fields: "items.metadata.name,items.metadata.namespace" });
  const byText = new Map(
    apps.flatMap((app) => [[nameOf(app), app] as const, [app.metadata.name, app] as const]),
  );
  const meant = byText.get(nearest(name, byText.keys()) ?? "");
  const hint =
    meant !== undefined
      ? `Did you mean ${nameOf(meant)}?`
      : apps.length === 0
        ? "There are no applications yet. What makes one: holdfast app list"
        : "See them all: holdfast app list";
  return new CliError(EXIT.notFound, `Application "${name}" not found, or you may not see it.`, [hint]);
}
