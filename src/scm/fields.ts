import type { Failure } from "../core/model/failure.ts";
import { isMapping } from "../lib/is-mapping.ts";

/**
 * A mapping that somebody else wrote, a field at a time: whatever is not of its type is an error, never something that
 * is left out. `null` counts as absent where a field may be.
 */
export class Fields {
  constructor(
    readonly value: Readonly<Record<string, unknown>>,
    /** "" for the outermost one. */
    readonly at: string,
    /** @param what "pulls[3].head.sha must be a text" */
    readonly wrong: (what: string) => Failure,
  ) {}

  /** @throws {Failure} as `wrong` says */
  static of(value: unknown, at: string, wrong: (what: string) => Failure): Fields {
    if (!isMapping(value)) throw wrong(`${at === "" ? "it" : at} must be a mapping`);
    return new Fields(value, at, wrong);
  }

  text(name: string): string {
    return this.maybeText(name) ?? this.#fail(name, "a text");
  }

  maybeText(name: string): string | undefined {
    const value = this.#at(name);
    return value === undefined || typeof value === "string" ? value : this.#fail(name, "a text");
  }

  /** Whole, and safe as a number. */
  integer(name: string): number {
    const value = this.#at(name);
    return typeof value === "number" && Number.isSafeInteger(value)
      ? value
      : this.#fail(name, "a whole number");
  }

  flag(name: string): boolean | undefined {
    const value = this.#at(name);
    return value === undefined || typeof value === "boolean" ? value : this.#fail(name, "true or false");
  }

  list(name: string): readonly unknown[] {
    return this.maybeList(name) ?? this.#fail(name, "a list");
  }

  maybeList(name: string): readonly unknown[] | undefined {
    const value = this.#at(name);
    return value === undefined || Array.isArray(value) ? value : this.#fail(name, "a list");
  }

  texts(name: string): readonly string[] | undefined {
    const list = this.maybeList(name);
    const isTexts = list?.every((each) => typeof each === "string") ?? true;
    return isTexts ? (list as readonly string[] | undefined) : this.#fail(name, "a list of texts");
  }

  in(name: string): Fields {
    return this.maybeIn(name) ?? this.#fail(name, "a mapping");
  }

  maybeIn(name: string): Fields | undefined {
    const value = this.#at(name);
    return value === undefined ? undefined : Fields.of(value, this.#path(name), this.wrong);
  }

  /** Each element of a list, as a mapping. */
  each(name: string): readonly Fields[] {
    return this.list(name).map((one, index) => Fields.of(one, `${this.#path(name)}[${index}]`, this.wrong));
  }

  #at(name: string): unknown {
    return Object.hasOwn(this.value, name) ? (this.value[name] ?? undefined) : undefined;
  }

  #path(name: string): string {
    return this.at === "" ? name : `${this.at}.${name}`;
  }

  #fail(name: string, type: string): never {
    throw this.wrong(`${this.#path(name)} must be ${type}`);
  }
}
