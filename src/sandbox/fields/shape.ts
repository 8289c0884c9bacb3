import type { Json } from "../json.ts";
import { isObject } from "../json.ts";
import type { Type } from "../schema/type.ts";

type Any = Extract<Type, { is: "any" }>;
const anything: Any = { is: "any" };

/** A type as the walkers need it: `any` takes the shape of the value in hand. */
export type Shape =
  | { is: "leaf" }
  | Extract<Type, { is: "list" }>
  | {
      is: "fields";
      relation: "granular" | "atomic";
      fieldType(name: string): Type | undefined;
      named(name: string): boolean;
    };

export function shapeOf(type: Type, value: Json | undefined): Shape {
  switch (type.is) {
    case "scalar":
      return { is: "leaf" };
    case "list":
      return type;
    case "map":
      return { is: "fields", relation: type.relation, fieldType: () => type.item, named: () => false };
    case "struct":
      return {
        is: "fields",
        relation: type.relation,
        fieldType: (name) => type.fields().get(name)?.type ?? type.others,
        named: (name) => type.fields().has(name),
      };
    case "any":
      if (Array.isArray(value)) return { is: "list", item: anything, relation: { is: "atomic" } };
      if (isObject(value))
        return { is: "fields", relation: "granular", fieldType: () => anything, named: () => false };
      return { is: "leaf" };
  }
}
