/** What the tool of a source is given as values, and where each comes from. */

/** Where values come from, in the order in which they count: the last one wins. */
export type ValueLayer =
  /** Its own defaults. `of`: a chart that it uses, by its alias; `in`: the package that the path is in. */
  (
    | { is: "chart"; path: string; of?: string; in?: string }
    /** `ref`: of another source; "" is this one. */
    | { is: "file"; ref: string; path: string }
    | { is: "url"; url: string }
    /** Fields of the source itself. */
    | { is: "valuesObject" | "values" | "parameter" | "fileParameter" | "spec" }
  ) & {
    /** `absent`: it is not there, and may not be. `encrypted`: its names are read, its values are not; `closed`: nothing of it is. */
    state: "read" | "absent" | "encrypted" | "closed";
  };

export interface ValueFrom {
  /** Index into `layers`. */
  layer: number;
  /** Of a file, 1-based; absent where it is not known. */
  line?: number;
  /** Of a parameter. */
  name?: string;
}

/** What stood at a place: JSON, or why it is not told. */
export type ToldValue = { value: unknown } | { hidden: "encrypted" | "secret" | "long" };

export type ValueThere = ValueFrom & ToldValue;

/** One value that the tool gets, or one that it does not get any more. Lists are replaced whole, and are one value. */
export type SourceValue = ValueThere & {
  /** Keys from the root. */
  path: readonly string[];
  is: "given" | "deleted";
  /** What stood there before, the last one first. */
  was: readonly ValueThere[];
};

/** Of one source. */
export interface SourceValues {
  layers: readonly ValueLayer[];
  /** In the order in which they are written; no more than `MOST_VALUES`. */
  values: readonly SourceValue[];
  /** How many there are. */
  total: number;
  /** Charts that it uses, and whose defaults are not among these: they could not be read, or another tool renders them. */
  charts: readonly string[];
}

export const MOST_VALUES = 20_000;

/** Sources of an application, and the values of those whose tool is given any. */
export interface ApplicationValues {
  /** All sources in their order. `revision`: as history calls it; `ref`: "" without one. */
  places: readonly { repoURL: string; revision: string; ref: string }[];
  /** `source`: an index into `places`. */
  sources: readonly (SourceValues & { source: number })[];
}

/** Whether it is another one than the chart's own default. */
export function isChanged(
  { is, layer }: Pick<SourceValue, "is" | "layer">,
  layers: readonly ValueLayer[],
): boolean {
  return is === "deleted" || layers[layer]?.is !== "chart";
}

/** `image.tag`; a key that holds a dot or a space stands in quotes. */
export function valuePath(path: readonly string[]): string {
  return path.map((key) => (/^[^\s."[\]]+$/.test(key) ? key : JSON.stringify(key))).join(".");
}

/** Where a value comes from: `values-prod.yaml:12`, `parameter image.tag`. */
export function fromWords({ layer, line, name }: ValueFrom, layers: readonly ValueLayer[]): string {
  const at = layers[layer];
  switch (at?.is) {
    case undefined:
      return "nobody knows where";
    case "chart": {
      const what = at.of === undefined ? "chart's default" : `default of ${at.of}`;
      return line === undefined ? what : `${what}, line ${line}`;
    }
    case "file":
      return `${at.ref === "" ? "" : `$${at.ref}/`}${at.path}${line === undefined ? "" : `:${line}`}`;
    case "url":
      return `${at.url}${line === undefined ? "" : `:${line}`}`;
    case "valuesObject":
      return "valuesObject of the application";
    case "values":
      return line === undefined ? "values of the application" : `values of the application, line ${line}`;
    case "parameter":
      return `parameter ${name ?? ""}`;
    case "fileParameter":
      return `file parameter ${name ?? ""}`;
    case "spec":
      return "the application";
  }
}

/** A value in one line, or why it is not told. */
export function valueWords(told: ToldValue): string {
  if ("hidden" in told)
    return { encrypted: "(encrypted in Git)", secret: "(secret)", long: "(too long to show)" }[told.hidden];
  return typeof told.value === "string" && !/^$|[\n\t]|^\s|\s$|^(?:true|false|null|[-\d.]+)$/.test(told.value)
    ? told.value
    : (JSON.stringify(told.value) ?? "");
}
