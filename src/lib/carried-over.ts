/** A list, and what came of each of its elements, by place. */
export interface Mapped<T, U> {
  readonly of: readonly T[];
  readonly made: readonly U[];
}

export const NOTHING_MAPPED: Mapped<never, never> = { of: [], made: [] };

export interface CarriedOver<U> {
  /** As long as the list; at `fresh` still to be filled in. The very same list as before where nothing is another. */
  made: U[];
  /** Places of elements of which nothing is known. */
  fresh: readonly number[];
  /** Places of elements that stood at another place before. */
  moved: readonly number[];
}

/**
 * What is known of a list by what came of another one that is mostly the same, element by element. An element is itself:
 * what only looks like one of before is fresh. Lists that differ in one element are compared and copied, and nothing is
 * looked up: ten thousand elements are ten thousand comparisons of what lies side by side in memory.
 */
export function carriedOver<T, U>({ of, made }: Mapped<T, U>, list: readonly T[]): CarriedOver<U> {
  const part = differentPart(of, list);
  if (part === undefined) return { made: made as U[], fresh: [], moved: [] };
  const { from, before, after } = part;
  const now = made.slice(0, from);
  const fresh: number[] = [];
  const moved: number[] = [];
  now.length = list.length;
  let elsewhere: ReadonlyMap<T, number> | undefined;
  for (let at = from; at < after; at++) {
    const one = list[at] as T;
    if (at < before && of[at] === one) {
      now[at] = made[at] as U;
      continue;
    }
    elsewhere ??= new Map(of.slice(from, before).map((each, index) => [each, from + index]));
    const place = elsewhere.get(one);
    if (place === undefined) fresh.push(at);
    else {
      now[at] = made[place] as U;
      moved.push(at);
    }
  }
  const shift = list.length - of.length;
  for (let at = after; at < list.length; at++) {
    now[at] = made[at - shift] as U;
    if (shift !== 0) moved.push(at);
  }
  return { made: now, fresh, moved };
}

/** The part in which two lists differ: [from, before) of the one is [from, after) of the other. Undefined: they are the same. */
export function differentPart<T>(
  one: readonly T[],
  other: readonly T[],
): { from: number; before: number; after: number } | undefined {
  if (one === other) return undefined;
  const most = Math.min(one.length, other.length);
  let from = 0;
  while (from < most && one[from] === other[from]) from++;
  if (from === one.length && from === other.length) return undefined;
  let [before, after] = [one.length, other.length];
  while (before > from && after > from && one[before - 1] === other[after - 1]) {
    before--;
    after--;
  }
  return { from, before, after };
}
