import { isObject, itemsAt, type JsonObject, type KubeJson, textsAt, withAt } from "../json.ts";
import { ownerUids } from "../storage/store.ts";
import type { Controller } from "./loop.ts";
import type { World } from "./world.ts";

/** The garbage collector: what nobody owns any more goes, in the order that the deletion asked for. Keys are uids. */
export function garbageController(world: World): Controller {
  const { store } = world.api;

  return {
    concerns(event) {
      const uid = event.object.metadata.uid ?? "";
      if (event.type === "DELETED")
        return [
          ...store.childrenOf(uid).map(({ object }) => object.metadata.uid ?? ""),
          ...ownerUids(event.object.metadata),
        ];
      const isNew = event.type === "ADDED" && ownerUids(event.object.metadata).length > 0;
      return isNew || event.object.metadata.deletionTimestamp !== undefined
        ? [uid, ...ownerUids(event.object.metadata)]
        : [];
    },
    reconcile(uid) {
      const found = store.byUid(uid);
      if (found === undefined) return undefined;
      const { table, object } = found;
      const kind = world.api.registry.ofTable(table);
      if (kind === undefined) return undefined;
      const finalizers = textsAt(object, "metadata", "finalizers");
      if (object.metadata.deletionTimestamp !== undefined) {
        if (finalizers.includes("orphan")) orphan(object);
        if (finalizers.includes("foregroundDeletion")) foreground(object);
        return undefined;
      }
      const owners = itemsAt(object, "metadata", "ownerReferences");
      if (owners.length === 0) return undefined;
      const present = owners.filter((owner) => store.byUid(String(owner["uid"])) !== undefined);
      if (present.length === 0) world.delete(kind, object);
      else if (present.length < owners.length)
        world.change(kind, object, (current) => withAt(current, ["metadata", "ownerReferences"], present));
      return undefined;
    },
  };

  function orphan(owner: KubeJson): void {
    for (const { table, object } of store.childrenOf(owner.metadata.uid ?? "")) {
      const kind = world.api.registry.ofTable(table);
      if (kind === undefined) continue;
      world.change(kind, object, (current) => {
        const left = itemsAt(current, "metadata", "ownerReferences").filter(
          (one) => one["uid"] !== owner.metadata.uid,
        );
        return withAt(current, ["metadata", "ownerReferences"], left.length === 0 ? undefined : left);
      });
    }
    const kind = kindOf(owner);
    if (kind !== undefined) world.removeFinalizer(kind, owner, "orphan");
  }

  function foreground(owner: KubeJson): void {
    const children = store.childrenOf(owner.metadata.uid ?? "");
    for (const { table, object } of children) {
      const kind = world.api.registry.ofTable(table);
      if (kind !== undefined && object.metadata.deletionTimestamp === undefined)
        world.delete(kind, object, { propagation: "Foreground" });
    }
    const blocking = store
      .childrenOf(owner.metadata.uid ?? "")
      .some(({ object }) =>
        itemsAt(object, "metadata", "ownerReferences").some((one) => isBlocking(one, owner)),
      );
    const kind = kindOf(owner);
    if (!blocking && kind !== undefined) world.removeFinalizer(kind, owner, "foregroundDeletion");
  }

  function kindOf(object: KubeJson) {
    const found = store.byUid(object.metadata.uid ?? "");
    return found === undefined ? undefined : world.api.registry.ofTable(found.table);
  }
}

function isBlocking(reference: JsonObject, owner: KubeJson): boolean {
  return (
    isObject(reference) && reference["uid"] === owner.metadata.uid && reference["blockOwnerDeletion"] === true
  );
}
