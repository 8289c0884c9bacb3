import { dropOldest } from "./drop-oldest.ts";

/** What renderers found out about content, by the content's ids. The oldest go first. */
export interface Findings {
  /** A failed search is not kept. */
  of<T>(key: string, find: () => Promise<T>): Promise<T>;
}

export function createFindings(max: number): Findings {
  const byKey = new Map<string, Promise<unknown>>();
  return {
    of<T>(key: string, find: () => Promise<T>): Promise<T> {
      const known = byKey.get(key);
      // The key names the renderer and the content, which decide the type.
      if (known !== undefined) return known as Promise<T>;
      const found = find();
      byKey.set(key, found);
      found.catch(() => byKey.delete(key));
      dropOldest(byKey, max);
      return found;
    },
  };
}
