import type { AppKey, Application } from "../model/application.ts";
import type { ApplicationSet } from "../model/application-set.ts";
import type { ParameterSet } from "../ports/template-engine.ts";
import type { Generated } from "./generated.ts";
import type { Chosen, TreeFile, TreeFolder } from "./git-tree.ts";

/**
 * What one set was made of before. What is asked with the same parameters is the very same application, and what did not
 * change of a repository is neither read nor matched again: so a change of one element costs about that one.
 */
export class GenerationMemo {
  #of: ApplicationSet | undefined;
  #kept = new SetMemo();

  /**
   * Begins a generation of this set; of another spec, nothing holds. What is left of a generation that was broken off
   * writes into what was kept for its own spec.
   */
  begin(set: ApplicationSet): SetMemo {
    if (this.#of !== set) this.#kept = new SetMemo();
    this.#of = set;
    this.#kept.begin();
    return this.#kept;
  }
}

/** Of one spec. What is kept by an object is of just that object, which is never changed: another content is another one. */
export class SetMemo {
  readonly applications = new Keeping<Application>();
  /** As they were walked last, by repository, revision and kind of walk. */
  readonly trees = new Keeping<TreeFolder>();
  /** By patterns of a Git generator that stands behind no other. */
  readonly chosen = new Keeping<Chosen>();
  /** Names of the applications that were made last, in their order, where no two were the same. */
  distinct: readonly string[] = [];
  readonly #placed = new Map<string, WeakMap<TreeFile | TreeFolder, Generated>>();
  readonly #valued = new Map<string, WeakMap<ParameterSet, ParameterSet>>();
  readonly #chosen = new Map<string, WeakMap<ParameterSet, boolean>>();
  readonly #merged = new Map<string, WeakMap<ParameterSet, Merged>>();
  readonly #made = new Map<string, MadeOf>();

  begin(): void {
    for (const each of [this.applications, this.trees, this.chosen]) each.begin();
  }

  /** What a generator at this path, with this prefix of names, gives for a file or a folder. */
  placed(path: string, prefix: string): WeakMap<TreeFile | TreeFolder, Generated> {
    return at(this.#placed, JSON.stringify([path, prefix]));
  }

  /** Sets of a generator that stands behind no other, with its `values`. @param path of the generator */
  valued(path: string): WeakMap<ParameterSet, ParameterSet> {
    return at(this.#valued, path);
  }

  /** Whether the selector of a generator that stands behind no other takes a set. @param path of the generator */
  taken(path: string): WeakMap<ParameterSet, boolean> {
    return at(this.#chosen, path);
  }

  /** Of a set of a merge's first generator, what it became with one of the next. @param path of that one */
  merged(path: string): WeakMap<ParameterSet, Merged> {
    return at(this.#merged, path);
  }

  /** @param path of the generator whose sets they are */
  made(path: string): MadeOf {
    const known = this.#made.get(path) ?? { last: [], bySet: new WeakMap() };
    this.#made.set(path, known);
    return known;
  }
}

function at<K extends object, V>(maps: Map<string, WeakMap<K, V>>, key: string): WeakMap<K, V> {
  const known = maps.get(key) ?? new WeakMap<K, V>();
  maps.set(key, known);
  return known;
}

/** A set of a merge, and what it was merged with. */
interface Merged {
  other: ParameterSet;
  set: ParameterSet;
}

/** What was made of the sets of one generator. */
interface MadeOf {
  /** By their place, last time: most sets stand where they stood. */
  last: readonly (Placed | undefined)[];
  bySet: WeakMap<ParameterSet, Placed>;
}

/** An application, and which of its generator's sets it came of. */
export interface Placed {
  of: ParameterSet;
  index: number;
  made: { key: AppKey; application: Application; from: string };
}

/** Values that were used in this round or the one before. */
class Keeping<T> {
  #before: ReadonlyMap<string, T> = new Map();
  #now = new Map<string, T>();

  begin(): void {
    this.#before = this.#now;
    this.#now = new Map();
  }

  get(key: string): T | undefined {
    const known = this.#now.get(key) ?? this.#before.get(key);
    if (known !== undefined) this.#now.set(key, known);
    return known;
  }

  set(key: string, value: T): void {
    this.#now.set(key, value);
  }
}
