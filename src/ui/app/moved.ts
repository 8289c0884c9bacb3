/** Where an address of Argo CD's page leads here, so that old links go on leading somewhere. */

interface At {
  /** Below the base: `/settings/repos`. */
  path: string;
  query: URLSearchParams;
}

/** Its pages, with whatever stands below them; the first that fits counts. */
const PAGES: readonly [RegExp, string][] = [
  [/^\/settings\/projects\/?$/, "/projects"],
  [/^\/settings\/clusters(\/|$)/, "/clusters"],
  [/^\/settings\/repos(\/|$)/, "/repositories"],
  [/^\/settings\/certs(\/|$)/, "/settings/certificates"],
  [/^\/settings\/gpgkeys(\/|$)/, "/settings/gpg"],
];
/** Of an application: how it looks there, and what of ours shows the same. */
const VIEWS: Readonly<Record<string, string>> = { tree: "graph", network: "graph", pods: "graph" };
/** Parts of an application's page that an address names as a path, and which view of ours that is. */
const PARTS: Readonly<Record<string, string>> = {
  ...{ graph: "graph", diff: "diff", history: "history", runs: "run", events: "events", config: "config" },
};
/** What its list is narrowed by, as our line asks for it. */
const FILTERS: Readonly<Record<string, string>> = { proj: "project", health: "health", sync: "sync" };

/**
 * @param keys of all applications, `namespace/name`; undefined: not known yet
 * @returns a path of ours with its query; undefined where the address is not one of Argo CD's, or leads where it should
 */
export function movedTo({ path, query }: At, keys: () => readonly string[] | undefined): string | undefined {
  if (path === "/") return `/applications${queryOf(query)}`;
  const page = PAGES.find(([pattern]) => pattern.test(path))?.[1];
  if (page !== undefined) return page;
  const project = /^\/settings\/projects\/([^/]+)\/?$/.exec(path)?.[1];
  if (project !== undefined) return `/projects/${project}`;
  const short = /^\/applications\/([^/]+)\/?$/.exec(path)?.[1];
  if (short !== undefined) return oneOf(short, keys(), query);
  if (path === "/applications") return listed(query);
  const [, app, part = "", id] = /^(\/applications\/[^/]+\/[^/]+)\/([a-z]+)(?:\/(\d+))?\/?$/.exec(path) ?? [];
  if (app !== undefined && Object.hasOwn(PARTS, part)) return partOf(app, part, id, query);
  return /^\/applications\/[^/]+\/[^/]+$/.test(path) ? shown(path, query) : undefined;
}

/** Before applications had namespaces there, they were named without. */
function oneOf(
  name: string,
  keys: readonly string[] | undefined,
  query: URLSearchParams,
): string | undefined {
  if (keys === undefined) return undefined;
  const [one, second] = keys.filter((key) => key.endsWith(`/${name}`));
  return one !== undefined && second === undefined
    ? `/applications/${one}${queryOf(query)}`
    : `/applications?${new URLSearchParams({ q: name })}`;
}

/** `…/graph`, `…/runs/481`. */
function partOf(
  app: string,
  part: string,
  id: string | undefined,
  query: URLSearchParams,
): string | undefined {
  if (id !== undefined && part !== "runs") return undefined;
  const next = new URLSearchParams(query);
  next.set("view", PARTS[part] ?? "");
  if (id !== undefined) next.set("run", id);
  return `${app}${queryOf(next)}`;
}

function listed(query: URLSearchParams): string | undefined {
  const asked = ["search", ...Object.keys(FILTERS)].filter((name) => query.has(name));
  const tiles = query.get("view") === "tiles" ? { as: "tiles" } : {};
  if (query.has("q")) return undefined;
  if (asked.length === 0) return "as" in tiles ? `/applications?${new URLSearchParams(tiles)}` : undefined;
  const words = asked.flatMap((name) =>
    (query.get(name) ?? "")
      .split(",")
      .filter((value) => value !== "")
      .map((value) => (name === "search" ? value : `${FILTERS[name]}:${value}`)),
  );
  return `/applications${queryOf(new URLSearchParams({ ...(words.length === 0 ? {} : { q: words.join(" ") }), ...tiles }))}`;
}

/** Its views, and its objects, whose last part is the tab that is open there. */
function shown(path: string, query: URLSearchParams): string | undefined {
  const next = new URLSearchParams(query);
  const view = VIEWS[query.get("view") ?? ""];
  if (view !== undefined) next.set("view", view);
  const node = /^([^/]*\/[^/]+\/[^/]*\/[^/]+)\/\d+$/.exec(query.get("node") ?? "")?.[1];
  if (node !== undefined) next.set("node", node);
  if (query.get("operation") === "true") next.set("view", "run");
  if (query.has("rollback")) next.set("view", "history");
  for (const name of ["resource", "operation", "conditions", "rollback", "deploy"]) next.delete(name);
  return next.toString() === query.toString() ? undefined : `${path}${queryOf(next)}`;
}

function queryOf(query: URLSearchParams): string {
  const text = query.toString();
  return text === "" ? "" : `?${text}`;
}
