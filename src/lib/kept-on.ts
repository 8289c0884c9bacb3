/** What is noted of objects, each note lying in its object: as a WeakMap whose notes go with their objects. */
export interface KeptOn<K extends object, V> {
  get(key: K): V | undefined;
  set(key: K, value: V): void;
  /** @returns whether something was noted */
  delete(key: K): boolean;
}

/** A constructor that gives back the object which it was given, so that a subclass adds its private fields to that one. */
class Given {
  constructor(object: object) {
    // biome-ignore lint/correctness/noConstructorReturn: this is how an object of another class gets a private field.
    return object;
  }
}

/**
 * For notes on very many objects. JavaScriptCore looks at each entry of each WeakMap in every collection, the small ones
 * too: fourteen maps of 10,000 entries were 12 ms of CPU in each of them (`bench/README.md`, appsets-daemon), and a
 * private field of the object costs a collection nothing. Frozen objects take notes as well, and neither a copy, nor a
 * comparison, nor JSON sees them; only `toMatchObject` of bun:test does, in what it is told to expect.
 *
 * A note lives as long as its object, also when nobody has the `KeptOn` any more: make one for a program's life, or for
 * objects that end with it.
 */
export function keptOn<K extends object, V>(): KeptOn<K, V> {
  class Note extends Given {
    #value: V | undefined;

    constructor(key: K, value: V) {
      super(key);
      this.#value = value;
    }

    static of(key: object): Note | undefined {
      return #value in key ? key : undefined;
    }

    static get(key: K): V | undefined {
      const known = Note.of(key);
      return known === undefined ? undefined : known.#value;
    }

    static set(key: K, value: V): void {
      const known = Note.of(key);
      if (known === undefined) new Note(key, value);
      else known.#value = value;
    }

    static delete(key: K): boolean {
      const known = Note.of(key);
      if (known === undefined || known.#value === undefined) return false;
      known.#value = undefined;
      return true;
    }
  }
  return Note;
}
