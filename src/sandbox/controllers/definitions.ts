import { type KubeJson, objectAt, textAt, textsAt, withAt } from "../json.ts";
import { tableOf } from "../kinds/kind.ts";
import { storeKey } from "../storage/store.ts";
import type { Controller } from "./loop.ts";
import { conditionsOf, hasCondition, type World, withCondition } from "./world.ts";

const cleanup = "customresourcecleanup.apiextensions.k8s.io";

/** Definitions are served once they are looked at; before one goes, its objects go. */
export function definitionController(world: World): Controller {
  const definitions = world.kind("apiextensions.k8s.io/v1", "customresourcedefinitions");
  const { store, registry } = world.api;
  const served = new Map<string, number>();

  return {
    concerns(event) {
      if (event.table === definitions.table) {
        if (event.type === "DELETED") forget(event.object);
        return [event.object.metadata.name];
      }
      const kind = event.type === "DELETED" ? registry.ofTable(event.table) : undefined;
      return kind?.custom === undefined ? [] : [`${kind.resource}.${kind.group}`];
    },
    reconcile(name) {
      const definition = world.find(definitions, storeKey("", name));
      if (definition === undefined) return undefined;
      if (definition.metadata.deletionTimestamp !== undefined) empty(definition);
      else establish(definition);
      return undefined;
    },
  };

  function establish(definition: KubeJson): void {
    const { name, generation = 0 } = definition.metadata;
    if (served.get(name) !== generation) {
      registry.define(definition);
      served.set(name, generation);
    }
    if (!textsAt(definition, "metadata", "finalizers").includes(cleanup))
      world.change(definitions, definition, (current) =>
        withAt(current, ["metadata", "finalizers"], [...textsAt(current, "metadata", "finalizers"), cleanup]),
      );
    if (hasCondition(definition, "Established")) return;
    const now = world.now();
    const named = withCondition(
      conditionsOf(definition),
      { type: "NamesAccepted", status: "True", reason: "NoConflicts", message: "no conflicts found" },
      now,
    );
    world.status(definitions, definition, {
      ...objectAt(definition, "status"),
      conditions: withCondition(
        named,
        {
          type: "Established",
          status: "True",
          reason: "InitialNamesAccepted",
          message: "the initial names have been accepted",
        },
        now,
      ),
      acceptedNames: objectAt(definition, "spec", "names"),
    });
  }

  function empty(definition: KubeJson): void {
    const table = tableOf(
      textAt(definition, "spec", "group") ?? "",
      textAt(definition, "spec", "names", "plural") ?? "",
    );
    const kind = registry.ofTable(table);
    if (kind !== undefined)
      for (const object of store.list(table))
        if (object.metadata.deletionTimestamp === undefined) world.delete(kind, object);
    if (store.list(table).length === 0) world.removeFinalizer(definitions, definition, cleanup);
  }

  function forget(definition: KubeJson): void {
    served.delete(definition.metadata.name);
    registry.forget(definition.metadata.name);
    store.close(
      tableOf(textAt(definition, "spec", "group") ?? "", textAt(definition, "spec", "names", "plural") ?? ""),
    );
  }
}
