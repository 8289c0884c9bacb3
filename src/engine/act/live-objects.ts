/** One object of an application as the server has it: shown, patched and deleted for a person who names it. */
import { patchBetween } from "../../core/actions/patch-between.ts";
import { diffObjects, maskSecret, NOTHING_IGNORED } from "../../core/compare/index.ts";
import { type AppKey, healsItself } from "../../core/model/application.ts";
import { Failure, type FailureCode } from "../../core/model/failure.ts";
import { ACTION_MANAGER } from "../../core/model/field-manager.ts";
import { saidToBeFilled } from "../../core/model/filled-above.ts";
import { filledPaths, holdsSecrets } from "../../core/model/filled-in.ts";
import { ifStill, type JsonPatchOp } from "../../core/model/json-patch.ts";
import type { KubeObject } from "../../core/model/kube-object.ts";
import type { EditedObject, ObjectDeletion, ObjectEdit, ObjectPatch } from "../../core/model/live-request.ts";
import { type ObjectRef, refKey, show } from "../../core/model/object-ref.ts";
import type {
  ClusterObjects,
  DeleteOutcome,
  WriteMode,
  WriteOutcome,
} from "../../core/ports/cluster-objects.ts";
import { defined } from "../../lib/defined.ts";
import { timestamp } from "../../lib/timestamp.ts";
import type { Applications } from "../applications.ts";
import type { Found, WriteRefusal } from "../control.ts";
import type { EnginePorts } from "../engine-ports.ts";
import { refusedBy, writerOf } from "../limits.ts";
import type { ManagedApplication } from "../managed-application.ts";
import type { Snapshot } from "../snapshot.ts";
import { pauseFor, refusalOf } from "../sync/may-start.ts";
import { editedFields, fieldsSaid, withoutValue } from "./edited-fields.ts";
import { readOwn } from "./own-object.ts";
import { patched, refuseDeletion, refusePatching } from "./patch-live.ts";
import { setByGit } from "./set-by-git.ts";

/** What was hidden in it before stays hidden, wherever it was learnt that it is to be. */
function hiddenAs(before: KubeObject, after: KubeObject): KubeObject {
  return saidToBeFilled(after, [], filledPaths(before));
}

/** Of an edit, where others write the object at the same moments. */
const MOST_TRIES = 4;

export interface LiveObjectParts {
  ports: EnginePorts;
  applications: Applications;
  /** @throws {Failure} invalid-spec */
  snapshotOf(managed: ManagedApplication): Snapshot;
}

export class LiveObjects {
  readonly #parts: LiveObjectParts;

  constructor(parts: LiveObjectParts) {
    this.#parts = parts;
  }

  /** Masked. @throws {Failure} not-found, cluster-unreachable, forbidden */
  async live(key: AppKey, ref: ObjectRef): Promise<Found<KubeObject>> {
    const managed = this.#parts.applications.get(key);
    if (managed === undefined) return { is: "absent" };
    const { cluster } = this.#parts.snapshotOf(managed);
    const { object } = await readOwn(cluster, managed, ref, "show it");
    return { is: "found", value: maskSecret(object) };
  }

  /**
   * Sent as a JSON patch that holds for the version that was read.
   * @returns as the server answered, masked
   * @throws {Failure} not-found, cluster-unreachable, forbidden, refused, conflict, invalid-spec, store
   */
  async patch(
    key: AppKey,
    request: ObjectPatch,
  ): Promise<{ is: "patched"; object: KubeObject } | WriteRefusal> {
    const managed = this.#parts.applications.get(key);
    if (managed === undefined) return { is: "absent" };
    const { ref, actor, how } = request;
    const before = await this.#readToChange(managed, ref);
    const ops = patchBetween(before, patched(before, request));
    if (ops.length === 0) return { is: "patched", object: maskSecret(before) };
    const undone = this.#undone(managed, ref, ops);
    if (undone !== undefined) return undone;
    const object = hiddenAs(before, await this.#send(managed, ref, before, ops, "write"));
    this.#auditPatch(managed, { ref, actor, how }, { before, after: object, ops });
    return { is: "patched", object: maskSecret(object) };
  }

  /**
   * What a person changed of what was shown, sent as a JSON patch; or tried by the server and not kept. Where somebody changed the same
   * field since, it is refused.
   * @throws {Failure} as `patch`
   */
  async edit(
    key: AppKey,
    request: ObjectEdit,
  ): Promise<{ is: "edited"; edited: EditedObject } | WriteRefusal> {
    const managed = this.#parts.applications.get(key);
    if (managed === undefined) return { is: "absent" };
    for (let tries = 1; ; tries++)
      try {
        return await this.#editOnce(managed, request);
      } catch (cause) {
        // Its status is written all the time while it moves; whether a field of ours was, the next reading says.
        if (!(cause instanceof Raced) || tries === MOST_TRIES) throw cause;
      }
  }

  async #editOnce(
    managed: ManagedApplication,
    { ref, from, edited, mode, actor }: ObjectEdit,
  ): Promise<{ is: "edited"; edited: EditedObject } | WriteRefusal> {
    const before = await this.#readToChange(managed, ref);
    const patch = editedFields(before, from, edited, ref);
    const made = patched(before, { ref, how: "json", patch, actor });
    const isHidden = holdsSecrets(before);
    // What is hidden is told and sent as it was said, the same as it is or not: whoever guesses at it learns nothing.
    const ops = isHidden ? patch : patchBetween(before, made);
    if (ops.length === 0)
      return { is: "edited", edited: { object: maskSecret(before), fields: [], undoneBySync: [] } };
    const told = isHidden ? ops.map(withoutValue) : ops;
    const undone = this.#undone(managed, ref, told);
    if (undone !== undefined) return undone;
    const object = hiddenAs(before, await this.#send(managed, ref, before, ops, mode));
    if (mode === "write")
      this.#auditPatch(managed, { ref, actor, how: "edit" }, { before, after: object, ops });
    const fields = isHidden
      ? fieldsSaid(before, patch)
      : diffObjects({ key: refKey(ref), live: before, predicted: object }).fields;
    const undoneBySync = this.#setByGit(managed, ref, told);
    const isSecret = isHidden || holdsSecrets(object);
    const shown = maskSecret(isHidden && mode === "dry-run" ? made : object);
    return {
      is: "edited",
      edited: { object: shown, fields, undoneBySync, ...(isSecret ? {} : { patch: ops }) },
    };
  }

  /** @throws {Failure} where it may not be changed by hand, before it is read */
  async #readToChange(managed: ManagedApplication, ref: ObjectRef): Promise<KubeObject> {
    const { cluster } = this.#permitted(managed, ref, "patch it");
    refusePatching(ref);
    const { object } = await readOwn(cluster, managed, ref, "patch it");
    return object;
  }

  /** Fields that Git sets, and that the last comparison left to nobody. */
  #setByGit({ target, compared }: ManagedApplication, ref: ObjectRef, ops: readonly JsonPatchOp[]): string[] {
    const key = refKey(ref);
    const desired = target?.desired.find((one) => one.key === key);
    return setByGit(desired, ops, compared?.ignored.get(key) ?? NOTHING_IGNORED);
  }

  #undone(
    managed: ManagedApplication,
    ref: ObjectRef,
    ops: readonly JsonPatchOp[],
  ): WriteRefusal | undefined {
    if (!healsItself(this.#parts.snapshotOf(managed).app.spec)) return undefined;
    const [field] = this.#setByGit(managed, ref, ops);
    if (field === undefined) return undefined;
    return {
      is: "would-be-undone",
      object: show(ref),
      cannot: "patch it",
      why: `Git sets ${field}, and self-heal would put it back at once`,
      fix: "Change it in Git and commit, or name the field in spec.ignoreDifferences to leave it to others",
    };
  }

  /** @returns as the server answered, not masked @throws {Failure} */
  async #send(
    managed: ManagedApplication,
    ref: ObjectRef,
    before: KubeObject,
    ops: readonly JsonPatchOp[],
    mode: WriteMode,
  ): Promise<KubeObject> {
    const outcome = await this.#objects(managed, ref, "patch it").patch(
      ref,
      before.apiVersion,
      [ifStill(before.metadata.resourceVersion), ...ops],
      { fieldManager: ACTION_MANAGER, to: "object", mode },
    );
    if (outcome.is !== "done") throw notDone(ref, "patch it", outcome);
    return outcome.object;
  }

  #auditPatch(
    managed: ManagedApplication,
    { ref, actor, how }: { ref: ObjectRef; actor: string; how: string },
    { before, after, ops }: { before: KubeObject; after: KubeObject; ops: readonly JsonPatchOp[] },
  ): void {
    this.#audit(managed, { ref, actor }, "patch-resource", {
      before: maskSecret(before),
      after: maskSecret(after),
      // Names of fields, no values: those of a Secret are masked on both sides.
      details: { object: show(ref), fields: ops.map(({ path }) => path), patch: how },
    });
  }

  /** By the uid that was read. @throws {Failure} not-found, cluster-unreachable, forbidden, refused, conflict, store */
  async delete(key: AppKey, request: ObjectDeletion): Promise<{ is: "deleted" } | WriteRefusal> {
    const managed = this.#parts.applications.get(key);
    if (managed === undefined) return { is: "absent" };
    const { ref, propagation, grace } = request;
    const { cluster } = this.#permitted(managed, ref, "delete it");
    refuseDeletion(ref);
    const { live, object } = await readOwn(cluster, managed, ref, "delete it");
    if (request.uid !== undefined && request.uid !== live.uid)
      throw changedSince(ref, `its uid is ${live.uid}, not ${request.uid}`);
    const outcome = await this.#objects(managed, ref, "delete it").delete(
      ref,
      object.apiVersion,
      {
        uid: live.uid,
        propagation,
        ...defined({ resourceVersion: request.resourceVersion, grace }),
      },
      "write",
    );
    if (outcome.is !== "deleted" && outcome.is !== "absent") throw notDone(ref, "delete it", outcome);
    this.#audit(managed, request, "delete-resource", {
      before: maskSecret(object),
      details: { object: show(ref), uid: live.uid, propagation, ...defined({ grace }) },
    });
    return { is: "deleted" };
  }

  /** @throws {Failure} conflict, forbidden: before anything is read, and what is refused is not learned from */
  #permitted(managed: ManagedApplication, ref: ObjectRef, cannot: string): Snapshot {
    this.#refuseNow(managed, ref, cannot);
    const snapshot = this.#parts.snapshotOf(managed);
    const why = refusedBy(snapshot.project, ref, snapshot.cluster);
    if (why === undefined) return snapshot;
    throw new Failure("forbidden", show(ref), "after-edit", { cannot, why });
  }

  /** @throws {Failure} conflict */
  #refuseNow({ key, spec }: ManagedApplication, ref: ObjectRef, cannot: string): void {
    const pause = pauseFor({}, this.#parts.ports);
    const why =
      spec.deleting !== undefined
        ? `the application ${key} is being deleted`
        : pause === undefined
          ? undefined
          : refusalOf(pause);
    if (why !== undefined) throw new Failure("conflict", show(ref), "after-edit", { cannot, why });
  }

  /** What may be written is asked again when a write's turn comes: it may have waited. */
  #objects(managed: ManagedApplication, ref: ObjectRef, cannot: string): ClusterObjects {
    const { cluster } = this.#parts.snapshotOf(managed);
    return cluster.for({
      owner: managed.key,
      urgency: "heal",
      as: () => writerOf(this.#parts.snapshotOf(managed), this.#parts.ports.settings()),
      stillMeant: () => void this.#permitted(managed, ref, cannot),
    });
  }

  #audit(
    managed: ManagedApplication,
    { ref, actor }: { ref: ObjectRef; actor: string },
    action: string,
    what: { before: KubeObject; after?: KubeObject; details: Record<string, unknown> },
  ): void {
    const { store, clock } = this.#parts.ports;
    const { namespace, name } = managed.spec.app.metadata;
    store.audit({
      at: timestamp(clock.now()),
      actor,
      action,
      app: managed.key,
      project: managed.spec.app.spec.project,
      object: { kind: "application", namespace, name, live: ref },
      ...what,
    });
  }
}

function notDone(
  ref: ObjectRef,
  cannot: string,
  outcome: Exclude<WriteOutcome, { is: "done" }> | Exclude<DeleteOutcome, { is: "deleted" | "absent" }>,
): Failure {
  if (outcome.is === "unreachable")
    return new Failure("cluster-unreachable", show(ref), "backoff", { cannot, why: outcome.why });
  // 422 for a version that is another one now is told from a refusal of values, which names causes.
  const isRace = outcome.status === 409 || (outcome.status === 422 && outcome.causes.length === 0);
  if (isRace) return changedSince(ref, outcome.message, cannot);
  const code: FailureCode = outcome.status === 403 ? "forbidden" : "refused";
  return new Failure(code, show(ref), "after-edit", { cannot, why: outcome.message });
}

/** Somebody wrote between look and write. */
class Raced extends Failure {}

function changedSince(ref: ObjectRef, why: string, cannot = "delete it"): Failure {
  return new Raced("conflict", show(ref), "after-edit", {
    cannot,
    why,
    fix: "Look at it again, and repeat it if that is still what you want",
  });
}
