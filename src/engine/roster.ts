import type { AppKey, Application } from "../core/model/application.ts";
import type { Problem } from "../core/model/problem.ts";
import type { Project } from "../core/model/project.ts";
import type { AppState } from "../core/ports.ts";
import { equalJson } from "../lib/equal-json.ts";
import type { AppOrigin } from "./control.ts";
import { cascadeOf } from "./deletion.ts";
import type { EnginePorts } from "./engine-ports.ts";
import type { Look } from "./look.ts";
import type { Operations } from "./operations.ts";
import { type FolderReading, type RegistryState, register } from "./registry.ts";
import { AppSession } from "./session.ts";
import type { Stage } from "./stage.ts";
import { timestamp } from "./timestamp.ts";

/** Name of the stored value that tells how many files each folder had. */
const FOLDER_FILES = "folder-files";

/** Which applications come, change and go: from the folders, from the API, and from what the store remembers. */
export class Roster {
  #state: RegistryState | undefined;
  #filesBefore: ReadonlyMap<string, number> = new Map();
  #reading: FolderReading = { applications: [], projects: [], problems: [], folders: [] };

  constructor(
    private readonly ports: EnginePorts,
    private readonly stage: Stage,
    private readonly operations: Operations,
    private readonly ask: (session: AppSession, look: Look) => void,
  ) {}

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
    const before = this.#state;
    const { store } = this.ports;
    const filesBefore = before === undefined ? storedCounts(store.value(FOLDER_FILES)) : this.#filesBefore;
    const state = register(this.#reading, store.applications(), before ?? fromStates(states), filesBefore);
    this.#state = state;
    this.#filesBefore = filesBefore;
    if (state.incomplete.length === 0) this.#rememberFolders();
    else
      this.ports.log.warn(
        "the application folders cannot be trusted: nothing is deleted because of what is missing in them",
        { reasons: state.incomplete.slice(0, 5) },
      );
    const projectsChanged = before !== undefined && !equalJson([...before.projects], [...state.projects]);
    for (const [key, { app, origin }] of state.apps) {
      const session = this.stage.get(key);
      if (session === undefined)
        this.#enter(key, app, origin, states.get(key), origin.from === "file" ? "called-off" : "goes-on");
      else this.#replace(session, app, origin);
      if (session !== undefined && projectsChanged) this.ask(session, "nothing");
    }
    for (const known of states.values()) if (this.stage.get(known.key) === undefined) this.#resume(known);
    if (state.incomplete.length === 0) this.#letGo(state);
  }

  /** @param actor for the audit */
  beginDeletion(session: AppSession, deleting: NonNullable<AppState["deleting"]>, actor: string): void {
    const { store, clock, log } = this.ports;
    session.running?.abort.abort("the application is being deleted");
    this.stage.setState(session, { ...session.state, deleting });
    this.stage.writer.flush();
    store.audit({
      at: timestamp(clock.now()),
      actor,
      action: "delete",
      app: session.key,
      details: { cascade: deleting.cascade },
    });
    log.info("application is being deleted", { app: session.key, cascade: deleting.cascade, actor });
    this.ask(session, "nothing");
  }

  #rememberFolders(): void {
    this.#filesBefore = new Map(this.#reading.folders.map(({ path, files }) => [path, files]));
    this.ports.store.putValue(FOLDER_FILES, JSON.stringify(Object.fromEntries(this.#filesBefore)));
  }

  /** Applications of files that are not there any more. */
  #letGo({ apps }: RegistryState): void {
    for (const session of this.stage) {
      if (apps.has(session.key) || session.state.deleting !== undefined || session.origin.from === "api")
        continue;
      const { file, folder } = session.origin;
      // A folder that left the config takes no object along: whoever stops naming it stops managing what is in it.
      const isConfigured = folder === undefined || this.#reading.folders.some(({ path }) => path === folder);
      const cascade = isConfigured ? cascadeOf(session.app) : "none";
      this.beginDeletion(
        session,
        { app: session.app, since: timestamp(this.ports.clock.now()), cascade, asked: "by-file" },
        `file:${file}`,
      );
    }
  }

  /** @param deletion one that was under way: `called-off` where the application is written somewhere again */
  #enter(
    key: AppKey,
    app: Application,
    origin: AppOrigin,
    known: AppState | undefined,
    deletion: "goes-on" | "called-off",
  ): AppSession {
    const state: AppState = known ?? { key, uid: crypto.randomUUID() };
    const session = new AppSession(key, app, origin, state);
    for (const record of this.ports.store.records(key)) session.records.set(record.key, record);
    session.operationState = state.status?.operationState;
    this.stage.add(session);
    this.#rememberManifest(session, app, origin);
    if (known === undefined) this.stage.writer.put(session.state);
    // Before anything is asked for: a first look at it begins at once.
    if (state.deleting !== undefined && deletion === "called-off") this.#takeBack(session);
    this.operations.resume(session);
    this.ask(session, "latest");
    if (known === undefined) this.stage.emit("ADDED", session);
    return session;
  }

  /** Its file came back before its objects were gone: what is left of them is wanted again. */
  #takeBack(session: AppSession): void {
    const { deleting: _, ...kept } = session.state;
    session.deletionConditions = [];
    session.comesBack = true;
    this.stage.setState(session, kept);
    this.ask(session, "known");
  }

  /** Known from before a restart, and written nowhere now: its file is gone, or its deletion was under way. */
  #resume(state: AppState): void {
    const app = state.deleting?.app ?? state.last?.app;
    if (app === undefined) return this.stage.writer.drop(state.key);
    this.#enter(
      state.key,
      app,
      state.last === undefined ? { from: "api" } : fileOrigin(state.last),
      state,
      "goes-on",
    );
  }

  #replace(session: AppSession, app: Application, origin: AppOrigin): void {
    const same = equalJson(session.app, app);
    session.origin = origin;
    this.#rememberManifest(session, app, origin);
    if (origin.from === "file" && session.state.deleting?.asked === "by-file") this.#takeBack(session);
    if (same) return;
    const sameSpec = equalJson(session.app.spec, app.spec);
    session.app = app;
    if (!sameSpec) {
      session.aim = undefined;
      session.refusals.clear();
    }
    this.ask(session, sameSpec ? "nothing" : "known");
    this.stage.emit("MODIFIED", session);
  }

  /** So that the file's leaving is noticed after a restart too. */
  #rememberManifest(session: AppSession, app: Application, origin: AppOrigin): void {
    const { last } = session.state;
    if (
      origin.from !== "file" ||
      (last !== undefined &&
        last.file === origin.file &&
        last.folder === origin.folder &&
        equalJson(last.app, app))
    )
      return;
    this.stage.setState(session, {
      ...session.state,
      last: { app, file: origin.file, ...(origin.folder === undefined ? {} : { folder: origin.folder }) },
    });
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
