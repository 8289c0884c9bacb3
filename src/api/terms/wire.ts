/**
 * What goes over the wire, said once: a request is read by it, a handler has its type, and `/openapi.json` is printed from it.
 * Manifests are not described anew: `kindOf` stands for the shapes of core/model, which their parsers check.
 */
import { defined } from "../../lib/defined.ts";

declare const OF: unique symbol;

/** What an object's unknown fields come to. `slips`: ignored, but for what reads like a known one; `open`: of answers, there may be more. */
export type Unknown = "refuse" | "ignore" | "slips" | "open";

export type Kind = "Application" | "AppProject" | "ApplicationSet";

export type Node = (
  | { is: "text"; pattern?: RegExp; most?: number; empty?: "kept" }
  | { is: "flag" }
  /** `number-or-text`: 64 bits are text in protobuf's JSON. */
  | { is: "whole"; least: number; most: number; as: "number" | "number-or-text" }
  | { is: "number"; least?: number }
  | { is: "choice"; of: readonly string[] }
  | { is: "anything" | "null" }
  | { is: "list"; of: Node; least: number }
  | { is: "map"; of: Node }
  | { is: "fields"; fields: WireFields; unknown: Unknown }
  /** The first one that fits. */
  | { is: "either"; of: readonly Node[] }
  /** A component of the document. */
  | { is: "named"; name: string; of: () => Node }
  | { is: "kind"; kind: Kind }
) & {
  /** What it is for, one sentence with its full stop. */
  says?: string;
  /** `expected …`, where the type's own words say too little. */
  expected?: string;
};

/** A node whose values are `T` once they are read. */
export type Wire<T> = Node & { readonly [OF]?: () => T };
export interface Optional<T> {
  optional: Wire<T>;
}
export type WireFields = Readonly<Record<string, Wire<unknown> | Optional<unknown>>>;

/** What a node reads. */
export type Of<W> = W extends { readonly [OF]?: () => infer T } ? T : never;
export type FieldsOf<F extends WireFields> = {
  [K in keyof F as F[K] extends Optional<unknown> ? never : K]: Of<F[K]>;
} & {
  [K in keyof F as F[K] extends Optional<unknown> ? K : never]?: F[K] extends Optional<infer T> ? T : never;
};

interface About {
  says?: string;
  expected?: string;
}

const MOST_WHOLE = Number.MAX_SAFE_INTEGER;

/** @param about.most characters; `empty: "kept"` where "" is another word than none */
export function text(about: About & { pattern?: RegExp; most?: number; empty?: "kept" } = {}): Wire<string> {
  return { is: "text", ...about };
}
export function flag(says?: string): Wire<boolean> {
  return { is: "flag", ...defined({ says }) };
}
export function whole({ least = 0, most = MOST_WHOLE, ...about }: About & Bounds = {}): Wire<number> {
  return { is: "whole", least, most, as: "number", ...about };
}
/** Of Argo CD's bodies, whose clients send it as text too. */
export function int64({ least = 0, most = MOST_WHOLE, ...about }: About & Bounds = {}): Wire<number> {
  return { is: "whole", least, most, as: "number-or-text", ...about };
}
export function number(about: About & { least?: number } = {}): Wire<number> {
  return { is: "number", ...about };
}
export function choice<const T extends string>(of: readonly T[], says?: string): Wire<T> {
  return { is: "choice", of, ...defined({ says }) };
}
/** JSON of whatever form. */
export function anything(says?: string): Wire<unknown> {
  return { is: "anything", ...defined({ says }) };
}
/** `null`, of an answer. */
export function none(): Wire<unknown> {
  return { is: "null" };
}
export function list<T>(of: Wire<T>, { least = 0, ...about }: About & { least?: number } = {}): Wire<T[]> {
  return { is: "list", of, least, ...about };
}
export function map<T>(of: Wire<T>, about: About = {}): Wire<Record<string, T>> {
  return { is: "map", of, ...about };
}
export function either<T, U>(one: Wire<T>, other: Wire<U>, about: About = {}): Wire<T | U> {
  return { is: "either", of: [one, other], ...about };
}
export function optional<T>(wire: Wire<T>): Optional<T> {
  return { optional: wire };
}
/** Of a request: what is not known is refused, unless it is a body of Argo CD's, where it is ignored as there. */
export function fields<const F extends WireFields>(
  known: F,
  { unknown = "refuse", ...about }: About & { unknown?: Unknown } = {},
): Wire<FieldsOf<F>> {
  return { is: "fields", fields: known, unknown, ...about };
}
/** Of an answer: what is told. A client must bear more. */
export function told<const F extends WireFields>(known: F, says?: string): Wire<FieldsOf<F>> {
  return { is: "fields", fields: known, unknown: "open", ...defined({ says }) };
}
/** One of several forms of an answer. */
export function oneOf(...of: readonly Wire<unknown>[]): Wire<unknown> {
  return { is: "either", of };
}
/** @param name of a component: `Problem` */
export function named<T>(name: string, of: Wire<T> | (() => Wire<T>)): Wire<T> {
  return { is: "named", name, of: typeof of === "function" ? of : () => of };
}
/** A manifest of ours: printed from the shape that its parser checks it by, which is what reads it. */
export function kindOf(kind: Kind): Wire<unknown> {
  return { is: "kind", kind };
}
/** With what it is for. */
export function saying<T>(says: string, wire: Wire<T>): Wire<T> {
  return { ...wire, says };
}

interface Bounds {
  least?: number;
  most?: number;
}

export function isOptional(field: Wire<unknown> | Optional<unknown>): field is Optional<unknown> {
  return "optional" in field;
}
export function wireIn(field: Wire<unknown> | Optional<unknown>): Node {
  return isOptional(field) ? field.optional : field;
}
