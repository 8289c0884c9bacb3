/** Whether a deleted object can be made again now, and if not, why. Reads, and writes nothing. */
import { owningApp } from "../../core/compare/index.ts";
import { ANNOTATION } from "../../core/model/application.ts";
import type { KeptContent, KeptObject } from "../../core/model/kept-object.ts";
import { gvkOf, type OwnerReference } from "../../core/model/kube-object.ts";
import { type ObjectRef, type RefKey, refKey, show } from "../../core/model/object-ref.ts";
import { isInMemory, isSecretRef } from "../../core/undo/undo-words.ts";
import type { OwnerClaims } from "../compare/owner-claims.ts";
import { refusedBy } from "../limits.ts";
import type { ManagedApplication } from "../managed-application.ts";
import type { Snapshot } from "../snapshot.ts";
import { claimantOf } from "../target/place-objects.ts";

export type KeptVerdict =
  | {
      is: "possible";
      kept: KeptObject & { content: KeptContent };
      /** Owners that are there still. */
      owners: OwnerReference[];
      /** Owners that are gone, for people. */
      orphanedOf: string[];
    }
  /** Nothing is left to do. `why`: a sentence without a capital and a full stop, as of `impossible`. */
  | { is: "there"; kept: KeptObject; why: string }
  | { is: "impossible"; kept: KeptObject; why: string };

export interface JudgedUnder {
  managed: ManagedApplication;
  snapshot: Snapshot;
  claims: Pick<OwnerClaims, "otherWanting">;
  /** What is made again together with it: a Namespace, a definition. */
  together: ReadonlySet<RefKey>;
  /** `group/Kind` of definitions among these. */
  kindsTogether: ReadonlySet<string>;
}

export async function judgeKept(kept: KeptObject, under: JudgedUnder): Promise<KeptVerdict> {
  const { managed, snapshot, claims, together, kindsTogether } = under;
  const { app, cluster, project, settings } = snapshot;
  const { ref, content } = kept;
  const key = refKey(ref);
  const impossible = (why: string): KeptVerdict => ({ is: "impossible", kept, why });
  const there = (why: string): KeptVerdict => ({ is: "there", kept, why });
  if (kept.server !== cluster.server)
    return impossible(
      `it was deleted from ${kept.server}, and the application delivers to ${cluster.server} now`,
    );
  if (managed.target?.desired.some((one) => one.key === key && one.role.is === "ordinary"))
    return there("Git has it again: a sync makes it");
  const other = claims.otherWanting(managed.key, cluster, key);
  if (other !== undefined) return impossible(`application ${other.key} has it in Git now`);
  if (content === undefined)
    return impossible(
      isInMemory(kept)
        ? `${isSecretRef(ref) ? "the values of a Secret are" : "what a secret store gave is"} kept in no file, and the daemon was restarted since, or had no room for it. Make it from where its values came from`
        : "what it held was not kept",
    );
  const denied = refusedBy(project, ref, cluster);
  if (denied !== undefined) return impossible(denied);
  const gvk = gvkOf(content.object);
  const kind = await cluster.kind(gvk);
  if (kind.is === "unreachable") return impossible(`the cluster did not answer: ${kind.why}`);
  if (kind.is === "absent" && !kindsTogether.has(`${gvk.group}/${gvk.kind}`))
    return impossible(`the cluster does not know the kind ${content.object.apiVersion} ${gvk.kind} any more`);
  if (kind.is === "known") {
    const found = await cluster.read(ref, content.object.apiVersion);
    if (found.is === "unreachable") return impossible(`the cluster did not answer: ${found.why}`);
    if (found.is === "forbidden") return impossible(`whether its name is free cannot be told: ${found.why}`);
    if (found.is === "found") {
      const { live, object } = found;
      if (object.metadata.deletionTimestamp !== undefined)
        return impossible(
          live.uid === kept.uid
            ? "it is still being deleted: try again when it is gone"
            : "another object of its name is being deleted: try again when that one is gone",
        );
      if (live.uid === kept.uid) return there("it was not deleted");
      const isOurs = owningApp(live, claimantOf(app, settings)).is === "us";
      return isOurs && object.metadata.annotations?.[ANNOTATION.undone] !== undefined
        ? there("it was made again already")
        : impossible("its name is taken: somebody else made one since");
    }
  }
  const isAnywhere = kind.is === "known" && kind.info.namespaces === "any";
  const homeless = isAnywhere ? undefined : await namespaceOf(ref, together, cluster);
  if (homeless !== undefined) return impossible(homeless);
  const owners: OwnerReference[] = [];
  const orphanedOf: string[] = [];
  for (const owner of content.object.metadata.ownerReferences ?? []) {
    const found = await ownerIsThere(owner, ref, cluster);
    if (found === "there") owners.push(owner);
    else if (found === "gone") orphanedOf.push(`${owner.kind} ${owner.name}`);
    else if (found === "going")
      return impossible(`its owner ${owner.kind} ${owner.name} is being deleted: try again when it is gone`);
    else
      return impossible(
        `whether its owner ${owner.kind} ${owner.name} is there cannot be told: ${found.why}`,
      );
  }
  return { is: "possible", kept: { ...kept, content }, owners, orphanedOf };
}

/** @returns why there is no place for it */
async function namespaceOf(
  { namespace }: ObjectRef,
  together: ReadonlySet<RefKey>,
  cluster: Snapshot["cluster"],
): Promise<string | undefined> {
  if (namespace === "") return undefined;
  const ref: ObjectRef = { group: "", kind: "Namespace", namespace: "", name: namespace };
  if (together.has(refKey(ref))) return undefined;
  const found = await cluster.read(ref, "v1");
  if (found.is === "absent") return `${show(ref)} is not there: make it first`;
  if (found.is === "found" && found.object.metadata.deletionTimestamp !== undefined)
    return `${show(ref)} is being deleted: make it anew when it is gone`;
  // Whoever may not read it learns from the dry run.
  return undefined;
}

/** An owner under the same name that is another one is gone: the object would be collected at once, as with one that goes. */
async function ownerIsThere(
  owner: OwnerReference,
  { namespace }: ObjectRef,
  cluster: Snapshot["cluster"],
): Promise<"there" | "going" | "gone" | { why: string }> {
  const gvk = gvkOf({ apiVersion: owner.apiVersion, kind: owner.kind, metadata: { name: owner.name } });
  const kind = await cluster.kind(gvk);
  if (kind.is === "absent") return "gone";
  if (kind.is === "unreachable") return { why: kind.why };
  const at = kind.info.scope === "namespaced" ? namespace : "";
  const found = await cluster.read(
    { group: gvk.group, kind: gvk.kind, namespace: at, name: owner.name },
    owner.apiVersion,
  );
  if (found.is === "absent") return "gone";
  if (found.is !== "found") return { why: found.why };
  if (found.live.uid !== owner.uid) return "gone";
  return found.object.metadata.deletionTimestamp === undefined ? "there" : "going";
}
