import { type AppKey, type Application, type Condition, keyOfApp } from "../../core/model/application.ts";
import type { Problem } from "../../core/model/problem.ts";
import type { Project } from "../../core/model/project.ts";
import type { AppState } from "../../core/ports/home.ts";
import { defined } from "../../lib/defined.ts";
import { equalJson } from "../../lib/equal-json.ts";
import { timestamp } from "../../lib/timestamp.ts";
import type { Applications } from "../applications.ts";
import type { AppOrigin } from "../control.ts";
import type { EnginePorts } from "../engine-ports.ts";
import { ManagedApplication, type Spec } from "../managed-application.ts";
import { Memory } from "../memory.ts";
import { cascadeOf, type Deleting } from "../remove/cascade.ts";
import type { Removals } from "../remove/remove.ts";
import type { Publisher } from "../show/publisher.ts";
import { type Operations, rememberedOperation } from "../sync/operations.ts";
import type { Look } from "../target/target.ts";
import type { FolderReading } from "./folder-reading.ts";
import { HomeMemory } from "./home-memory.ts";
import { type Registered, type Stock, takeStock } from "./registry.ts";

export interface RosterParts {
  ports: EnginePorts;
  applications: Applications;
  publisher: Publisher;
  operations: Operations;
  removals: Removals;
  ask(managed: ManagedApplication, look: Look): void;
}

/** Which applications come, change and go: from the folders, from the API, and from what the store remembers. */
export class Roster {
  readonly #parts: RosterParts;
  readonly #memory: HomeMemory;
  #stock: Stock | undefined;
  #reading: FolderReading = { applications: [], projects: [], problems: [], folders: [] };
  /** When it was read: what is missing now is missing since then, however often it is taken up. */
  #readAt = performance.now();
  #said = "";
  #lookingAgain: ReturnType<typeof setTimeout> | undefined;

  constructor(parts: RosterParts) {
    this.#parts = parts;
    this.#memory = new HomeMemory(parts.ports.store);
  }

  /** Whether it was taken up once. */
  get known(): boolean {
    return this.#stock !== undefined;
  }

  get projects(): ReadonlyMap<string, Project> {
    return this.#memory.projects;
  }

  get problems(): Problem[] {
    const { problems = [], incomplete = [] } = this.#stock ?? {};
    const kept = incomplete.map(
      (why): Problem => ({
        severity: "warning",
        text: `${why}, so applications that are missing from the folders stay as they were`,
      }),
    );
    return [...problems, ...kept];
  }

  /** What the configured folders hold. Taken up by `takeUp`, and from then on at once. @throws {Failure} store */
  read(reading: FolderReading): void {
    this.#reading = reading;
    this.#readAt = performance.now();
    if (this.known) this.takeUp();
  }

  /**
   * Puts what is remembered and what is written together; the first call resumes what the store remembers.
   * @throws {Failure} store
   */
  takeUp(states: ReadonlyMap<AppKey, AppState> = new Map()): void {
    const { ports, applications, ask } = this.#parts;
    const isFirst = !this.known;
    if (isFirst) this.#memory.recall();
    const before = this.#memory.state;
    const stock = takeStock({
      reading: this.#reading,
      made: ports.store.applications(),
      previous: { ...before, apps: isFirst ? incumbentsIn(states) : this.#incumbents() },
      now: this.#readAt,
      removal: ports.settings().removal,
      approved: this.#memory.approved,
      going: this.#going(),
    });
    this.#memory.keep(stock.state);
    this.#stock = stock;
    this.#tell(stock);
    const projectsChanged = !isFirst && !equalJson([...before.projects], [...stock.state.projects]);
    for (const [key, { value: app, origin }] of stock.state.apps) {
      const managed = applications.get(key);
      if (managed === undefined) this.#enter(key, app, origin, states.get(key));
      else this.#replace(managed, app, origin);
      if (managed !== undefined && projectsChanged) ask(managed, "nothing");
    }
    for (const known of states.values()) if (applications.get(known.key) === undefined) this.#resume(known);
    for (const key of stock.leaving) this.#letGo(key);
    this.#foretell(stock);
    this.#memory.approve(new Set([...this.#memory.approved].filter((key) => stock.state.missing.has(key))));
    this.#lookAgain(stock.lookAgainInMs);
  }

  /** An application that was made or changed through the API, as the store has it now: no file has its name. */
  takeMade(app: Application): void {
    const key = keyOfApp(app);
    const managed = this.#parts.applications.get(key);
    if (managed === undefined) this.#enter(key, app, { from: "api" }, undefined);
    else this.#replace(managed, app, { from: "api" });
  }

  /** The folders are not read again by it. */
  stop(): void {
    clearTimeout(this.#lookingAgain);
  }

  // ---------------------------------------------------------------- what a person says

  /** Whether a file holds this application now; one that lives in a file and is not there may be deleted by a person. */
  isWritten(key: AppKey): boolean {
    return this.#reading.applications.some(({ app }) => keyOfApp(app) === key);
  }

  /** Missing applications that wait for a person's approval before they leave. */
  get blocked(): readonly AppKey[] {
    return this.#stock?.blocked ?? [];
  }

  /**
   * A person says that these applications, all of them missing from the folders, may leave.
   * @returns those of them that do not wait for it: where there are any, nothing is approved
   */
  approveRemoval(keys: readonly AppKey[], actor: string): AppKey[] {
    const others = keys.filter((key) => !this.blocked.includes(key));
    if (others.length > 0) return others;
    const { store, clock } = this.#parts.ports;
    store.atomically(() => {
      const details = { applications: [...keys] };
      store.audit({ at: timestamp(clock.now()), actor, action: "approve-removal", details });
      this.#memory.approve(new Set([...this.#memory.approved, ...keys]));
    });
    this.takeUp();
    return [];
  }

  /** @param actor for the audit */
  beginDeletion(managed: ManagedApplication, deleting: Deleting, actor: string): void {
    this.changeDeletion(managed, deleting, actor, "delete");
    this.#parts.operations.giveUp(managed, "the application is being deleted");
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
    const details = { cascade: deleting.cascade, ...(action === "annotate" ? { annotations } : {}) };
    this.#write(managed, { app: deleting.app, deleting });
    try {
      store.atomically(() => {
        publisher.flush(managed.key);
        store.audit({ at: timestamp(clock.now()), actor, action, app: managed.key, details });
      });
    } catch (failure) {
      // What cannot be written down is not begun.
      this.#write(managed, { app, deleting: before });
      throw failure;
    }
    removals.changed(managed);
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
      store.audit({ at, actor: "daemon", action: "deleted", app: key, details: { kept } });
    });
    if (kept.length > 0) log.info("application was deleted; some objects stay", { app: key, kept });
    for (const cluster of ports.clusters()) cluster.unfollow(key);
    applications.remove(managed);
    publisher.emit("DELETED", managed);
    ports.observe.left(key);
    // Somebody else may have waited for its name.
    if (this.isWritten(key)) this.takeUp();
  }

  // ---------------------------------------------------------------- who has a name now

  #incumbents(): Map<AppKey, Registered> {
    const staying = [...this.#parts.applications].filter(
      ({ spec: { deleting, origin } }) => deleting === undefined && origin.from === "file",
    );
    return new Map(staying.map(({ key, spec: { app, origin } }) => [key, { value: app, origin }]));
  }

  /** On their way out because their file left. */
  #going(): Set<AppKey> {
    const going = [...this.#parts.applications].filter(({ spec }) => spec.deleting?.asked === "by-file");
    return new Set(going.map(({ key }) => key));
  }

  /** @param inMs after the reading that was taken up; measured by a clock that is never set */
  #lookAgain(inMs: number | undefined): void {
    clearTimeout(this.#lookingAgain);
    if (inMs === undefined) return;
    const pauseMs = Math.max(1, Math.ceil(this.#readAt + inMs - performance.now()));
    this.#lookingAgain = setTimeout(() => this.#parts.ports.readFolders(), pauseMs).unref();
  }

  // ---------------------------------------------------------------- what is said

  /** One line for each change, not one for each reading. */
  #tell({ incomplete, blocked }: Stock): void {
    const { log } = this.#parts.ports;
    const now = JSON.stringify([incomplete, blocked]);
    if (now === this.#said) return;
    this.#said = now;
    if (incomplete.length > 0)
      log.warn(
        "the application folders cannot be trusted: nothing is deleted because of what is missing in them",
        { reasons: incomplete.slice(0, 5) },
      );
    if (blocked.length > 0)
      log.warn("many applications are missing from the folders: they wait for approval", {
        apps: blocked.slice(0, 20),
        count: blocked.length,
      });
  }

  #foretell({ notes }: Stock): void {
    const { applications, removals, ask } = this.#parts;
    for (const managed of applications) {
      const message = notes.get(managed.key);
      const said: Condition[] = message === undefined ? [] : [{ type: "ApplicationMissingWarning", message }];
      if (removals.foretell(managed, said) === "news") ask(managed, "nothing");
    }
  }

  // ---------------------------------------------------------------- enter, replace, let go

  #enter(key: AppKey, app: Application, origin: AppOrigin, known: AppState | undefined): void {
    const { ports, applications, publisher, operations, ask } = this.#parts;
    const status = known?.status;
    const managed = new ManagedApplication(key, new Memory(key, ports.store, known?.attempted), {
      spec: {
        app: known?.deleting?.app ?? app,
        origin,
        uid: known?.uid ?? crypto.randomUUID(),
        last: known?.last,
        deleting: known?.deleting,
      },
      operation: rememberedOperation(known?.operation, status?.operationState),
      status,
    });
    applications.add(managed);
    if (known === undefined) publisher.changed(managed);
    // Before anything is asked for: a first look at it begins at once.
    if (known?.deleting === undefined) this.#rememberManifest(managed);
    else if (origin.from === "file" && this.isWritten(key)) this.#callOff(managed, app);
    operations.resume(managed);
    ask(managed, "latest");
    if (known === undefined) publisher.emit("ADDED", managed);
  }

  /** Its file came back before its objects were gone: what is left of them is wanted again. A person's word stands. */
  #callOff(managed: ManagedApplication, app: Application): void {
    if (managed.spec.deleting?.asked !== "by-file") return;
    managed.memory.setComesBack("yes");
    this.#write(managed, { app, deleting: undefined });
    this.#rememberManifest(managed);
    this.#parts.removals.changed(managed);
    this.#parts.ask(managed, "known");
  }

  /** Known from before a restart, and written nowhere now: its file is gone, or its deletion was under way. */
  #resume(state: AppState): void {
    const app = state.deleting?.app ?? state.last?.app;
    if (app === undefined) return this.#parts.publisher.drop(state.key);
    const origin: AppOrigin = state.last === undefined ? { from: "api" } : fileOrigin(state.last);
    this.#enter(state.key, app, origin, state);
  }

  #replace(managed: ManagedApplication, app: Application, origin: AppOrigin): void {
    const before = managed.spec;
    // What is on its way out stays what it was, unless its file came back.
    if (before.deleting?.asked === "by-person") return;
    if (before.deleting !== undefined && origin.from === "api") return;
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

  /** Its file is not there any more. */
  #letGo(key: AppKey): void {
    const managed = this.#parts.applications.get(key);
    if (managed === undefined || managed.spec.origin.from === "api") return;
    const { app } = managed.spec;
    const { file, folder } = managed.spec.origin;
    // A folder that left the config takes no object along: whoever stops naming it stops managing what is in it.
    const isConfigured = folder === undefined || this.#reading.folders.some(({ path }) => path === folder);
    const cascade = isConfigured ? cascadeOf(app) : "none";
    const since = timestamp(this.#parts.ports.clock.now());
    this.beginDeletion(managed, { app, since, cascade, asked: "by-file" }, `file:${file}`);
  }

  /** So that the file's leaving is noticed after a restart too. */
  #rememberManifest(managed: ManagedApplication): void {
    const { app, origin, last } = managed.spec;
    if (origin.from !== "file") return;
    const { file, folder } = origin;
    if (last?.file === file && last.folder === folder && equalJson(last.app, app)) return;
    this.#write(managed, { last: { app, file, ...defined({ folder }) } });
  }

  #write(managed: ManagedApplication, change: Partial<Spec>): void {
    managed.spec = { ...managed.spec, ...change };
    this.#parts.publisher.changed(managed);
  }
}

/** Whose names are taken at a start: the files that the store remembers are those that had them. */
function incumbentsIn(states: ReadonlyMap<AppKey, AppState>): Map<AppKey, Registered> {
  return new Map(
    [...states.values()].flatMap(({ key, last, deleting }): [AppKey, Registered][] =>
      last === undefined || deleting !== undefined
        ? []
        : [[key, { value: last.app, origin: fileOrigin(last) }]],
    ),
  );
}

function fileOrigin({ file, folder }: NonNullable<AppState["last"]>): AppOrigin {
  return { from: "file", file, line: 1, ...defined({ folder }) };
}
