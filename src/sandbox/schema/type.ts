import { defined, filled } from "../../lib/defined.ts";
import type { Json } from "../json.ts";

/** What the API server knows of a field's type: enough to decode, default keys, merge and track ownership. */
export type Type =
  | { is: "scalar"; of: ScalarKind }
  | { is: "list"; item: Type; relation: ListRelation }
  | { is: "map"; item: Type; relation: "granular" | "atomic" }
  | StructType
  /** Nothing is known: maps are granular, lists atomic, whatever the value is. */
  | { is: "any" };

/** `integer` is 32 bits wide, `long` 64; both are whole. */
export type ScalarKind =
  | "string"
  | "integer"
  | "long"
  | "number"
  | "boolean"
  | "quantity"
  | "int-or-string"
  | "bytes"
  | "time"
  | "micro-time"
  | "untyped";
export type ListRelation = { is: "atomic" } | { is: "set" } | { is: "keyed"; keys: readonly string[] };

export interface StructType {
  is: "struct";
  name: string;
  relation: "granular" | "atomic";
  fields(): ReadonlyMap<string, Field>;
  /** Type of fields that are not listed; undefined where there may be none. */
  others?: Type;
}

export interface Field {
  type: Type;
  /** `pointer`: kept as given. `omit-empty`: left out when empty. `omit-zero`: the same for structs. `always`: written even when empty. */
  writing: "pointer" | "omit-empty" | "omit-zero" | "always";
  /** Stands for a missing key of a keyed list. */
  preset?: Json;
  /** Strategic merge patch. */
  patch?: { merge: boolean; mergeKey?: string; retainKeys: boolean };
  /** Where it is in protobuf: field numbers, one more for each struct that is inline in Go. */
  wire: readonly number[];
}

/** Rows of builtin.json, `resources`. */
export interface ResourceRow {
  apiVersion: string;
  resource: string;
  kind: string;
  scope: "namespaced" | "cluster";
  singular: string;
  shortNames: string[];
  categories: string[];
  subresources: string[];
  use: "full" | "create-only";
}

export interface BuiltinData {
  resources: string[][];
  /** `apps/v1/Deployment` -> name in `types`. */
  kinds: Record<string, string>;
  /** Struct name -> field -> text in the language that `parseField` reads. */
  types: Record<string, Record<string, string>>;
}

const scalars: Record<string, ScalarKind> = {
  s: "string",
  i: "integer",
  l: "long",
  n: "number",
  b: "boolean",
  q: "quantity",
  x: "int-or-string",
  y: "bytes",
  t: "time",
  u: "micro-time",
};
const writings: Record<string, Field["writing"]> = {
  p: "pointer",
  o: "omit-empty",
  oe: "omit-zero",
  z: "always",
  ze: "always",
};

/**
 * The built-in kinds' types, read from builtin.json's small language on first use:
 * `writing[number]:type[=preset][;patch]` with writing `p|o|oe|z`, the protobuf field number, scalars `s i l n b q x y t u`, `L` atomic list, `S` set,
 * `K(a,b)` keyed list, `D` granular map, `A` atomic map, `@Name` struct, `!@Name` atomic struct, `*` and `?` anything.
 */
export class BuiltinTypes {
  readonly #data: BuiltinData;
  readonly #structs = new Map<string, StructType>();
  constructor(data: BuiltinData) {
    this.#data = data;
  }

  resources(): ResourceRow[] {
    const words = (text: string | undefined) => (text === undefined || text === "" ? [] : text.split(","));
    return this.#data.resources.map(
      ([
        apiVersion = "",
        resource = "",
        kind = "",
        scope,
        singular = "",
        short,
        categories,
        subresources,
        use,
      ]) => ({
        apiVersion,
        resource,
        kind,
        singular,
        scope: scope === "cluster" ? "cluster" : "namespaced",
        shortNames: words(short),
        categories: words(categories),
        subresources: words(subresources),
        use: use === "create-only" ? "create-only" : "full",
      }),
    );
  }

  /** @param key `apps/v1/Deployment` */
  ofKind(key: string): StructType | undefined {
    const name = this.#data.kinds[key];
    return name === undefined ? undefined : this.struct(name);
  }

  struct(name: string, relation: "granular" | "atomic" = "granular"): StructType {
    const key = relation === "atomic" ? `!${name}` : name;
    const known = this.#structs.get(key);
    if (known !== undefined) return known;
    const rows = this.#data.types[name];
    if (rows === undefined) throw new Error(`builtin.json has no type ${name}`);
    let fields: ReadonlyMap<string, Field> | undefined;
    const made: StructType = {
      is: "struct",
      name,
      relation,
      fields: () =>
        (fields ??= new Map(Object.entries(rows).map(([field, text]) => [field, this.#field(text)]))),
    };
    this.#structs.set(key, made);
    return made;
  }

  #field(text: string): Field {
    const [, writing = "p", wire = "", type = "?", preset, patch] =
      /^([a-z]+)([\d.]*):([^=;]+)(?:=([^;]*))?(?:;(.*))?$/.exec(text) ?? [];
    const merge = patch === undefined ? undefined : /^(r?)(m?)(.*)$/.exec(patch);
    return {
      type: this.#type(type),
      writing: writings[writing] ?? "pointer",
      wire: wire === "" ? [] : wire.split(".").map(Number),
      ...defined({ preset }),
      ...(merge == null
        ? {}
        : {
            patch: {
              merge: merge[2] === "m",
              retainKeys: merge[1] === "r",
              ...filled({ mergeKey: merge[3] }),
            },
          }),
    };
  }

  #type(text: string): Type {
    const first = text.charAt(0);
    const rest = text.slice(1);
    const scalar = scalars[first];
    if (scalar !== undefined) return { is: "scalar", of: scalar };
    switch (first) {
      case "L":
        return { is: "list", item: this.#type(rest), relation: { is: "atomic" } };
      case "S":
        return { is: "list", item: this.#type(rest), relation: { is: "set" } };
      case "K": {
        const end = rest.indexOf(")");
        return {
          is: "list",
          item: this.#type(rest.slice(end + 1)),
          relation: { is: "keyed", keys: rest.slice(1, end).split(",") },
        };
      }
      case "D":
        return { is: "map", item: this.#type(rest), relation: "granular" };
      case "A":
        return { is: "map", item: this.#type(rest), relation: "atomic" };
      case "!":
        return this.struct(rest.slice(1), "atomic");
      case "@":
        return this.struct(rest);
      default:
        return { is: "any" };
    }
  }
}
