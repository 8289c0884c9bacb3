import { Counter, Histogram, type Registry } from "prom-client";
import type { LabelValues } from "./families.ts";

/** Series of one metric, at most. 10,000 applications with two outcomes of their syncs are well below. */
export const MOST_SERIES = 50_000;
/** Where what names a series is an address or a kind, which applications and clusters may make up without end. */
export const MOST_NAMES = 2_000;
/** Series of one application in one counter: its project and its cluster may be edited again and again. */
const MOST_OF_ONE = 24;
/** Signs of a label's value. Names of Kubernetes are shorter; addresses and paths need not be. */
const MOST_SIGNS = 250;
/** The value of each label of a series that stands for all that had no room. */
export const OTHERS = "(others)";

/** What the bounds kept out, by metric; a metric of which nothing was is not there. */
export class LeftOut {
  readonly #byMetric = new Map<string, number>();

  get all(): Iterable<[metric: string, count: number]> {
    return [...this.#byMetric].filter(([, count]) => count > 0);
  }

  /** One observation more that counts for others. */
  add(metric: string): void {
    this.#byMetric.set(metric, (this.#byMetric.get(metric) ?? 0) + 1);
  }

  /** Series that the scrape of now leaves out. */
  now(metric: string, count: number): void {
    if (count > 0 || this.#byMetric.has(metric)) this.#byMetric.set(metric, count);
  }
}

interface Bounded {
  name: string;
  help: string;
  labelNames: readonly string[];
  /** Series at most. */
  most: number;
  leftOut: LeftOut;
  registers: Registry[];
}

/** Which series there are, and whose; equal for everything that counts under labels which somebody else chooses. */
class Series {
  readonly #known = new Map<string, LabelValues>();
  readonly #byOwner = new Map<string, Set<string>>();

  constructor(
    private readonly options: Pick<Bounded, "name" | "labelNames" | "most" | "leftOut">,
    private readonly remove: (labels: LabelValues) => void,
  ) {}

  /** The labels to count under: those that are asked for, or those of the others. */
  admit(asked: LabelValues, owner: string | undefined): LabelValues {
    const { name, labelNames, most, leftOut } = this.options;
    // Asked at each watch event: what is known costs one text.
    const key = labelNames.map((label) => asked[label]).join("\0");
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    if (this.#known.size >= most) {
      leftOut.add(name);
      return Object.fromEntries(labelNames.map((label) => [label, OTHERS]));
    }
    const labels = Object.fromEntries(labelNames.map((label) => [label, cut(asked[label] ?? "")]));
    this.#known.set(key, labels);
    if (owner !== undefined) this.#belongs(key, owner);
    return labels;
  }

  forget(owner: string): void {
    for (const key of this.#byOwner.get(owner) ?? []) this.#drop(key);
    this.#byOwner.delete(owner);
  }

  #belongs(key: string, owner: string): void {
    const own = this.#byOwner.get(owner) ?? new Set();
    this.#byOwner.set(owner, own.add(key));
    const [oldest] = own;
    if (own.size <= MOST_OF_ONE || oldest === undefined) return;
    own.delete(oldest);
    this.#drop(oldest);
  }

  #drop(key: string): void {
    const labels = this.#known.get(key);
    if (labels !== undefined) this.remove(labels);
    this.#known.delete(key);
  }
}

/** A counter of so many series: beyond them its sums stay right, and only their names are lost. */
export class BoundedCounter {
  readonly #counter: Counter;
  readonly #series: Series;

  constructor({ name, help, labelNames, registers, ...bound }: Bounded) {
    this.#counter = new Counter({ name, help, labelNames, registers });
    this.#series = new Series({ name, labelNames, ...bound }, (labels) => this.#counter.remove(labels));
  }

  /** @param owner with whom the series goes: see `forget` */
  inc(labels: LabelValues, by = 1, owner?: string): void {
    this.#counter.inc(this.#series.admit(labels, owner), by);
  }

  /** Whoever it was is gone, and its series with it. */
  forget(owner: string): void {
    this.#series.forget(owner);
  }
}

/** As `BoundedCounter`. */
export class BoundedHistogram {
  readonly #histogram: Histogram;
  readonly #series: Series;

  constructor({ name, help, labelNames, registers, buckets, ...bound }: Bounded & { buckets: number[] }) {
    this.#histogram = new Histogram({ name, help, labelNames, registers, buckets });
    this.#series = new Series({ name, labelNames, ...bound }, (labels) => this.#histogram.remove(labels));
  }

  observe(labels: LabelValues, value: number): void {
    this.#histogram.observe(this.#series.admit(labels, undefined), value);
  }
}

/** A label's value, no longer than a label may be. */
export function cut(value: string): string {
  return value.length <= MOST_SIGNS ? value : `${value.slice(0, MOST_SIGNS - 1)}…`;
}
