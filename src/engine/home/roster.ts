import type { AppKey, Application } from "../../core/model/application.ts";
import type { Problem } from "../../core/model/problem.ts";
import type { Project } from "../../core/model/project.ts";
import type { AppState } from "../../core/ports.ts";
import { equalJson } from "../../lib/equal-json.ts";
import { timestamp } from "../../lib/timestamp.ts";
import type { Applications } from "../applications.ts";
import type { AppOrigin } from "../control.ts";
import type { EnginePorts } from "../engine-ports.ts";
import { ManagedApplication, type Spec } from "../managed-application.ts";
import { Memory } from "../memory.ts";
import { cascadeOf } from "../remove/deletion.ts";
import { removalCalledOff } from "../remove/remove.ts";
import type { Publisher } from "../show/publisher.ts";
import { type Operations, rememberedOperation } from "../sync/operations.ts";
import type { Look } from "../target/target.ts";
import { type FolderReading, type RegistryState, register } from "./registry.ts";

/** Name of the stored value that tells how many files each folder had. */
const FOLDER_FILES = "folder-files";

export interface RosterParts {
  ports: EnginePorts;
  applications: Applications;
  publisher: Publisher;
  operations: Operations;
  ask(managed: ManagedApplication, look: Look): void;
}

/** Which applications come, change and go: from the folders, from the API, and from what the store remembers. */
export class Roster {
  readonly #parts: RosterParts;
  #state: RegistryState | undefined;
  #filesBefore: ReadonlyMap<string, number> = new Map();
  #reading: FolderReading = { applications: [], projects: [], problems: [], folders: [] };

  constructor(parts: RosterParts) {
    this.#parts = parts;
  }

  /** Whether it was taken up once. */
  get known(): boolean {
    return this.#state !== undefined;
  }

  get projects(): ReadonlyMap<string, Project> {
    return this.#state?.projects ?? new Map();
  }

  get problems(): Problem[] {
    const { problems = [], incomplete = [] } = this.#state ?? {};
    const kept = incomplete.map(
      (why): Problem => ({
        severity: "warning",
        text: `${why}, so applications that are missing from the folders stay as they were`,
      }),
    );
    return [...problems, ...kept];
  }

  /** What the configured folders hold. Taken up by `takeUp`, and from then on at once. */
  read(reading: FolderReading): void {
    this.#reading = reading;
    if (this.known) this.takeUp();
  }

  /** Puts what is remembered and what is written together; the first call resumes what the store remembers. */
  takeUp(states: ReadonlyMap<AppKey, AppState> = new Map()): void {
    const { ports, applications, ask } = this.#parts;
    const { store, log } = ports;
    const before = this.#state;
    const filesBefore = before === undefined ? storedCounts(store.value(FOLDER_FILES)) : this.#filesBefore;
    const state = register(this.#reading, store.applications(), before ?? fromStates(states), filesBefore);
    this.#state = state;
    this.#filesBefore = filesBefore;
    if (state.incomplete.length === 0) this.#rememberFolders();
    else
      log.warn(
        "the application folders cannot be trusted: nothing is deleted because of what is missing in them",
        {
          reasons: state.incomplete.slice(0, 5),
        },
      );
    const projectsChanged = before !== undefined && !equalJson([...before.projects], [...state.projects]);
    for (const [key, { app, origin }] of state.apps) {
      const managed = applications.get(key);
      if (managed === undefined)
        this.#enter(key, app, origin, states.get(key), origin.from === "file" ? "called-off" : "goes-on");
      else this.#replace(managed, app, origin);
      if (managed !== undefined && projectsChanged) ask(managed, "nothing");
    }
    for (const known of states.values()) if (applications.get(known.key) === undefined) this.#resume(known);
    if (state.incomplete.length === 0) this.#letGo(state);
  }

  /** @param actor for the audit */
  beginDeletion(
    managed: ManagedApplication,
    deleting: NonNullable<AppState["deleting"]>,
    actor: string,
  ): void {
    const { ports, publisher, operations, ask } = this.#parts;
    const { store, clock, log } = ports;
    operations.giveUp(managed, "the application is being deleted");
    this.#write(managed, { deleting });
    publisher.flush();
    store.audit({
      at: timestamp(clock.now()),
      actor,
      action: "delete",
      app: managed.key,
      details: { cascade: deleting.cascade },
    });
    log.info("application is being deleted", { app: managed.key, cascade: deleting.cascade, actor });
    ask(managed, "nothing");
  }

  /** Of an application that is going only annotations change: they may say that a person approves of it. */
  annotate(managed: ManagedApplication, annotations: Record<string, string>, actor: string): void {
    const { deleting } = managed.spec;
    if (deleting === undefined) return;
    const { store, clock } = this.#parts.ports;
    const app = { ...deleting.app, metadata: { ...deleting.app.metadata, annotations } };
    this.#write(managed, { app, deleting: { ...deleting, app } });
    const at = timestamp(clock.now());
    store.audit({ at, actor, action: "annotate", app: managed.key, details: { annotations } });
    this.#parts.ask(managed, "nothing");
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
      store.audit({
        at: timestamp(clock.now()),
        actor: "daemon",
        action: "deleted",
        app: key,
        details: { kept },
      });
    });
    if (kept.length > 0) log.info("application was deleted; some objects stay", { app: key, kept });
    for (const cluster of ports.clusters()) cluster.unfollow(key);
    applications.remove(managed);
    publisher.emit("DELETED", managed);
    ports.observe.left(key);
    this.takeUp();
  }

  #rememberFolders(): void {
    this.#filesBefore = new Map(this.#reading.folders.map(({ path, files }) => [path, files]));
    const counts = JSON.stringify(Object.fromEntries(this.#filesBefore));
    this.#parts.ports.store.putValue(FOLDER_FILES, counts);
  }

  /** Applications of files that are not there any more. */
  #letGo({ apps }: RegistryState): void {
    for (const managed of this.#parts.applications) {
      const { app, origin, deleting } = managed.spec;
      if (apps.has(managed.key) || deleting !== undefined || origin.from === "api") continue;
      const { file, folder } = origin;
      // A folder that left the config takes no object along: whoever stops naming it stops managing what is in it.
      const isConfigured = folder === undefined || this.#reading.folders.some(({ path }) => path === folder);
      const cascade = isConfigured ? cascadeOf(app) : "none";
      const since = timestamp(this.#parts.ports.clock.now());
      this.beginDeletion(managed, { app, since, cascade, asked: "by-file" }, `file:${file}`);
    }
  }

  /** @param deletion one that was under way: `called-off` where the application is written somewhere again */
  #enter(
    key: AppKey,
    app: Application,
    origin: AppOrigin,
    known: AppState | undefined,
    deletion: "goes-on" | "called-off",
  ): void {
    const { ports, applications, publisher, operations, ask } = this.#parts;
    const status = known?.status;
    const managed = new ManagedApplication(key, new Memory(key, ports.store), {
      spec: {
        app,
        origin,
        uid: known?.uid ?? crypto.randomUUID(),
        last: known?.last,
        deleting: known?.deleting,
      },
      operation: rememberedOperation(known?.operation, status?.operationState),
      status,
    });
    applications.add(managed);
    this.#rememberManifest(managed);
    if (known === undefined) publisher.changed(managed);
    // Before anything is asked for: a first look at it begins at once.
    if (known?.deleting !== undefined && deletion === "called-off") this.#takeBack(managed);
    operations.resume(managed);
    ask(managed, "latest");
    if (known === undefined) publisher.emit("ADDED", managed);
  }

  /** Its file came back before its objects were gone: what is left of them is wanted again. */
  #takeBack(managed: ManagedApplication): void {
    removalCalledOff(managed);
    managed.memory.setComesBack("yes");
    this.#write(managed, { deleting: undefined });
    this.#parts.ask(managed, "known");
  }

  /** Known from before a restart, and written nowhere now: its file is gone, or its deletion was under way. */
  #resume(state: AppState): void {
    const app = state.deleting?.app ?? state.last?.app;
    if (app === undefined) return this.#parts.publisher.drop(state.key);
    const origin: AppOrigin = state.last === undefined ? { from: "api" } : fileOrigin(state.last);
    this.#enter(state.key, app, origin, state, "goes-on");
  }

  #replace(managed: ManagedApplication, app: Application, origin: AppOrigin): void {
    const before = managed.spec;
    const isSame = equalJson(before.app, app);
    const isSameSpec = isSame || equalJson(before.app.spec, app.spec);
    // The same manifest stays the same object: a pass tells by it that nothing was edited.
    managed.spec = { ...before, app: isSame ? before.app : app, origin };
    this.#rememberManifest(managed);
    if (origin.from === "file" && before.deleting?.asked === "by-file") this.#takeBack(managed);
    if (isSame) return;
    this.#parts.ask(managed, isSameSpec ? "nothing" : "known");
    this.#parts.publisher.emit("MODIFIED", managed);
  }

  /** So that the file's leaving is noticed after a restart too. */
  #rememberManifest(managed: ManagedApplication): void {
    const { app, origin, last } = managed.spec;
    if (origin.from !== "file") return;
    const { file, folder } = origin;
    if (last?.file === file && last.folder === folder && equalJson(last.app, app)) return;
    this.#write(managed, { last: { app, file, ...(folder === undefined ? {} : { folder }) } });
  }

  #write(managed: ManagedApplication, change: Partial<Spec>): void {
    managed.spec = { ...managed.spec, ...change };
    this.#parts.publisher.changed(managed);
  }
}

function storedCounts(text: string | undefined): ReadonlyMap<string, number> {
  return new Map(Object.entries(JSON.parse(text ?? "{}") as Record<string, number>));
}

/** What a start without a complete reading of the folders goes on with. */
function fromStates(states: ReadonlyMap<AppKey, AppState>): RegistryState | undefined {
  const apps = [...states.values()].flatMap(
    ({ key, last, deleting }): [AppKey, { app: Application; origin: AppOrigin }][] =>
      last === undefined || deleting !== undefined
        ? []
        : [[key, { app: last.app, origin: fileOrigin(last) }]],
  );
  return apps.length === 0
    ? undefined
    : { apps: new Map(apps), projects: new Map(), problems: [], incomplete: [] };
}

function fileOrigin({ file, folder }: NonNullable<AppState["last"]>): AppOrigin {
  return { from: "file", file, line: 1, ...(folder === undefined ? {} : { folder }) };
}
