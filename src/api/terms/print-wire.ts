/** JSON Schema 2020-12, as OpenAPI 3.1 has it, of what is declared. */

import { kindSchemas } from "../../core/definitions/custom-resources.ts";
import type { Schema } from "../../core/definitions/schema.ts";
import { defined } from "../../lib/defined.ts";
import { isMapping } from "../../lib/is-mapping.ts";
import { isOptional, type Kind, type Node, wireIn } from "./wire.ts";

export type JsonSchema = Record<string, unknown>;

/**
 * What a document refers to. `closed` prints answers as if nothing more could come: tests find by it what is told and not
 * declared.
 */
export class Components {
  readonly #schemas = new Map<string, JsonSchema>();
  readonly #of = new Map<string, Node>();
  readonly #answers: "open" | "closed";

  constructor(answers: "open" | "closed" = "open") {
    this.#answers = answers;
  }

  /** By name. */
  get schemas(): Record<string, JsonSchema> {
    return Object.fromEntries([...this.#schemas].sort(([left], [right]) => (left < right ? -1 : 1)));
  }

  /** @throws {TypeError} where two components have one name */
  schemaOf(node: Node): JsonSchema {
    const { says } = node;
    return { ...defined({ description: says }), ...this.#bare(node) };
  }

  #bare(node: Node): JsonSchema {
    switch (node.is) {
      case "text": {
        const { pattern, most } = node;
        return {
          type: "string",
          ...defined({ pattern: pattern?.source }),
          ...defined({ maxLength: most }),
        };
      }
      case "flag":
        return { type: "boolean" };
      case "whole": {
        const { least, most } = node;
        const bounds = { minimum: least, ...(most === Number.MAX_SAFE_INTEGER ? {} : { maximum: most }) };
        const integer = { type: "integer", ...bounds };
        return node.as === "number"
          ? integer
          : { anyOf: [integer, { type: "string", pattern: "^-?\\d{1,15}$" }] };
      }
      case "number":
        return { type: "number", ...defined({ minimum: node.least }) };
      case "choice":
        return { type: "string", enum: [...node.of] };
      case "anything":
        return {};
      case "null":
        return { type: "null" };
      case "list":
        return {
          type: "array",
          items: this.schemaOf(node.of),
          ...(node.least === 0 ? {} : { minItems: node.least }),
        };
      case "map":
        return { type: "object", additionalProperties: this.schemaOf(node.of) };
      case "fields":
        return this.#object(node);
      case "either":
        return { anyOf: node.of.map((one) => this.schemaOf(one)) };
      case "named":
        return this.#named(node.name, node.of());
      case "kind":
        return this.#kind(node.kind);
    }
  }

  #object({ fields, unknown }: Node & { is: "fields" }): JsonSchema {
    const known = Object.entries(fields);
    const required = known.filter(([, field]) => !isOptional(field)).map(([name]) => name);
    const isClosed = unknown === "refuse" || (unknown === "open" && this.#answers === "closed");
    return {
      type: "object",
      ...(required.length === 0 ? {} : { required }),
      properties: Object.fromEntries(known.map(([name, field]) => [name, this.schemaOf(wireIn(field))])),
      ...(isClosed ? { additionalProperties: false } : {}),
    };
  }

  #named(name: string, node: Node): JsonSchema {
    const other = this.#of.get(name);
    if (other !== undefined && other !== node) throw new TypeError(`two components are called ${name}`);
    if (other === undefined) {
      // Noted first: it may stand in itself.
      this.#of.set(name, node);
      this.#schemas.set(name, this.schemaOf(node));
    }
    return { $ref: `#/components/schemas/${name}` };
  }

  #kind(kind: Kind): JsonSchema {
    if (!this.#schemas.has(kind)) this.#schemas.set(kind, shown(kindSchemas()[kind]));
    return { $ref: `#/components/schemas/${kind}` };
  }
}

const SERVERS = { description: "A server writes it; what is sent of it is not read." };
const TEXT = { type: "string", ...SERVERS };
const OBJECTS = { type: "array", items: { type: "object" }, ...SERVERS };
/** Of a manifest that is shown. */
const SERVER_METADATA: Record<string, JsonSchema> = {
  uid: TEXT,
  resourceVersion: TEXT,
  generation: { type: "integer", ...SERVERS },
  creationTimestamp: TEXT,
  deletionTimestamp: TEXT,
  deletionGracePeriodSeconds: { type: "integer", ...SERVERS },
  ownerReferences: OBJECTS,
  managedFields: OBJECTS,
};

function shown(schema: Schema): JsonSchema {
  const { properties, ...rest } = plain(schema) as { properties: Record<string, JsonSchema> };
  const { metadata = {} } = properties;
  const known = { ...(metadata["properties"] as JsonSchema), ...SERVER_METADATA };
  return { ...rest, properties: { ...properties, metadata: { ...metadata, properties: known } } };
}

/** What an API server has words of its own for. */
function plain(schema: Schema): JsonSchema {
  const { "x-kubernetes-preserve-unknown-fields": _, "x-kubernetes-int-or-string": either, ...rest } = schema;
  const { properties, items, additionalProperties } = rest;
  return {
    ...rest,
    ...(either === true ? { type: ["integer", "string"] } : {}),
    ...(properties === undefined
      ? {}
      : {
          properties: Object.fromEntries(Object.entries(properties).map(([name, of]) => [name, plain(of)])),
        }),
    ...(items === undefined ? {} : { items: plain(items) }),
    ...(isMapping(additionalProperties) ? { additionalProperties: plain(additionalProperties) } : {}),
  };
}
