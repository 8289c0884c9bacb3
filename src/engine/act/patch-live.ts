/** What a person's patch makes of a live object, and what neither a patch nor a deletion of one object may do. */
import { ANNOTATION } from "../../core/model/application.ts";
import { Failure } from "../../core/model/failure.ts";
import { holdsSecrets } from "../../core/model/filled-in.ts";
import type { KubeObject } from "../../core/model/kube-object.ts";
import type { ObjectPatch } from "../../core/model/live-request.ts";
import { type ObjectRef, refKey, refOf, show } from "../../core/model/object-ref.ts";
import { messageOf } from "../../lib/caught.ts";
import { defined } from "../../lib/defined.ts";
import { equalJson } from "../../lib/equal-json.ts";
import { isMapping } from "../../lib/is-mapping.ts";
import { applyJsonPatch } from "../../lib/json-patch.ts";
import { applyMergePatch } from "../../lib/merge-patch.ts";

/** By these we know whose an object is, and what of it is hidden. */
const MARKS = [ANNOTATION.trackingId, ANNOTATION.installationId, ANNOTATION.filledIn] as const;
/** They say which object it is, or are the server's. An owner that is gone would have the object deleted. */
const FIXED = [
  "name",
  "namespace",
  "uid",
  "resourceVersion",
  "generation",
  "creationTimestamp",
  "deletionTimestamp",
  "managedFields",
  "ownerReferences",
] as const;
/** With these goes everything inside: a prune asks for approval, one click would not. */
const WITH_ALL_INSIDE: ReadonlySet<string> = new Set([
  "/Namespace",
  "apiextensions.k8s.io/CustomResourceDefinition",
]);
const OURS: ReadonlySet<string> = new Set(["Application", "ApplicationSet", "AppProject"]);

/** @throws {Failure} refused, invalid-spec: of what a Secret holds, no message tells */
export function patched(before: KubeObject, { ref, how, patch }: ObjectPatch): KubeObject {
  const refuse = (why: string, fix?: string): Failure =>
    new Failure("refused", show(ref), "after-edit", { cannot: "patch it", why, ...defined({ fix }) });
  if (how === "json" && holdsSecrets(before)) refuseReading(patch, refuse);
  let after: unknown;
  try {
    after = how === "json" ? applyJsonPatch(before, patch) : applyMergePatch(before, patch);
  } catch (cause) {
    throw new Failure("invalid-spec", show(ref), "after-edit", {
      cannot: "patch it",
      why: holdsSecrets(before) ? "the patch does not fit the object" : messageOf(cause),
    });
  }
  if (!isMapping(after) || !isMapping(after["metadata"])) throw refuse("nothing would be left of it");
  const made = after as unknown as KubeObject;
  if (
    made.apiVersion !== before.apiVersion ||
    made.kind !== before.kind ||
    refKey(refOf(made)) !== refKey(refOf(before))
  )
    throw refuse("it would be another object", "A patch changes no apiVersion, kind, name or namespace");
  const was: Record<string, unknown> = { ...before.metadata };
  const is: Record<string, unknown> = { ...made.metadata };
  const fixed = FIXED.find((field) => !equalJson(was[field] ?? null, is[field] ?? null));
  if (fixed !== undefined) throw refuse(`it would change metadata.${fixed}, which is not a person's to set`);
  const mark = MARKS.find(
    (name) => (before.metadata.annotations?.[name] ?? "") !== (made.metadata.annotations?.[name] ?? ""),
  );
  if (mark !== undefined) throw refuse(`it would change the annotation ${mark}, which says whose it is`);
  if (!equalJson(statusOf(before), statusOf(made)))
    throw refuse("it would change status, which its controller writes");
  return made;
}

/** @throws {Failure} refused */
export function refusePatching(ref: ObjectRef): void {
  refuseOurs(ref, "patch it");
}

/** @throws {Failure} refused */
export function refuseDeletion(ref: ObjectRef): void {
  refuseOurs(ref, "delete it");
  if (WITH_ALL_INSIDE.has(`${ref.group}/${ref.kind}`))
    throw new Failure("refused", show(ref), "after-edit", {
      cannot: "delete it",
      why: `with a ${ref.kind} goes everything in it, whoever made it`,
      fix: "Remove it from Git and sync with prune, which asks for an approval that names it",
    });
}

/** They have permissions of their own, which whoever may change objects need not have. */
function refuseOurs({ group, kind, namespace, name }: ObjectRef, cannot: string): void {
  if (group !== "argoproj.io" || !OURS.has(kind)) return;
  throw new Failure("refused", show({ group, kind, namespace, name }), "after-edit", {
    cannot,
    why: `an ${kind} is changed by who may change it, not as an object of another application`,
    fix: "Ask for it by its own path, or change it in Git",
  });
}

const statusOf = (object: KubeObject): unknown => (object as { status?: unknown }).status ?? null;

/** A `test` says whether a guess is right, and a copy would stand where nothing is masked. */
function refuseReading(patch: unknown, refuse: (why: string, fix: string) => Failure): void {
  if (!Array.isArray(patch)) return;
  const op: unknown = patch.map((one) => (isMapping(one) ? one["op"] : undefined)).find(reads);
  if (op !== undefined)
    throw refuse(`${op} would read what it holds`, "Send add, replace and remove, or a merge patch");
}

const reads = (op: unknown): boolean => op === "test" || op === "copy" || op === "move";
