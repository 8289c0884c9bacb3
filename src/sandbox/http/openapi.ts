import { defined } from "../../lib/defined.ts";
import type { JsonObject } from "../json.ts";
import type { Kind } from "../kinds/kind.ts";
import type { Registry } from "../kinds/registry.ts";
import type { ScalarKind, StructType, Type } from "../schema/type.ts";

/** `/openapi/v3`: where each version's document is. The hash changes when definitions come and go. */
export function openApiIndex(registry: Registry): JsonObject {
  const versions = [...new Set(registry.all().map((kind) => kind.apiVersion))];
  return {
    paths: Object.fromEntries(
      versions.map((apiVersion) => [
        prefix(apiVersion),
        { serverRelativeURL: `/openapi/v3/${prefix(apiVersion)}?hash=${registry.order()}` },
      ]),
    ),
  };
}

function prefix(apiVersion: string): string {
  return apiVersion.includes("/") ? `apis/${apiVersion}` : `api/${apiVersion}`;
}

/**
 * One version's document: the schemas, and of the paths as much as clients read to learn that the server checks
 * fields itself and takes dry runs.
 */
export function openApiDocument(registry: Registry, apiVersion: string): JsonObject | undefined {
  const kinds = registry.all().filter((kind) => kind.apiVersion === apiVersion && kind.use === "full");
  if (kinds.length === 0) return undefined;
  const schemas: JsonObject = {};
  for (const kind of kinds)
    schemas[schemaName(kind)] = {
      ...structSchema(kind.type, schemas),
      "x-kubernetes-group-version-kind": [{ group: kind.group, version: kind.version, kind: kind.kind }],
    };
  const paths: JsonObject = {};
  for (const kind of kinds) {
    const base = `/${prefix(apiVersion)}${kind.scope === "namespaced" ? "/namespaces/{namespace}" : ""}/${kind.resource}`;
    paths[base] = { post: operation(kind, "post") };
    paths[`${base}/{name}`] = {
      get: operation(kind, "get"),
      put: operation(kind, "put"),
      patch: operation(kind, "patch"),
    };
  }
  return {
    openapi: "3.0.0",
    info: { title: "Kubernetes", version: "sandbox" },
    paths,
    components: { schemas },
  };
}

function schemaName(kind: Kind): string {
  return `${kind.group === "" ? "core" : kind.group}.${kind.version}.${kind.kind}`;
}

function operation(kind: Kind, action: string): JsonObject {
  const parameters =
    action === "get"
      ? []
      : ["dryRun", "fieldManager", "fieldValidation"].map((name) => ({
          name,
          in: "query",
          schema: { type: "string", uniqueItems: true },
        }));
  return {
    "x-kubernetes-action": action,
    "x-kubernetes-group-version-kind": { group: kind.group, version: kind.version, kind: kind.kind },
    parameters,
    responses: {
      "200": {
        description: "OK",
        content: { "application/json": { schema: { $ref: `#/components/schemas/${schemaName(kind)}` } } },
      },
    },
  };
}

function structSchema(type: StructType, into: JsonObject): JsonObject {
  const properties: JsonObject = {};
  for (const [name, field] of type.fields()) {
    properties[name] = {
      ...schemaOf(field.type, into),
      ...defined({ default: field.preset }),
      ...(field.patch?.merge === true
        ? {
            "x-kubernetes-patch-strategy": field.patch.retainKeys ? "merge,retainKeys" : "merge",
            ...defined({ "x-kubernetes-patch-merge-key": field.patch.mergeKey }),
          }
        : {}),
    };
  }
  return {
    type: "object",
    properties,
    ...(type.relation === "atomic" ? { "x-kubernetes-map-type": "atomic" } : {}),
    ...(type.others === undefined ? {} : { "x-kubernetes-preserve-unknown-fields": true }),
  };
}

function schemaOf(type: Type, into: JsonObject): JsonObject {
  switch (type.is) {
    case "any":
      return { "x-kubernetes-preserve-unknown-fields": true };
    case "scalar":
      return scalarSchema(type.of);
    case "list":
      return {
        type: "array",
        items: schemaOf(type.item, into),
        ...relationOf(type),
      };
    case "map":
      return {
        type: "object",
        additionalProperties: schemaOf(type.item, into),
        ...(type.relation === "atomic" ? { "x-kubernetes-map-type": "atomic" } : {}),
      };
    case "struct": {
      if (type.name === "") return structSchema(type, into);
      const name = `type.${type.name}`;
      if (into[name] === undefined) {
        into[name] = {};
        into[name] = structSchema(type, into);
      }
      return { allOf: [{ $ref: `#/components/schemas/${name}` }] };
    }
  }
}

function scalarSchema(of: ScalarKind): JsonObject {
  switch (of) {
    case "string":
    case "quantity":
      return { type: "string" };
    case "time":
    case "micro-time":
      return { type: "string", format: "date-time" };
    case "bytes":
      return { type: "string", format: "byte" };
    case "integer":
      return { type: "integer", format: "int32" };
    case "long":
      return { type: "integer", format: "int64" };
    case "number":
      return { type: "number" };
    case "boolean":
      return { type: "boolean" };
    case "int-or-string":
      return { "x-kubernetes-int-or-string": true, oneOf: [{ type: "integer" }, { type: "string" }] };
    case "untyped":
      return {};
  }
}

function relationOf({ relation }: Extract<Type, { is: "list" }>): JsonObject {
  switch (relation.is) {
    case "keyed":
      return { "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": [...relation.keys] };
    case "set":
      return { "x-kubernetes-list-type": "set" };
    case "atomic":
      return { "x-kubernetes-list-type": "atomic" };
  }
}
