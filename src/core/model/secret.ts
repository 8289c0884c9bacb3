/** A value that must not be printed: JSON, string conversion and inspection all show `***`. */
export class Secret<T = string> {
  readonly #value: T;
  constructor(value: T) {
    this.#value = value;
  }
  /** The value itself. Every call is a place where a secret could leak: keep it next to the wire. */
  reveal(): T {
    return this.#value;
  }
  toJSON(): string {
    return "***";
  }
  toString(): string {
    return "***";
  }
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return "***";
  }
}
