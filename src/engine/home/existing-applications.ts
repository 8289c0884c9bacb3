import { type AppKey, type Application, type Condition, keyOfApp } from "../../core/model/application.ts";
import type { FolderReading } from "../../core/model/folder-reading.ts";
import type { Problem } from "../../core/model/problem.ts";
import type { Project } from "../../core/model/project.ts";
import { changed } from "../../core/model/written-part.ts";
import { refuseNamespace } from "../../core/policy/refuse-namespace.ts";
import type { AppState } from "../../core/ports/home.ts";
import type { Child, ParentsChange } from "../../core/ports/parents-home.ts";
import { messageOf } from "../../lib/caught.ts";
import { equalJson } from "../../lib/equal-json.ts";
import { timestamp } from "../../lib/timestamp.ts";
import type { Applications } from "../applications.ts";
import type { AppOrigin } from "../control.ts";
import type { EnginePorts } from "../engine-ports.ts";
import { nameOfProject } from "../limits.ts";
import type { ManagedApplication } from "../managed-application.ts";
import { cascadeOf } from "../remove/cascade.ts";
import type { Removals } from "../remove/remove.ts";
import type { Publisher } from "../show/publisher.ts";
import type { Look } from "../target/target.ts";
import { Children } from "./children.ts";
import type { Existing, Put } from "./existing.ts";
import { HomeMemory } from "./home-memory.ts";
import { placeInFile, type Specs } from "./specs.ts";
import { claimOfChild, type OwnedApplication, type Stock, takeStock } from "./take-stock.ts";
import { takenAlong } from "./taken-along.ts";

export interface ExistingParts {
  ports: EnginePorts;
  applications: Applications;
  removals: Removals;
  specs: Specs;
  publisher: Publisher;
  ask(managed: ManagedApplication, look: Look): void;
}

/** Which applications exist: by the folders, by the API, by what parents render, and by what the store remembers. */
export class ExistingApplications implements Existing {
  readonly #parts: ExistingParts;
  readonly #memory: HomeMemory;
  #stock: Stock | undefined;
  /** As `#stock`, where all of it was taken up; undefined: something of it is still to be. */
  #settled: Stock | undefined;
  #reading: FolderReading = { applications: [], projects: [], problems: [], folders: [] };
  /** When it was read: what is missing now is missing since then, however often it is taken up. */
  #readAt = performance.now();
  readonly #children: Children;
  #endParents: () => void = () => undefined;
  #said = "";
  #lookingAgain: ReturnType<typeof setTimeout> | undefined;

  constructor(parts: ExistingParts) {
    this.#parts = parts;
    this.#memory = new HomeMemory(parts.ports.store);
    this.#children = new Children({ ...parts, isWritten: (key) => this.isWritten(key) });
  }

  /** Whether it was taken up once. */
  get known(): boolean {
    return this.#stock !== undefined;
  }

  get projects(): ReadonlyMap<string, Project> {
    return this.#memory.projects;
  }

  /** A file that cannot be read is told for itself: whose it would be is not known. */
  unreadableProject(): undefined {
    return undefined;
  }

  get problems(): Problem[] {
    const { problems = [], incomplete = [], emptied = [] } = this.#stock ?? {};
    const kept = incomplete.map(
      (why): Problem => ({
        severity: "warning",
        text: `${why}, so applications that are missing from the folders stay as they were`,
        ...(emptied.includes(why)
          ? { fix: "Put its files back, or say that what it held may leave: holdfast admin approve-removal" }
          : {}),
      }),
    );
    return [...problems, ...this.#children.problems, ...kept];
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
    const { ports, applications, specs, ask } = this.#parts;
    const isFirst = !this.known;
    this.#settled = undefined;
    if (isFirst) {
      this.#memory.recall();
      this.#endParents = ports.parents?.onChange((change) => this.#takeUpAgain(change)) ?? this.#endParents;
    }
    this.#children.read(states);
    const before = this.#memory.state;
    const stock = takeStock({
      reading: this.#reading,
      made: ports.store.applications(),
      madeProjects: ports.store.projects(),
      served: this.#children.claims(states),
      previous: { ...before, apps: isFirst ? incumbentsIn(states) : this.#incumbents() },
      now: this.#readAt,
      removal: ports.settings().removal,
      approved: this.#memory.approved,
      going: this.#going(),
      along: this.#along(),
    });
    this.#memory.keep(stock.state);
    this.#stock = stock;
    this.#tell(stock);
    const projectsChanged = !isFirst && !equalJson([...before.projects], [...stock.state.projects]);
    for (const [key, { value: app, origin }] of stock.state.apps) {
      const managed = applications.get(key);
      if (managed === undefined) {
        specs.enter(key, app, origin, states.get(key) ?? this.#children.met(key));
      } else specs.replace(managed, app, origin);
      if (managed !== undefined && projectsChanged) ask(managed, "nothing");
    }
    for (const known of states.values()) {
      if (applications.get(known.key) === undefined && !this.#children.waitsFor(known)) specs.resume(known);
    }
    for (const key of stock.leaving) this.#letGo(key);
    this.#children.follow();
    this.#tellUsers();
    this.#foretell(stock);
    this.#memory.approve(new Set([...this.#memory.approved].filter((key) => stock.state.missing.has(key))));
    this.#lookAgain(stock.lookAgainInMs);
    this.#settled = stock;
  }

  /**
   * Children of parents that say something else now, and nothing but that is another one: of each nobody else writes the
   * name, nobody is missing whom it could take along, and no project has another user. Then the whole of it would come to
   * just these edits.
   * @returns false: it would not, and nothing was done
   */
  #takeEdited(children: readonly Child[]): boolean {
    const settled = this.#settled;
    if (settled === undefined || settled.state.missing.size > 0) return false;
    const edits: { managed: ManagedApplication; child: Child }[] = [];
    for (const child of children) {
      const key = keyOfApp(child.value);
      const managed = this.#parts.applications.get(key);
      if (managed?.spec.origin.from !== "parent" || managed.spec.deleting !== undefined) return false;
      if (child.deletingSince !== undefined || settled.contested.has(key)) return false;
      if (nameOfProject(managed.spec.app) !== nameOfProject(child.value)) return false;
      edits.push({ managed, child });
    }
    this.#settled = undefined;
    for (const { managed, child } of edits) {
      const { value, origin } = claimOfChild(managed.key, child);
      this.#parts.specs.replace(managed, value, origin);
    }
    this.#settled = settled;
    return true;
  }

  /** Through the API, where no file has its name. */
  async put(app: Application, action: "create" | "update", actor: string): Promise<Put> {
    const { store, clock } = this.#parts.ports;
    const before = this.#parts.applications.get(keyOfApp(app))?.spec.app;
    store.atomically(() => {
      store.putApplication(app);
      store.audit({
        ...{ at: timestamp(clock.now()), actor, action, app: keyOfApp(app), details: {} },
        ...changed(before, app),
      });
    });
    this.#takeMade(app);
    return { is: "taken" };
  }

  projectOrigin(name: string): AppOrigin | undefined {
    return this.#memory.state.projects.get(name)?.origin;
  }

  async putProject(project: Project, action: "create" | "update", actor: string): Promise<Put> {
    const { store, clock } = this.#parts.ports;
    const { name } = project.metadata;
    const before = this.#memory.state.projects.get(name)?.value;
    store.atomically(() => {
      store.putProject(project);
      store.audit({
        ...{ at: timestamp(clock.now()), actor, action: `project-${action}`, details: { project: name } },
        ...changed(before, project),
      });
    });
    this.takeUp();
    return { is: "taken" };
  }

  async deleteProject(name: string, actor: string): Promise<Put> {
    const { store, clock } = this.#parts.ports;
    const before = this.#memory.state.projects.get(name)?.value;
    store.atomically(() => {
      store.deleteProject(name);
      store.audit({
        ...{ at: timestamp(clock.now()), actor, action: "project-delete", details: { project: name } },
        ...changed(before, undefined),
      });
    });
    this.takeUp();
    return { is: "taken" };
  }

  #takeMade(app: Application): void {
    const key = keyOfApp(app);
    // Whose names are whose is told anew with the next change.
    this.#settled = undefined;
    const { applications, specs } = this.#parts;
    const managed = applications.get(key);
    if (managed === undefined) specs.enter(key, app, { from: "api" }, undefined);
    else specs.replace(managed, app, { from: "api" });
    this.#tellUsers();
  }

  /**
   * It is gone, and with it everything that was remembered of it.
   * @param kept sentences about what stays behind
   */
  leave(managed: ManagedApplication, kept: readonly string[]): void {
    this.#parts.specs.leave(managed, kept);
    if (managed.spec.origin.from === "parent") this.#parts.ports.parents?.finish(managed.key);
    this.#tellUsers();
    // Somebody else may have waited for its name.
    if (this.isWritten(managed.key) || this.#children.isServed(managed.key)) this.takeUp();
  }

  /** Projects that parents render stay for as long as somebody is of them. @throws {Failure} store */
  #tellUsers(): void {
    const { ports, applications } = this.#parts;
    const { namespace } = ports.settings();
    // Whom it does not permit holds it for nobody.
    const users = [...applications].filter(({ spec: { app } }) => {
      const project = this.projects.get(nameOfProject(app));
      return (
        project !== undefined && refuseNamespace(project, app.metadata.namespace, namespace) === undefined
      );
    });
    const byProject = Map.groupBy(users, ({ spec }) => nameOfProject(spec.app));
    ports.parents?.noteUsers(
      new Map([...byProject].map(([project, users]) => [project, users.map(({ key }) => key)])),
    );
  }

  /** The folders are not read again by it. */
  stop(): void {
    clearTimeout(this.#lookingAgain);
    this.#endParents();
  }

  /** What cannot be written down is not taken up: it is, with the folders, when the store is well. */
  #takeUpAgain(change: ParentsChange): void {
    try {
      if (change.is === "anything" || !this.#takeEdited(change.applications)) this.takeUp();
    } catch (cause) {
      this.#parts.ports.log.error("what parents render was not taken up", { why: messageOf(cause) });
    }
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

  // ---------------------------------------------------------------- who has a name, and who leaves

  #incumbents(): Map<AppKey, OwnedApplication> {
    const staying = [...this.#parts.applications].filter(
      ({ spec: { deleting, origin } }) => deleting === undefined && origin.from === "file",
    );
    return new Map(staying.map(({ key, spec: { app, origin } }) => [key, { value: app, origin }]));
  }

  /** What would go with one, where what it renders is served here. */
  #along(): (key: AppKey, app: Application) => AppKey[] {
    const { ports } = this.#parts;
    const told = ports.clusters().map((cluster) => takenAlong(cluster, ports));
    return (key, app) => told.flatMap((along) => along.withApplication(key, app));
  }

  /** On their way out because their file left. */
  #going(): Map<AppKey, Application> {
    const going = [...this.#parts.applications].filter(({ spec }) => spec.deleting?.asked === "by-file");
    return new Map(going.map(({ key, spec }) => [key, spec.app]));
  }

  /** Its file is not there any more. */
  #letGo(key: AppKey): void {
    const { applications, specs, ports } = this.#parts;
    const managed = applications.get(key);
    if (managed === undefined || managed.spec.origin.from !== "file") return;
    const { app } = managed.spec;
    const { file, folder } = managed.spec.origin;
    // A folder that left the config takes no object along: whoever stops naming it stops managing what is in it.
    const isConfigured = folder === undefined || this.#reading.folders.some(({ path }) => path === folder);
    const cascade = isConfigured ? cascadeOf(app) : "none";
    const since = timestamp(ports.clock.now());
    const by = `file:${file}`;
    specs.beginDeletion(managed, { app, since, cascade, asked: "by-file", by }, by);
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
      log.warn("applications are missing from the folders: they wait for approval", {
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
}

/** Whose names are taken at a start: the files that the store remembers are those that had them. */
function incumbentsIn(states: ReadonlyMap<AppKey, AppState>): Map<AppKey, OwnedApplication> {
  return new Map(
    [...states.values()].flatMap(({ key, last, deleting }): [AppKey, OwnedApplication][] =>
      last === undefined || deleting !== undefined
        ? []
        : [[key, { value: last.app, origin: placeInFile(last) }]],
    ),
  );
}
