/** What a person or a program may ask for. A file is the truth of its application. */

import { type AppKey, type Application, keyOfApp } from "../core/model/application.ts";
import { applicationTooLarge } from "../core/model/application-size.ts";
import { endOfPause, sayPause } from "../core/model/daemon-pause.ts";
import { asFailure } from "../core/model/failure.ts";
import { defined } from "../lib/defined.ts";
import { equalJson } from "../lib/equal-json.ts";
import { timestamp } from "../lib/timestamp.ts";
import type { Applications } from "./applications.ts";
import type { AppOrigin, WriteControl, Written } from "./control.ts";
import type { EnginePorts } from "./engine-ports.ts";
import type { Existing } from "./home/existing.ts";
import type { Specs } from "./home/specs.ts";
import { type ManagedApplication, type SyncOperation, shownApplication } from "./managed-application.ts";
import {
  type Cascade,
  type Deleting,
  deleteAgain,
  editWhileDeleting,
  withCascade,
} from "./remove/cascade.ts";
import type { Snapshots } from "./snapshot.ts";
import { mayStart, refusalFor } from "./sync/may-start.ts";
import type { Operations } from "./sync/operations.ts";
import { wouldBeUndone } from "./sync/would-be-undone.ts";
import type { Look } from "./target/target.ts";

export interface RequestParts {
  ports: EnginePorts;
  applications: Applications;
  existing: Existing;
  specs: Specs;
  operations: Operations;
  snapshots: Snapshots;
  /** Puts the application on the work list. */
  ask(managed: ManagedApplication, look: Look): void;
}

/** What is asked of applications as such: the rest is a room of its own each. */
export type OfApplications = Omit<
  WriteControl,
  | "pause"
  | "resume"
  | "act"
  | "patchObject"
  | "editObject"
  | "deleteObject"
  | "rollback"
  | "revert"
  | "unhold"
  | "undo"
  | "putProject"
  | "deleteProject"
>;

export class Requests implements OfApplications {
  readonly #parts: RequestParts;

  constructor(parts: RequestParts) {
    this.#parts = parts;
  }

  async create(app: Application, { upsert, actor }: { upsert: boolean; actor: string }): Promise<Written> {
    const tooLarge = applicationTooLarge(app);
    if (tooLarge !== undefined) return { is: "invalid", problems: [tooLarge] };
    const key = keyOfApp(app);
    const managed = this.#parts.applications.get(key);
    if (managed === undefined) return this.#write(app, "create", actor);
    const { deleting, origin, app: known } = managed.spec;
    if (deleting !== undefined) return conflict(beingDeleted(key, deleting.cascade));
    const elsewhere = managedElsewhere(origin);
    if (elsewhere !== undefined) return elsewhere;
    if (!upsert && !equalJson(known.spec, app.spec))
      return conflict(
        `an application ${key} exists already with another spec; update it, or replace it by upsert (holdfast app create --upsert)`,
      );
    return this.#write(app, "update", actor);
  }

  async update(app: Application, actor: string): Promise<Written> {
    const managed = this.#parts.applications.get(keyOfApp(app));
    if (managed === undefined) return { is: "absent" };
    const tooLarge = applicationTooLarge(app);
    if (tooLarge !== undefined) return { is: "invalid", problems: [tooLarge] };
    const { deleting, origin } = managed.spec;
    if (deleting === undefined) return managedElsewhere(origin) ?? this.#write(app, "update", actor);
    const edited = editWhileDeleting(deleting, app);
    if (edited.is === "refused") return conflict(edited.why);
    if (origin.from === "cluster") {
      const put = await this.#parts.existing.put(edited.deleting.app, "update", actor);
      if (put.is !== "taken") return put;
    }
    if (managed.spec.deleting !== undefined)
      this.#parts.specs.changeDeletion(managed, edited.deleting, actor, "annotate");
    return { is: "written", app: shownApplication(managed) };
  }

  async remove(
    key: AppKey,
    { cascade, hooks, actor }: Parameters<WriteControl["remove"]>[1],
  ): Promise<Written> {
    const { applications, existing, specs, ports } = this.#parts;
    const managed = applications.get(key);
    if (managed === undefined) return { is: "absent" };
    const { deleting: before, origin, app } = managed.spec;
    if (before === undefined && origin.from === "file" && existing.isWritten(key))
      return { is: "managed-by-file", file: origin.file, asked: "delete" };
    const pause = before !== undefined || cascade === "none" ? undefined : ports.paused();
    if (pause !== undefined)
      return conflict(
        `${sayPause(pause)}. ${endOfPause(pause)}, and delete it then; or let go of its objects: delete it with cascade=false (holdfast app forget)`,
      );
    const refused = await this.#deleteRecord(managed, cascade);
    if (refused !== undefined) return refused;
    // The cluster that it lived in may have told of it already.
    const { deleting } = managed.spec;
    if (applications.get(key) !== managed) return { is: "written", app: shownApplication(managed) };
    if (deleting !== undefined)
      specs.changeDeletion(managed, deleteAgain(deleting, { cascade, hooks }), actor, "delete");
    else {
      const since = timestamp(ports.clock.now());
      const going: Deleting = {
        app: withCascade(app, cascade),
        since,
        cascade,
        asked: "by-person",
        by: actor,
        ...(hooks === "skip" ? { hooks: "skipped" } : {}),
      };
      // First its object: a daemon that ends in between finds it marked, and deletes it; the other way round it would be made anew.
      if (origin.from === "parent") ports.parents?.remove(going.app);
      specs.beginDeletion(managed, going, actor);
    }
    return { is: "written", app: shownApplication(managed) };
  }

  /** Where a cluster is its home, that one hears of it first. @returns why it was not done */
  async #deleteRecord({ key, spec }: ManagedApplication, cascade: Cascade): Promise<Written | undefined> {
    const { records } = this.#parts.ports;
    if (records === undefined) return undefined;
    const answer = await records.delete(key, spec.deleting?.cascade === "none" ? "none" : cascade);
    if (answer.is === "invalid") return { is: "invalid", problems: [answer.problem] };
    return answer.is === "written" ? undefined : answer;
  }

  waitingRemovals(): AppKey[] {
    return [...this.#parts.existing.blocked];
  }

  async approveRemoval(keys: readonly AppKey[], actor: string): ReturnType<WriteControl["approveRemoval"]> {
    const others = this.#parts.existing.approveRemoval(keys, actor);
    if (others.length === 0) return { is: "approved" };
    const why = `nothing was approved, because ${others.join(", ")} ${others.length === 1 ? "does" : "do"} not wait for it any more`;
    return { is: "conflict", why };
  }

  async refresh(
    key: AppKey,
    how: "normal" | "hard",
    signal?: AbortSignal,
  ): ReturnType<WriteControl["refresh"]> {
    const managed = this.#parts.applications.get(key);
    if (managed === undefined) return { is: "absent" };
    signal?.throwIfAborted();
    const pass = managed.inbox.nextPass();
    if (how === "hard") managed.memory.forgetRefusals();
    this.#parts.ask(managed, how === "hard" ? "hard" : "latest");
    const aborted = new Promise<void>((_, reject) =>
      signal?.addEventListener("abort", () => reject(signal.reason), { once: true }),
    );
    await Promise.race([pass, aborted]);
    return { is: "found", value: shownApplication(managed) };
  }

  async sync(
    key: AppKey,
    { operation, actor }: { operation: SyncOperation; actor: string },
  ): Promise<Written> {
    const { applications, operations } = this.#parts;
    const managed = applications.get(key);
    if (managed === undefined) return { is: "absent" };
    const allowed = mayStart(managed, "a person", refusalFor(managed.spec.app, operation, this.#parts.ports));
    if (allowed.may === "not") return conflict(allowed.why);
    if (managed.operation.is === "waiting") return conflict("another operation is already in progress");
    const undone = wouldBeUndone(managed, operation.sync);
    if (undone !== undefined) return undone;
    operations.request(managed, operation, actor);
    return { is: "written", app: shownApplication(managed) };
  }

  async terminate(key: AppKey, actor: string): Promise<Written> {
    const { applications, operations } = this.#parts;
    const managed = applications.get(key);
    if (managed === undefined) return { is: "absent" };
    if (managed.spec.deleting !== undefined)
      return conflict(
        `the application ${key} is being deleted, and a deletion is not terminated. To keep what is left of its objects, let go of them: delete it with cascade=false (holdfast app forget)`,
      );
    return operations.terminate(managed, actor) === "terminating"
      ? { is: "written", app: shownApplication(managed) }
      : conflict(`the application ${key} has no operation in progress`);
  }

  async #write(app: Application, action: "create" | "update", actor: string): Promise<Written> {
    const { ports, applications, existing, operations, snapshots } = this.#parts;
    const key = keyOfApp(app);
    try {
      snapshots.take({ app }, undefined);
    } catch (cause) {
      const { object, why, fix } = asFailure(cause, `Application ${key}`, action);
      return {
        is: "invalid",
        problems: [{ severity: "error", object, text: why, ...defined({ fix }) }],
      };
    }
    const { status: _, operation, ...manifest } = app;
    const known = applications.get(key);
    if (operation?.sync !== undefined && known !== undefined) {
      const asked = { ...operation, sync: operation.sync };
      const allowed = mayStart(known, "a person", refusalFor(app, asked, ports));
      if (allowed.may === "not") return conflict(`its operation cannot start: ${allowed.why}`);
      const undone = wouldBeUndone(
        { key, target: known.target, spec: { ...known.spec, app } },
        operation.sync,
      );
      if (undone !== undefined) return undone;
    }
    const put = await existing.put(manifest as Application, action, actor);
    if (put.is !== "taken") return put;
    const managed = applications.get(key);
    if (managed === undefined) return { is: "absent" };
    if (operation?.sync !== undefined) operations.request(managed, operation as SyncOperation, actor);
    return { is: "written", app: shownApplication(managed) };
  }
}

/** A file, or another application, would undo what is written here. */
function managedElsewhere(origin: AppOrigin): Written | undefined {
  if (origin.from === "file") return { is: "managed-by-file", file: origin.file };
  if (origin.from === "parent" && origin.set !== undefined) return { is: "managed-by-set", set: origin.set };
  return origin.from === "parent" ? { is: "managed-by-parent", parent: origin.parent } : undefined;
}

function conflict(why: string): Written {
  return { is: "conflict", why };
}

function beingDeleted(key: AppKey, cascade: Cascade): string {
  const release =
    cascade === "none"
      ? ""
      : ", or let go of its objects: delete it with cascade=false (holdfast app delete --cascade=false)";
  return `the application ${key} is being deleted. Wait until it is gone${release}; then make it anew`;
}
