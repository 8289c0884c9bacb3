import { type KubeJson, textsAt } from "../json.ts";
import { storeKey } from "../storage/store.ts";
import type { Controller } from "./loop.ts";
import { conditionsOf, type World, withCondition } from "./world.ts";

/** Namespaces get their ServiceAccount and certificate, and are emptied before they go. */
export function namespaceController(world: World): Controller {
  const namespaces = world.kind("v1", "namespaces");
  const accounts = world.kind("v1", "serviceaccounts");
  const configMaps = world.kind("v1", "configmaps");

  return {
    concerns(event) {
      if (event.table === namespaces.table)
        return event.type === "DELETED" ? [] : [event.object.metadata.name];
      const namespace = event.object.metadata.namespace;
      if (event.type !== "DELETED" || namespace === undefined) return [];
      return [namespace];
    },
    reconcile(name) {
      const namespace = world.find(namespaces, storeKey("", name));
      if (namespace === undefined) return undefined;
      if (namespace.metadata.deletionTimestamp !== undefined) empty(namespace);
      else furnish(name);
      return undefined;
    },
  };

  function furnish(name: string): void {
    if (world.find(accounts, storeKey(name, "default")) === undefined)
      world.create(accounts, name, { metadata: { name: "default" } });
    if (world.find(configMaps, storeKey(name, "kube-root-ca.crt")) === undefined)
      world.create(configMaps, name, {
        metadata: {
          name: "kube-root-ca.crt",
          annotations: {
            "kubernetes.io/description":
              "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc.",
          },
        },
        data: { "ca.crt": "the sandbox has no certificate\n" },
      });
  }

  function empty(namespace: KubeJson): void {
    const { name } = namespace.metadata;
    const { store, registry } = world.api;
    for (const table of store.tables()) {
      const kind = registry.ofTable(table);
      if (kind === undefined || kind.scope === "cluster") continue;
      for (const object of store.list(table, name))
        if (object.metadata.deletionTimestamp === undefined)
          world.delete(kind, object, { gracePeriodSeconds: 0 });
    }
    const left = store
      .tables()
      .flatMap((table) => (registry.ofTable(table)?.scope === "namespaced" ? store.list(table, name) : []));
    if (left.length === 0) {
      store.remove(namespaces.table, namespace);
      return;
    }
    const waiting = left.filter((object) => textsAt(object, "metadata", "finalizers").length > 0);
    const some = waiting.map((object) => `${object.kind}.${object.metadata.name}`).join(", ");
    const conditions = withCondition(
      conditionsOf(namespace),
      {
        type: "NamespaceContentRemaining",
        status: "True",
        reason: "SomeResourcesRemain",
        message: `Some resources are remaining: ${left.length}`,
      },
      world.now(),
    );
    world.status(namespaces, namespace, {
      phase: "Terminating",
      conditions:
        waiting.length === 0
          ? conditions
          : withCondition(
              conditions,
              {
                type: "NamespaceFinalizersRemaining",
                status: "True",
                reason: "SomeFinalizersRemain",
                message: `Some content in the namespace has finalizers remaining: ${some}`,
              },
              world.now(),
            ),
    });
  }
}
