import type { Application } from "../model/application.ts";
import type { ApplicationSet } from "../model/application-set.ts";
import type { Generated } from "./generated.ts";

/**
 * What one set was made of before. What is asked with the same parameters is the very same application, and a file that
 * did not change is not read again: so a change of one element costs about that one.
 */
export class GenerationMemo {
  #of: ApplicationSet | undefined;
  #applications = new Keeping<Application>();
  #files = new Keeping<Generated>();

  /** Begins a generation of this set; of another spec, nothing holds. */
  begin(set: ApplicationSet): void {
    if (this.#of !== set) {
      this.#applications = new Keeping();
      this.#files = new Keeping();
    }
    this.#of = set;
    this.#applications.begin();
    this.#files.begin();
  }

  get applications(): Pick<Keeping<Application>, "get" | "set"> {
    return this.#applications;
  }

  get files(): Pick<Keeping<Generated>, "get" | "set"> {
    return this.#files;
  }
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
