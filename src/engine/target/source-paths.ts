/** Which paths of a source's tree an application reads. */
import type { Source } from "../../core/model/source.ts";
import { resolveInside } from "../../lib/resolve-inside.ts";
import { ReadPaths } from "./read-paths.ts";
import type { Target } from "./target.ts";

/** @param at place of the source in their list */
export function pathsRead(inputs: Exclude<Target["inputs"], "unknown">, at: number): string[] {
  return inputs.flatMap(({ source, path }) => (source === at ? [path] : []));
}

/**
 * Those that the source itself names, where nobody can say what more is read: its folder, and value files beside it.
 * A source that others read value files of reads what they name of it.
 */
export function pathsDeclared(sources: readonly Source[], at: number): string[] {
  const source = sources[at];
  if (source === undefined) return [];
  const { path, ref } = source;
  const inside = (folder: string, written: string): string[] => {
    const found = resolveInside(folder, written, "from-root");
    return found.ok ? [found.path] : [];
  };
  const own = ref !== undefined && path === undefined ? [] : inside("", path ?? "");
  const valueFiles = sources.flatMap(({ helm }, where) =>
    (helm?.valueFiles ?? []).flatMap((file) => {
      const [, of, rest = ""] = /^\$([^/]+)\/(.*)$/.exec(file) ?? [];
      if (of !== undefined) return of === ref ? inside("", rest) : [];
      return where === at ? inside(own[0] ?? "", file) : [];
    }),
  );
  return [...new Set([...own, ...valueFiles])];
}

/** Whether a reader reads one of the changed paths; each list of those is looked at once for all readers. */
export function touchingEach<Reader>(
  readers: ReadonlyMap<Reader, readonly string[]>,
): (reader: Reader) => (changed: readonly string[]) => boolean {
  const paths = new ReadPaths<Reader>();
  for (const [reader, read] of readers) paths.note(reader, read, (list) => [...list]);
  const known = new WeakMap<readonly string[], ReadonlySet<Reader>>();
  return (reader) => (changed) => {
    const touched = known.get(changed) ?? paths.touchedBy(changed);
    known.set(changed, touched);
    return touched.has(reader);
  };
}
