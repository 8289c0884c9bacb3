import { type Mapped, NOTHING_MAPPED } from "../../lib/carried-over.ts";
import type { Application } from "../model/application.ts";
import type { ApplicationSet } from "../model/application-set.ts";
import type { ParameterSet } from "../ports/template-engine.ts";
import type { Generated, GeneratedApplication, Joined } from "./generated.ts";
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
  readonly applications = new Keeping<string, Application>();
  /** As they were walked last, by repository, revision and kind of walk. */
  readonly trees = new Keeping<string, TreeFolder>();
  /** By patterns of a Git generator that stands behind no other. */
  readonly chosen = new Keeping<string, Chosen>();
  /** Names of the applications that were made last, where no two were the same. */
  distinct: Mapped<GeneratedApplication, string> = NOTHING_MAPPED;
  readonly #placed = new Map<string, Keeping<TreeFile | TreeFolder, Generated>>();
  readonly #stages = new Map<string, Stage>();

  begin(): void {
    for (const each of [this.applications, this.trees, this.chosen, ...this.#placed.values()]) each.begin();
  }

  /** What a generator at this path, with this prefix of names, gives for a file or a folder that was read. */
  placed(path: string, prefix: string): Keeping<TreeFile | TreeFolder, Generated> {
    const key = JSON.stringify([path, prefix]);
    const known = this.#placed.get(key) ?? new Keeping();
    this.#placed.set(key, known);
    return known;
  }

  /** Of a generator that stands behind no other. @param path of it, and what else tells two of them apart */
  stage(...path: readonly string[]): Stage {
    const key = JSON.stringify(path);
    const known = this.#stages.get(key) ?? {
      ...{ read: NOTHING_MAPPED, joined: undefined, valued: NOTHING_MAPPED, taken: NOTHING_MAPPED },
      ...{ made: NOTHING_MAPPED, merged: new Map() },
    };
    this.#stages.set(key, known);
    return known;
  }
}

/** What was made on the way from one generator to applications, each by what it was made of. */
export interface Stage {
  /** What it gives for each file or folder. */
  read: Mapped<TreeFile | TreeFolder, Generated>;
  joined: Joined | undefined;
  /** Its sets with its `values`. */
  valued: Mapped<ParameterSet, ParameterSet>;
  /** Whether its selector takes a set. */
  taken: Mapped<ParameterSet, boolean>;
  /** Of a set of a merge's first generator, what it became with one of this one. */
  merged: ReadonlyMap<ParameterSet, Merged>;
  made: Mapped<ParameterSet, GeneratedApplication>;
}

/** A set of a merge, and what it was merged with. */
export interface Merged {
  other: ParameterSet;
  set: ParameterSet;
}

/** Values that were used in this round or the one before. */
class Keeping<K, T> {
  #before: ReadonlyMap<K, T> = new Map();
  #now = new Map<K, T>();

  begin(): void {
    this.#before = this.#now;
    this.#now = new Map();
  }

  get(key: K): T | undefined {
    const known = this.#now.get(key) ?? this.#before.get(key);
    if (known !== undefined) this.#now.set(key, known);
    return known;
  }

  set(key: K, value: T): void {
    this.#now.set(key, value);
  }
}
