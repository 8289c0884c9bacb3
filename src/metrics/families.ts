/** Series that are read when somebody asks and kept nowhere: what they tell of is the daemon's own memory. */

export type LabelValues = Readonly<Record<string, string>>;
/** The labels of one series in the order in which they are written, and its value. */
export type Sample = readonly [labels: LabelValues, value: number];

export interface Family {
  name: string;
  help: string;
  type: "gauge" | "counter";
  /** The series of this moment; walked once, and only as far as the bound of series lets it. */
  samples(): Iterable<Sample>;
}

/** What is told of by families, in the order in which they are written. */
export class Families {
  readonly #all: Family[] = [];

  get all(): readonly Family[] {
    return this.#all;
  }

  gauge(name: string, help: string, samples: Family["samples"]): void {
    this.#all.push({ name, help, type: "gauge", samples });
  }

  /** @param name ends in `_total` */
  counter(name: string, help: string, samples: Family["samples"]): void {
    this.#all.push({ name, help, type: "counter", samples });
  }
}
