import { parseApiVersion } from "../../core/model/kube-object.ts";
import { isObject, itemsAt, type KubeJson, objectAt, textAt, textsAt } from "../json.ts";
import { printerColumns, rootTypeOf } from "../schema/structural.ts";
import type { BuiltinTypes } from "../schema/type.ts";
import { convertAutoscaler } from "./convert.ts";
import { type Kind, showGroupVersion, tableOf } from "./kind.ts";

/** Every kind that is served now: the built-in ones, and those of established definitions. */
export class Registry {
  readonly builtin: BuiltinTypes;
  /** `apps/v1/deployments` -> kind. */
  readonly #byPath = new Map<string, Kind>();
  readonly #custom = new Map<string, string[]>();
  #order = 0;

  constructor(builtin: BuiltinTypes) {
    this.builtin = builtin;
    for (const row of builtin.resources()) {
      const { group, version } = parseApiVersion(row.apiVersion);
      const type = builtin.ofKind(`${row.apiVersion}/${row.kind}`);
      if (type === undefined) throw new Error(`builtin.json has no type for ${row.apiVersion}/${row.kind}`);
      const isAutoscaler = group === "autoscaling";
      this.#add({
        ...row,
        group,
        version,
        type,
        listKind: `${row.kind}List`,
        table: tableOf(group, row.resource),
        storedAt: isAutoscaler ? "autoscaling/v2" : row.apiVersion,
        convert: isAutoscaler ? (object) => convertAutoscaler(object, row.apiVersion) : (object) => object,
      });
    }
  }

  #add(kind: Kind): void {
    this.#byPath.set(`${kind.apiVersion}/${kind.resource}`, kind);
  }

  find(apiVersion: string, resource: string): Kind | undefined {
    return this.#byPath.get(`${apiVersion}/${resource}`);
  }

  ofKind(apiVersion: string, kind: string): Kind | undefined {
    for (const one of this.#byPath.values())
      if (one.apiVersion === apiVersion && one.kind === kind) return one;
    return undefined;
  }

  /** The kind at the version its objects are kept at. */
  ofTable(table: string): Kind | undefined {
    for (const one of this.#byPath.values())
      if (one.table === table && one.apiVersion === one.storedAt) return one;
    return undefined;
  }

  /** Changes whenever the set of kinds does. */
  order(): number {
    return this.#order;
  }

  all(): Kind[] {
    return [...this.#byPath.values()];
  }

  serves(apiVersion: string): boolean {
    return this.all().some((kind) => kind.apiVersion === apiVersion);
  }

  /** Serves what a definition defines, in place of what it defined before. */
  define(definition: KubeJson): void {
    this.forget(definition.metadata.name);
    const group = textAt(definition, "spec", "group") ?? "";
    const names = objectAt(definition, "spec", "names");
    const versions = itemsAt(definition, "spec", "versions");
    const stored = versions.find((version) => version["storage"] === true) ?? versions[0];
    const storedAt = showGroupVersion(group, textAt(stored, "name") ?? "");
    const paths: string[] = [];
    for (const version of versions) {
      if (version["served"] !== true) continue;
      const name = textAt(version, "name") ?? "";
      const apiVersion = showGroupVersion(group, name);
      const resource = textAt(names, "plural") ?? "";
      const kind = textAt(names, "kind") ?? "";
      const found = objectAt(version, "schema")["openAPIV3Schema"];
      const schema = isObject(found) ? found : undefined;
      const subresources = objectAt(version, "subresources");
      const scale = subresources["scale"];
      this.#add({
        group,
        version: name,
        apiVersion,
        kind,
        resource,
        storedAt,
        singular: textAt(names, "singular") ?? kind.toLowerCase(),
        listKind: textAt(names, "listKind") ?? `${kind}List`,
        scope: textAt(definition, "spec", "scope") === "Cluster" ? "cluster" : "namespaced",
        shortNames: textsAt(names, "shortNames"),
        categories: textsAt(names, "categories"),
        subresources: ["status", "scale"].filter((one) => isObject(subresources[one])),
        use: "full",
        type: rootTypeOf(schema, kind, this.builtin),
        table: tableOf(group, resource),
        convert: (object) => (object.apiVersion === apiVersion ? object : { ...object, apiVersion }),
        custom: {
          schema,
          preserveUnknown: objectAt(definition, "spec")["preserveUnknownFields"] === true,
          columns: printerColumns(version),
          scale: isObject(scale)
            ? {
                specPath: textAt(scale, "specReplicasPath") ?? "",
                statusPath: textAt(scale, "statusReplicasPath") ?? "",
                selectorPath: textAt(scale, "labelSelectorPath"),
              }
            : undefined,
        },
      });
      paths.push(`${apiVersion}/${resource}`);
    }
    this.#custom.set(definition.metadata.name, paths);
    this.#order += 1;
  }

  /** @param definition its name */
  forget(definition: string): void {
    for (const path of this.#custom.get(definition) ?? []) this.#byPath.delete(path);
    if (this.#custom.delete(definition)) this.#order += 1;
  }
}
