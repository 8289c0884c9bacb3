import type { AppKey, Application } from "../../core/model/application.ts";
import type { Hold } from "../../core/model/hold.ts";
import { changed } from "../../core/model/written-part.ts";
import type { AppState } from "../../core/ports/home.ts";
import type { AuditEntry } from "../../core/ports/journal.ts";
import { defined } from "../../lib/defined.ts";
import { equalJson } from "../../lib/equal-json.ts";
import { timestamp } from "../../lib/timestamp.ts";
import type { Applications } from "../applications.ts";
import type { AppOrigin } from "../control.ts";
import type { EnginePorts } from "../engine-ports.ts";
import { ManagedApplication, type Spec } from "../managed-application.ts";
import { Memory } from "../memory.ts";
import type { Deleting } from "../remove/cascade.ts";
import type { Removals } from "../remove/remove.ts";
import type { Publisher } from "../show/publisher.ts";
import type { Operations } from "../sync/operations.ts";
import { rememberedOperation } from "../sync/waiting.ts";
import type { Look } from "../target/target.ts";
import { pastUntilNow } from "./past.ts";

export interface SpecsParts {
  ports: EnginePorts;
  applications: Applications;
  publisher: Publisher;
  operations: Operations;
  removals: Removals;
  ask(managed: ManagedApplication, look: Look): void;
  /** Whether a file holds this application now. */
  isWritten(key: AppKey): boolean;
}

/** One application's life as far as it is written: it enters, is edited, is to be deleted, and leaves. */
export class Specs {
  readonly #parts: SpecsParts;

  constructor(parts: SpecsParts) {
    this.#parts = parts;
  }

  // ---------------------------------------------------------------- entering, edited

  /** It is new to the engine. @param known what the store remembers of it */
  enter(key: AppKey, app: Application, origin: AppOrigin, known: AppState | undefined): void {
    const { ports, applications, publisher, operations, ask } = this.#parts;
    const status = known?.status;
    const managed = new ManagedApplication(key, new Memory(key, ports.store, known), {
      spec: {
        app: known?.deleting?.app ?? app,
        origin,
        uid: known?.uid ?? (origin.from === "cluster" ? app.metadata.uid : undefined) ?? crypto.randomUUID(),
        past: known === undefined ? pastUntilNow(key, ports.store) : known.past,
        last: known?.last,
        deleting: known?.deleting,
        hold: known?.hold,
      },
      operation: rememberedOperation(known?.operation, status?.operationState),
      status,
      removal: known?.deleting === undefined ? undefined : known.removal,
      leftHooks: known?.leftHooks,
    });
    applications.add(managed);
    if (known === undefined) publisher.changed(managed);
    // Before anything is asked for: a first look at it begins at once.
    if (known?.deleting === undefined) this.#rememberManifest(managed);
    else if (origin.from === "parent" || (origin.from === "file" && this.#parts.isWritten(key)))
      this.#callOff(managed, app);
    operations.resume(managed);
    this.#parts.removals.resume(managed);
    ask(managed, "latest");
    if (known === undefined) publisher.emit("ADDED", managed);
  }

  /** Known from before a restart, and written nowhere now: its file is gone, or its deletion was under way. */
  resume(state: AppState): void {
    const app = state.deleting?.app ?? state.last?.app;
    if (app === undefined) {
      // Its object went before its leaving was written down.
      this.#parts.ports.store.deleteRecords(state.key, "all");
      return this.#parts.publisher.drop(state.key);
    }
    const origin: AppOrigin =
      state.last !== undefined
        ? placeInFile(state.last)
        : { from: state.deleting?.asked === "by-parent" ? "parent" : "api" };
    this.enter(state.key, app, origin, state);
  }

  /** As it is written now. */
  replace(managed: ManagedApplication, app: Application, origin: AppOrigin): void {
    const before = managed.spec;
    // What is on its way out stays what it was, unless its file came back.
    if (before.deleting !== undefined && before.deleting.asked !== "by-file") return;
    if (before.deleting !== undefined && origin.from === "api") return;
    // Of ten thousand that are taken up, one is another one.
    const isAsWas = before.app === app && equalJson(before.origin, origin);
    if (isAsWas && before.deleting === undefined && origin.from === "parent" && before.last === undefined)
      return;
    const isSame = equalJson(before.app, app);
    const isSameSpec = isSame || equalJson(before.app.spec, app.spec);
    // The same manifest stays the same object: a pass tells by it that nothing was edited.
    managed.spec = { ...before, app: isSame ? before.app : app, origin };
    this.#rememberManifest(managed);
    if (before.deleting !== undefined) this.#callOff(managed, managed.spec.app);
    if (isSame) return;
    this.#parts.ask(managed, isSameSpec ? "nothing" : "known");
    this.#parts.publisher.emit("MODIFIED", managed);
  }

  // ---------------------------------------------------------------- held

  /**
   * It is kept at this from now on, whatever is written.
   * @param then what goes with it, on disk together with it or not at all
   * @throws {Failure} store, or what `then` throws: then nothing changed
   */
  hold(managed: ManagedApplication, hold: Hold, then: () => void): void {
    this.#hold(managed, hold, { actor: hold.by, action: "hold", details: { ...hold } }, then);
  }

  /** It follows what is written again. @param why for the audit @throws {Failure} store */
  lift(managed: ManagedApplication, actor: string, why: string): void {
    this.#hold(managed, undefined, { actor, action: "unhold", details: { why } }, () => undefined);
    this.#parts.ask(managed, "latest");
  }

  #hold(
    managed: ManagedApplication,
    hold: Hold | undefined,
    entry: Pick<AuditEntry, "actor" | "action" | "details">,
    then: () => void,
  ): void {
    const { ports, publisher } = this.#parts;
    const { store, clock } = ports;
    const before = managed.spec.hold;
    this.#write(managed, { hold });
    try {
      store.atomically(() => {
        const { project } = managed.spec.app.spec;
        store.audit({ at: timestamp(clock.now()), app: managed.key, project, ...entry });
        then();
        publisher.flush(managed.key);
      });
    } catch (failure) {
      this.#write(managed, { hold: before });
      throw failure;
    }
    publisher.publish(managed);
  }

  // ---------------------------------------------------------------- on its way out

  /** @param actor for the audit */
  beginDeletion(managed: ManagedApplication, deleting: Deleting, actor: string): void {
    this.changeDeletion(managed, deleting, actor, "delete");
    this.#parts.operations.giveUp(managed, "it was ended, because the application is being deleted");
    const { cascade } = deleting;
    this.#parts.ports.log.info("application is being deleted", { app: managed.key, cascade, actor });
  }

  /** A deletion that is going on goes on like this; at once, whatever it waits for. @throws {Failure} store */
  changeDeletion(
    managed: ManagedApplication,
    deleting: Deleting,
    actor: string,
    action: "delete" | "annotate",
  ): void {
    const { ports, publisher, removals, ask } = this.#parts;
    const { store, clock } = ports;
    const { app, deleting: before } = managed.spec;
    const { annotations = {} } = deleting.app.metadata;
    const { cascade, hooks } = deleting;
    const details = { cascade, ...defined({ hooks }), ...(action === "annotate" ? { annotations } : {}) };
    this.#write(managed, { app: deleting.app, deleting });
    try {
      store.atomically(() => {
        publisher.flush(managed.key);
        const { project } = app.spec;
        store.audit({ at: timestamp(clock.now()), actor, action, app: managed.key, project, details });
      });
    } catch (failure) {
      // What cannot be written down is not begun.
      this.#write(managed, { app, deleting: before });
      throw failure;
    }
    removals.changed(managed, action === "delete" ? "asked-again" : "otherwise");
    ask(managed, "nothing");
  }

  /**
   * It is gone, and with it everything that was remembered of it.
   * @param kept sentences about what stays behind
   */
  leave(managed: ManagedApplication, kept: readonly string[]): void {
    const { ports, applications, publisher } = this.#parts;
    const { store, clock, log } = ports;
    const { key } = managed;
    store.atomically(() => {
      store.deleteRecords(key, "all");
      store.deleteApplication(key);
      publisher.drop(key);
      const at = timestamp(clock.now());
      const change = changed(managed.spec.app, undefined);
      store.audit({ at, actor: "daemon", action: "deleted", app: key, ...change, details: { kept } });
    });
    if (kept.length > 0) log.info("application was deleted; some objects stay", { app: key, kept });
    for (const cluster of ports.clusters()) cluster.unfollow(key);
    applications.remove(managed);
    publisher.emit("DELETED", managed);
    ports.observe.left(key);
  }

  /** Its file came back before its objects were gone: what is left of them is wanted again. A person's word stands. */
  #callOff(managed: ManagedApplication, app: Application): void {
    if (managed.spec.deleting?.asked !== "by-file") return;
    managed.memory.setComesBack("yes");
    this.#write(managed, { app, deleting: undefined });
    this.#rememberManifest(managed);
    this.#parts.removals.changed(managed, "otherwise");
    this.#parts.ask(managed, "known");
  }

  /** So that the file's leaving, and what a cluster had that cannot be read any more, is known after a restart too. */
  #rememberManifest(managed: ManagedApplication): void {
    const { app, origin, last } = managed.spec;
    if (origin.from === "cluster") this.#parts.publisher.changed(managed);
    if (origin.from !== "file") {
      // No file's leaving takes along what lives elsewhere now.
      if (last !== undefined) this.#write(managed, { last: undefined });
      return;
    }
    const { file, folder } = origin;
    if (last?.file === file && last.folder === folder && equalJson(last.app, app)) return;
    this.#write(managed, { last: { app, file, ...defined({ folder }) } });
  }

  #write(managed: ManagedApplication, change: Partial<Spec>): void {
    managed.spec = { ...managed.spec, ...change };
    this.#parts.publisher.changed(managed);
  }
}

/** As the store remembers it: the line is not kept. */
export function placeInFile({ file, folder }: NonNullable<AppState["last"]>): AppOrigin {
  return { from: "file", file, line: 1, ...defined({ folder }) };
}
