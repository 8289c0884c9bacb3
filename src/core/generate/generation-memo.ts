import type { AppKey, Application } from "../model/application.ts";
import type { ApplicationSet } from "../model/application-set.ts";
import type { ParameterSet } from "../ports/template-engine.ts";
import type { Generated } from "./generated.ts";
import type { Chosen, TreeFile, TreeFolder } from "./git-tree.ts";

/**
 * What one set was made of before. What is asked with the same parameters is the very same application, and what did not
 * change of a repository is neither read nor matched again: so a change of one element costs about that one.
 *
 * What is kept by an object is of just that object, which is never changed: another content is another object.
 */
export class GenerationMemo {
  #of: ApplicationSet | undefined;
  #kept = new Kept();

  /** Begins a generation of this set; of another spec, nothing holds. */
  begin(set: ApplicationSet): void {
    if (this.#of !== set) this.#kept = new Kept();
    this.#of = set;
    this.#kept.begin();
  }

  get applications(): Pick<Keeping<Application>, "get" | "set"> {
    return this.#kept.applications;
  }

  /** As they were walked last, by repository, revision and kind of walk. */
  get trees(): Pick<Keeping<TreeFolder>, "get" | "set"> {
    return this.#kept.trees;
  }

  /** By patterns of a Git generator that stands behind no other. */
  get chosen(): Pick<Keeping<Chosen>, "get" | "set"> {
    return this.#kept.chosen;
  }

  /** What a generator at this path, with this prefix of names, gives for a file or a folder. */
  placed(path: string, prefix: string): WeakMap<TreeFile | TreeFolder, Generated> {
    return at(this.#kept.placed, JSON.stringify([path, prefix]));
  }

  /** Sets of a generator that stands behind no other, with its `values`. @param path of the generator */
  valued(path: string): WeakMap<ParameterSet, ParameterSet> {
    return at(this.#kept.valued, path);
  }

  /** @param path of the generator whose sets they are, and where it stands in `made.from` */
  made(path: string): WeakMap<ParameterSet, Placed> {
    return at(this.#kept.made, path);
  }
}

class Kept {
  readonly applications = new Keeping<Application>();
  readonly trees = new Keeping<TreeFolder>();
  readonly chosen = new Keeping<Chosen>();
  readonly placed = new Map<string, WeakMap<TreeFile | TreeFolder, Generated>>();
  readonly valued = new Map<string, WeakMap<ParameterSet, ParameterSet>>();
  readonly made = new Map<string, WeakMap<ParameterSet, Placed>>();

  begin(): void {
    for (const each of [this.applications, this.trees, this.chosen]) each.begin();
  }
}

function at<K extends object, V>(maps: Map<string, WeakMap<K, V>>, key: string): WeakMap<K, V> {
  const known = maps.get(key) ?? new WeakMap<K, V>();
  maps.set(key, known);
  return known;
}

/** An application, and which of its generator's sets it came of. */
interface Placed {
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
