import type { AppKey } from "../model/application.ts";
import type { SetKey } from "../model/application-set.ts";
import type { Children, SetChild } from "../ports/sets-home.ts";

const NONE: readonly never[] = [];

/** Applications by key, which knows those of each set without looking at those of the others. */
export class ChildIndex implements Children {
  readonly #all = new Map<AppKey, SetChild>();
  readonly #owned = new Map<SetKey, Map<AppKey, SetChild>>();
  /** As they were handed out, until one of them is another. */
  readonly #lists = new Map<SetKey, readonly SetChild[]>();
  readonly #names = new Map<SetKey, readonly AppKey[]>();

  constructor(children: Iterable<SetChild> = []) {
    for (const child of children) this.set(child);
  }

  get size(): number {
    return this.#all.size;
  }

  get(key: AppKey): SetChild | undefined {
    return this.#all.get(key);
  }

  values(): Iterable<SetChild> {
    return this.#all.values();
  }

  ownedBy(set: SetKey): readonly SetChild[] {
    const known = this.#lists.get(set);
    if (known !== undefined) return known;
    const own = this.#owned.get(set);
    if (own === undefined) return NONE;
    const list = [...own.values()];
    this.#lists.set(set, list);
    return list;
  }

  namesOf(set: SetKey): readonly AppKey[] {
    const own = this.#owned.get(set);
    const names = this.#names.get(set) ?? (own === undefined ? NONE : [...own.keys()]);
    if (own !== undefined) this.#names.set(set, names);
    return names;
  }

  set(child: SetChild): void {
    const { key, ownedBy } = child;
    const before = this.#all.get(key)?.ownedBy;
    if (before !== ownedBy) this.#leave(before, key);
    this.#all.set(key, child);
    if (ownedBy === undefined) return;
    const own = this.#owned.get(ownedBy) ?? new Map<AppKey, SetChild>();
    if (!own.has(key)) this.#names.delete(ownedBy);
    this.#owned.set(ownedBy, own.set(key, child));
    this.#lists.delete(ownedBy);
  }

  /** @returns whether it was there */
  delete(key: AppKey): boolean {
    this.#leave(this.#all.get(key)?.ownedBy, key);
    return this.#all.delete(key);
  }

  #leave(set: SetKey | undefined, key: AppKey): void {
    if (set === undefined) return;
    const own = this.#owned.get(set);
    own?.delete(key);
    if (own?.size === 0) this.#owned.delete(set);
    this.#lists.delete(set);
    this.#names.delete(set);
  }
}
