/** What others had set on an object that was made again is given back to it, under a name of its own. */
import { patchBetween } from "../../core/actions/patch-between.ts";
import { UNDO_MANAGER } from "../../core/model/field-manager.ts";
import { ifStill, type JsonPatchOp } from "../../core/model/json-patch.ts";
import type { KubeObject } from "../../core/model/kube-object.ts";
import { parseRefKey, type RefKey } from "../../core/model/object-ref.ts";
import type { ClusterObjects } from "../../core/ports/cluster-objects.ts";

/** A controller writes to the new one at once. */
const MOST_RACES = 5;

/**
 * Nothing is taken away from the new object: what has come to it since is as good as what was there.
 * @param madeUid uid of what was made; whoever made another one under its name since gets nothing of it
 * @returns why it could not be given back, a sentence without a full stop; undefined where it was
 */
export async function giveBack(
  key: RefKey,
  whole: KubeObject,
  madeUid: string | undefined,
  objects: Pick<ClusterObjects, "read" | "patch">,
): Promise<string | undefined> {
  const ref = parseRefKey(key);
  let why = "others wrote to it all the time";
  for (let tries = 0; tries < MOST_RACES; tries++) {
    const found = await objects.read(ref, whole.apiVersion);
    if (found.is === "absent") return "it was gone again at once";
    if (found.is !== "found") return found.why;
    if (found.live.uid !== madeUid) return "somebody else made one under its name since";
    const ops = patchBetween(found.object, whole).filter(isGivenBack);
    if (ops.length === 0) return undefined;
    const patched = await objects.patch(
      ref,
      whole.apiVersion,
      [ifStill(found.live.resourceVersion), ...ops],
      { fieldManager: UNDO_MANAGER, to: "object" },
    );
    if (patched.is === "done") return undefined;
    if (patched.is === "unreachable") return `the cluster did not answer: ${patched.why}`;
    why = patched.message;
    const isRace = patched.status === 409 || (patched.status === 422 && patched.causes.length === 0);
    if (!isRace) return why;
  }
  return why;
}

function isGivenBack({ op, path }: JsonPatchOp): boolean {
  return op !== "remove" && !/^\/(status|metadata\/(finalizers|ownerReferences))(\/|$)/.test(path);
}
