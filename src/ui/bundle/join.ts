/** What parts of the page share, in few files: the bundler makes one for each set of parts that share something, however small. */

/** A file of scripts that the bundler made. */
export interface Chunk {
  name: string;
  /** The module that it is loaded for; absent where others only share it. */
  entry: string | undefined;
  modules: readonly string[];
  /** Bytes, packed. */
  size: number;
  /** Names of chunks that it cannot begin without. */
  imports: readonly string[];
  /** Names of chunks that it loads once they are needed. */
  loads: readonly string[];
}

/** Files beside its own that a part may need and the first scripts lack. */
const MOST_FILES = 3;
/** Bytes, packed, of one that is shared. */
const LARGEST = 22_000;

/** How much more a byte weighs that the early part loads. */
const OFTEN = 8;

/** Chunks that become one. */
interface Shared {
  chunks: readonly Chunk[];
  /** Entries of the parts that need it. */
  users: ReadonlySet<string>;
}

const sizeOf = ({ chunks }: Pick<Shared, "chunks">): number =>
  chunks.reduce((sum, { size }) => sum + size, 0);

/**
 * Which modules each part is to import as well, so that what they share comes in few files. Of two that could be joined those are
 * that have parts load the least that they do not need.
 *
 * @param first the name of the chunk that the page begins with
 * @param early the entry of a part that people begin at as well: what it loads for nothing weighs more
 * @returns by the entry of each part
 */
export function joined(
  chunks: readonly Chunk[],
  first: string,
  early?: string,
): ReadonlyMap<string, readonly string[]> {
  const byName = new Map(chunks.map((chunk) => [chunk.name, chunk] as const));
  const atFirst = needed(first, byName);
  const parts = chunks.filter(({ name, entry }) => entry !== undefined && name !== first);
  const before = loadedBefore(parts, atFirst, byName);
  let shared: readonly Shared[] = chunks
    .filter(({ name, entry }) => entry === undefined && !atFirst.has(name))
    .map((chunk) => ({
      chunks: [chunk],
      users: new Set(
        parts.filter((part) => needed(part.name, byName).has(chunk.name)).map(({ entry = "" }) => entry),
      ),
    }));
  for (;;) {
    const many = parts
      .map(({ entry = "" }) => entry)
      .filter((entry) => shared.filter(({ users }) => users.has(entry)).length > MOST_FILES);
    const next = many.length === 0 ? undefined : cheapest(shared, many, before, early);
    if (next === undefined) break;
    shared = next;
  }
  return new Map(
    parts.map(({ entry = "" }) => [
      entry,
      shared
        .filter(({ users }) => users.has(entry))
        .flatMap((one) => one.chunks.flatMap(({ modules }) => modules)),
    ]),
  );
}

/** @returns with those two joined that some of `entries` need and that cost the least; undefined: all would be too large */
function cheapest(
  shared: readonly Shared[],
  entries: readonly string[],
  before: ReadonlyMap<string, string>,
  early: string | undefined,
): readonly Shared[] | undefined {
  let best: { shared: readonly Shared[]; cost: number } | undefined;
  for (const [at, one] of shared.entries())
    for (const other of shared.slice(at + 1)) {
      if (sizeOf(one) + sizeOf(other) > LARGEST) continue;
      if (!entries.some((entry) => one.users.has(entry) && other.users.has(entry))) continue;
      const next = withBoth(shared, one, other);
      const cost = next.reduce((sum, each) => sum + costOf(each, before, early), 0);
      if (best === undefined || cost < best.cost) best = { shared: next, cost };
    }
  return best?.shared;
}

/** Whoever needs one of them has both from then on, and also what both import. */
function withBoth(shared: readonly Shared[], one: Shared, other: Shared): readonly Shared[] {
  const both: Shared = {
    chunks: [...one.chunks, ...other.chunks],
    users: new Set([...one.users, ...other.users]),
  };
  let all = [...shared.filter((each) => each !== one && each !== other), both];
  for (let grew = true; grew; ) {
    grew = false;
    all = all.map((each) => {
      const names = new Set(each.chunks.map(({ name }) => name));
      const importers = all.filter(({ chunks }) =>
        chunks.some(({ imports }) => imports.some((name) => names.has(name))),
      );
      const users = new Set([...each.users, ...importers.flatMap((importer) => [...importer.users])]);
      grew ||= users.size > each.users.size;
      return users.size > each.users.size ? { ...each, users } : each;
    });
  }
  return all;
}

/** Bytes of it that parts load; what was loaded before costs nothing. */
function costOf(one: Shared, before: ReadonlyMap<string, string>, early: string | undefined): number {
  const isThere = (entry: string): boolean => {
    for (let at = before.get(entry); at !== undefined; at = before.get(at))
      if (one.users.has(at)) return true;
    return false;
  };
  const loads = [...one.users].filter((entry) => !isThere(entry));
  return loads.reduce((sum, entry) => sum + (entry === early ? OFTEN : 1), 0) * sizeOf(one);
}

/** By the entry of a part the entry of the one that alone can ask for it: what that needs is there. */
function loadedBefore(
  parts: readonly Chunk[],
  atFirst: ReadonlySet<string>,
  byName: ReadonlyMap<string, Chunk>,
): ReadonlyMap<string, string> {
  const loadersOf = (name: string): Chunk[] =>
    [...byName.values()].filter(({ loads }) => loads.includes(name));
  return new Map(
    parts.flatMap(({ name, entry = "" }) => {
      const [one, ...more] = loadersOf(name);
      return one?.entry === undefined || more.length > 0 || atFirst.has(one.name)
        ? []
        : [[entry, one.entry] as const];
    }),
  );
}

/** All that it cannot begin without, and itself. */
export function needed(name: string, byName: ReadonlyMap<string, Chunk>): ReadonlySet<string> {
  const found = new Set([name]);
  for (const one of found) for (const imported of byName.get(one)?.imports ?? []) found.add(imported);
  return found;
}

/**
 * Has each part and all that it cannot begin without asked for at once, where the bundler would have the browser find out about
 * the second from the first.
 */
export function askedAtOnce(text: string, others: (part: string) => readonly string[]): string {
  return text.replaceAll(/\bimport\("\.\/([\w-]+\.js)"\)/g, (asked, part: string) => {
    const more = others(part).map((name) => `import("./${name}")`);
    return more.length === 0 ? asked : `Promise.all([${[asked, ...more].join()}]).then((all)=>all[0])`;
  });
}
