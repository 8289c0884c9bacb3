/** Reading of payloads that anybody may have written: what is missing or of another type is passed over. */
import { isMapping } from "../../lib/is-mapping.ts";
import type { Push } from "./provider.ts";

/** A longer one is none. */
const TEXT_CAP = 2_048;
/** A real payload gives a handful. */
const MOST_URLS = 20;
/** Refs of one delivery; a push of more is told by the next poll. */
const MOST_CHANGES = 50;

export function at(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce(
    (holder, field) => (isMapping(holder) && Object.hasOwn(holder, field) ? holder[field] : undefined),
    value,
  );
}

/** "" where there is no text of a sensible length. */
export function textAt(value: unknown, ...path: readonly string[]): string {
  const found = at(value, ...path);
  return typeof found === "string" && found.length <= TEXT_CAP ? found : "";
}

export function listAt(value: unknown, ...path: readonly string[]): unknown[] {
  const found = at(value, ...path);
  return Array.isArray(found) ? found.slice(0, MOST_CHANGES) : [];
}

/** The texts among these, each once, as many as a real payload gives. */
export function urlsOf(...found: readonly unknown[]): string[] {
  const texts = found.filter(
    (one): one is string => typeof one === "string" && one !== "" && one.length <= TEXT_CAP,
  );
  return [...new Set(texts)].slice(0, MOST_URLS);
}

/** Without `refs/heads/` or `refs/tags/`, once: a branch may be named `refs/heads/x` itself. */
export function shortRef(ref: string): string {
  return ref.replace(/^refs\/(?:heads|tags)\//, "");
}

/** @param ref in full, as `refs/heads/main` */
export function pushOf(urls: readonly string[], ref: string, defaultBranch: string): Push {
  const name = shortRef(ref);
  const isTag = ref.startsWith("refs/tags/");
  const main = shortRef(defaultBranch);
  return { urls, ref: name, head: isTag ? "is not" : isHead(name, main) };
}

function isHead(name: string, main: string): Push["head"] {
  if (main === "" || name === "") return "not said";
  return name === main ? "is" : "is not";
}
