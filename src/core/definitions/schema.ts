import type { Shape } from "../model/shape.ts";

/** What of OpenAPI v3 a structural schema of a CustomResourceDefinition needs here. */
export interface Schema {
  type?: "string" | "boolean" | "integer" | "array" | "object";
  description?: string;
  format?: "int64";
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  additionalProperties?: Schema;
  "x-kubernetes-int-or-string"?: true;
  "x-kubernetes-preserve-unknown-fields"?: true;
}

/** Dotted path, list items passed over: `spec.sources.helm` -> what it is for. */
export type Descriptions = Readonly<Record<string, string>>;

/**
 * The structural schema of a shape. Whatever the shape does not know is kept by the API server, as the daemon keeps it:
 * a field of tomorrow must not be lost because a definition is of yesterday. A required field must be there; that it is
 * not empty is said by the daemon, in the status, where people look for it.
 *
 * @param path where the shape stands, for its description
 */
export function schemaOf(shape: Shape, descriptions: Descriptions, path = ""): Schema {
  const described = Object.hasOwn(descriptions, path) ? { description: descriptions[path] as string } : {};
  const below = (of: Shape, name: string): Schema =>
    schemaOf(of, descriptions, path === "" ? name : `${path}.${name}`);
  switch (shape.is) {
    case "text":
      return { ...described, type: "string" };
    case "flag":
      return { ...described, type: "boolean" };
    case "integer":
      return { ...described, type: "integer", format: "int64" };
    case "text-or-integer":
      return { ...described, "x-kubernetes-int-or-string": true };
    case "anything":
      return { ...described, "x-kubernetes-preserve-unknown-fields": true };
    case "mapping":
      return { ...described, type: "object", "x-kubernetes-preserve-unknown-fields": true };
    case "list": {
      // The description is the list's; what stands below is found by the same path.
      const { description: _, ...items } = schemaOf(shape.of, descriptions, path);
      return { ...described, type: "array", items };
    }
    case "map":
      return { ...described, type: "object", additionalProperties: schemaOf(shape.of, {}) };
    case "fields":
      return {
        ...described,
        type: "object",
        ...(shape.required.length === 0 ? {} : { required: [...shape.required] }),
        properties: Object.fromEntries(
          Object.entries(shape.fields).map(([name, of]) => [name, below(of, name)]),
        ),
        "x-kubernetes-preserve-unknown-fields": true,
      };
  }
}
