import { Lru } from "../lib/lru.ts";

/** What renderers found out about content, by the content's ids. What was used longest ago goes first. */
export interface Findings {
  /** A failed search is not kept. */
  of<T>(key: string, find: () => Promise<T>): Promise<T>;
}

export function createFindings(max: number): Findings {
  const byKey = new Lru<string, Promise<unknown>>(max);
  return {
    of<T>(key: string, find: () => Promise<T>): Promise<T> {
      const known = byKey.get(key);
      // The key names the renderer and the content, which decide the type.
      if (known !== undefined) return known as Promise<T>;
      const found = find();
      byKey.set(key, found);
      found.catch(() => byKey.delete(key));
      return found;
    },
  };
}
