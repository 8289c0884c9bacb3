/** Addresses in kustomizations, read as kustomize 5 reads them. Source: kustomize 5.8, api/internal/git/repospec.go. */
import { resolveInside } from "../../../src/lib/resolve-inside.ts";

/** A repository and a folder in it. */
export interface RepositoryTarget {
  is: "repository";
  repoURL: string;
  /** Branch, tag or commit; "" is its HEAD. */
  revision: string;
  /** Of a kustomization; "" is its root. */
  path: string;
}

/** `no address`: kustomize does not take it for a repository. */
export type Target = RepositoryTarget | { is: "no address" } | { is: "refused"; why: string };

const GITHUB = /^github\.com[/:]/i;
const USER = /^[a-zA-Z][a-zA-Z0-9-]*@/;
/** Where no sign tells the end of a repository's path, it has so many steps. */
const DEFAULT_STEPS = 2;

export function readTarget(text: string): Target {
  if (text.startsWith("/")) return { is: "no address" };
  const [address = "", query] = cut(text, "?");
  const place = placeOf(address);
  if (place.is !== "place") return place;
  const parts = partsOf(place.rest);
  if (parts === undefined) return { is: "no address" };
  const asked = queryOf(query);
  if (asked === undefined) return { is: "refused", why: "what stands behind its ? cannot be read" };
  const inside = resolveInside("", parts.path.replace(/^\//, ""));
  if (!inside.ok) return { is: "refused", why: `the path behind the repository: ${inside.why}` };
  return {
    is: "repository",
    repoURL: place.host + parts.repository,
    revision: asked.revision,
    path: inside.path,
  };
}

/**
 * What an http address in `resources` means, where kustomize would first ask for a file and then for a repository, and
 * take whichever it gets. `unclear`: nothing but the servers can tell.
 */
export function kindOfAddress(text: string): "file" | "repository" | "unclear" {
  const [address = "", query] = cut(text, "?");
  const path = address.replace(/^[a-z]+:\/\//i, "");
  if (path.includes("//") || path.includes("_git/") || /\.git(?:\/|$)/.test(path)) return "repository";
  if (/\.(?:ya?ml|json)$/i.test(path) || readTarget(text).is !== "repository") return "file";
  if (/\/raw(?:\/|$)/.test(path)) return "unclear";
  const asked = queryOf(query);
  return GITHUB.test(path) || (asked !== undefined && asked.revision !== "") ? "repository" : "unclear";
}

/** Whether kustomize asks for it by HTTP, wherever a file may stand. */
export function isWebAddress(text: string): boolean {
  return /^https?:\/\//i.test(text);
}

function placeOf(
  text: string,
): { is: "place"; host: string; rest: string } | Exclude<Target, RepositoryTarget> {
  const address = text.replace(/^git::/i, "");
  const scheme = /^(?:ssh|https?|file):\/\//i.exec(address)?.[0] ?? "";
  if (scheme.toLowerCase() === "file://")
    return { is: "refused", why: "it is a place on the daemon's own machine" };
  const user = USER.exec(address.slice(scheme.length))?.[0] ?? "";
  const there = address.slice(scheme.length + user.length);
  const isGithub = GITHUB.test(there);
  const isScp = scheme === "" && (user !== "" || isGithub);
  if (scheme === "" && !isScp) return { is: "no address" };
  const slash = there.indexOf("/");
  const colon = isScp ? there.indexOf(":") : -1;
  const end = colon > 0 && (slash < 0 || colon < slash) ? colon : slash;
  if (end < 0) return { is: "no address" };
  const rest = there.slice(end + 1);
  if (!isGithub) return { is: "place", host: scheme.toLowerCase() + user + there.slice(0, end + 1), rest };
  const isSsh = scheme.toLowerCase() === "ssh://" || user !== "";
  return { is: "place", host: isSsh ? `${user}github.com:` : "https://github.com/", rest };
}

/** Azure's `_git/`, then `//`, then `.git`, then by the number of steps. */
function partsOf(rest: string): { repository: string; path: string } | undefined {
  const found = byMark(rest) ?? bySteps(rest);
  return found === undefined || found.repository === "" ? undefined : found;
}

function byMark(rest: string): { repository: string; path: string } | undefined {
  const azure = rest.indexOf("_git/");
  if (azure >= 0) {
    const [name = "", ...path] = rest.slice(azure + "_git/".length).split("/");
    return { repository: `${rest.slice(0, azure)}_git/${name}`, path: path.join("/") };
  }
  const double = rest.indexOf("//");
  if (double >= 0) return { repository: rest.slice(0, double), path: rest.slice(double + 2) };
  const suffix = rest.indexOf(".git");
  if (suffix < 0) return undefined;
  const end = suffix + ".git".length;
  return { repository: rest.slice(0, end), path: rest.slice(end) };
}

function bySteps(rest: string): { repository: string; path: string } | undefined {
  const steps = rest.split("/");
  if (steps.length < DEFAULT_STEPS) return undefined;
  return {
    repository: steps.slice(0, DEFAULT_STEPS).join("/"),
    path: steps.slice(DEFAULT_STEPS).join("/"),
  };
}

/** `timeout` is not ours to obey: the config has one for all. */
function queryOf(query: string | undefined): { revision: string } | undefined {
  if (query === undefined) return { revision: "" };
  if (/;|%(?![0-9a-f]{2})/i.test(query)) return undefined;
  const values = new URLSearchParams(query);
  return { revision: values.get("ref") || values.get("version") || "" };
}

function cut(text: string, mark: string): [string, string?] {
  const at = text.indexOf(mark);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}
