interface Place<Reader> {
  /** Who read what is here: a file, or a folder with all below it. */
  readers: Set<Reader>;
  below: Map<string, Place<Reader>>;
}

/**
 * Who read which paths of one tree, so that a commit finds those whom it concerns by what it changed, and asks nobody
 * else. Costs as much as the changed paths are deep, and as many readers as they have.
 */
export class ReadPaths<Reader> {
  readonly #root: Place<Reader> = { readers: new Set(), below: new Map() };
  /** Reader -> the list that was noted, known again by its identity. */
  readonly #noted = new Map<Reader, { list: unknown; paths: readonly string[] }>();

  /**
   * What a reader reads now, in place of what it read before.
   * @param list whose paths they are: the same list as before costs nothing
   */
  note<Input>(reader: Reader, list: readonly Input[], pathsOf: (list: readonly Input[]) => string[]): void {
    const before = this.#noted.get(reader);
    if (before?.list === list) return;
    for (const path of before?.paths ?? []) forget(reader, stepsOf(path), this.#root);
    const paths = pathsOf(list);
    for (const path of paths) this.#make(path).readers.add(reader);
    this.#noted.set(reader, { list, paths });
  }

  /** It reads nothing any more. */
  forget(reader: Reader): void {
    for (const path of this.#noted.get(reader)?.paths ?? []) forget(reader, stepsOf(path), this.#root);
    this.#noted.delete(reader);
  }

  /** Whoever read one of these paths, something above it, or something below it. "" is the whole tree. */
  touchedBy(changed: Iterable<string>): Set<Reader> {
    const touched = new Set<Reader>();
    for (const path of changed) {
      let place: Place<Reader> | undefined = this.#root;
      for (const step of stepsOf(path)) {
        for (const reader of place.readers) touched.add(reader);
        place = place.below.get(step);
        if (place === undefined) break;
      }
      if (place !== undefined) takeAll(place, touched);
    }
    return touched;
  }

  #make(path: string): Place<Reader> {
    let place = this.#root;
    for (const step of stepsOf(path)) {
      let next = place.below.get(step);
      if (next === undefined) {
        next = { readers: new Set(), below: new Map() };
        place.below.set(step, next);
      }
      place = next;
    }
    return place;
  }
}

/** Places of nobody go with him: a repository that names files by their content has other ones with each commit. */
function forget<Reader>(reader: Reader, [step, ...rest]: readonly string[], place: Place<Reader>): void {
  if (step === undefined) {
    place.readers.delete(reader);
    return;
  }
  const next = place.below.get(step);
  if (next === undefined) return;
  forget(reader, rest, next);
  if (next.readers.size === 0 && next.below.size === 0) place.below.delete(step);
}

function takeAll<Reader>({ readers, below }: Place<Reader>, into: Set<Reader>): void {
  for (const reader of readers) into.add(reader);
  for (const place of below.values()) takeAll(place, into);
}

function stepsOf(path: string): string[] {
  return path === "" ? [] : path.split("/");
}
