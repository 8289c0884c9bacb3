/** Which applications exist where a cluster is the truth: those that it has, as it has them, until it has them no more. */

import { type AppKey, type Application, keyOfApp } from "../../core/model/application.ts";
import type { Problem } from "../../core/model/problem.ts";
import type { Project } from "../../core/model/project.ts";
import { changed } from "../../core/model/written-part.ts";
import type {
  CustomResources,
  RecordAnswer,
  RecordedApplication,
  RecordReading,
  UnreadableRecord,
} from "../../core/ports/custom-resources.ts";
import type { AppState } from "../../core/ports/home.ts";
import { messageOf } from "../../lib/caught.ts";
import { equalJson } from "../../lib/equal-json.ts";
import { startTimer } from "../../lib/timer.ts";
import { timestamp } from "../../lib/timestamp.ts";
import type { AppEvent, AppOrigin } from "../control.ts";
import type { ManagedApplication } from "../managed-application.ts";
import { cascadeOf, deleteAgain, editWhileDeleting, withCascade } from "../remove/cascade.ts";
import type { Publisher } from "../show/publisher.ts";
import type { Existing, Put } from "./existing.ts";
import type { ExistingParts } from "./existing-applications.ts";
import { judgeNeverRead } from "./never-read.ts";
import { pastUntilNow } from "./past.ts";
import type { RecordedRequestsParts } from "./recorded-requests.ts";
import { RecordedRequests } from "./recorded-requests.ts";
import { rememberedStatus } from "./remembered-status.ts";

export interface RecordedParts extends ExistingParts, Omit<RecordedRequestsParts, "records"> {
  publisher: Publisher;
  records: CustomResources;
}

/** How long the watch has for what was made. */
const SEEN_MS = 10_000;

/** Who deleted it is not written in it. */
const SOMEBODY = "the cluster";

export class RecordedApplications implements Existing {
  readonly #parts: RecordedParts;
  readonly #requests: RecordedRequests;
  readonly #endings: (() => void)[];
  #projects: ReadonlyMap<string, Project> = new Map();
  #unreadableProjects: ReadonlyMap<string, string> = new Map();
  #reading: RecordReading | undefined;
  /** What the store remembers of applications that were not met yet. */
  #states = new Map<AppKey, AppState>();
  #wasComplete = false;
  /** Applications that are deleted, and that nobody knows how to delete. */
  #held: Problem[] = [];
  /** Why what the cluster says was not taken up. */
  #untaken: Problem[] = [];

  constructor(parts: RecordedParts) {
    this.#parts = parts;
    this.#requests = new RecordedRequests(parts);
    this.#endings = [
      parts.records.onChange(() => this.#takeUpAgain()),
      parts.publisher.onEvent((event) => this.#heard(event)),
    ];
  }

  get known(): boolean {
    return this.#wasComplete;
  }

  get projects(): ReadonlyMap<string, Project> {
    return this.#projects;
  }

  unreadableProject(name: string): string | undefined {
    return this.#unreadableProjects.get(name);
  }

  get problems(): Problem[] {
    const { problems = [], incomplete, projectsIncomplete } = this.#reading ?? {};
    const blind = [
      ...(incomplete === undefined ? [] : [`${incomplete}. Until then applications stay as they were`]),
      ...(projectsIncomplete === undefined
        ? []
        : [`${projectsIncomplete}. Until then projects stay as they were`]),
    ].map((text): Problem => ({ severity: "error", text }));
    return [...blind, ...problems, ...this.#held, ...this.#untaken];
  }

  readonly blocked: readonly AppKey[] = [];

  /** No folder is the truth of anything here. */
  read(): void {
    // It is also how the engine hears that the store is well again.
    if (this.#reading !== undefined) this.#takeUpAgain();
  }

  isWritten(): boolean {
    return false;
  }

  approveRemoval(keys: readonly AppKey[]): AppKey[] {
    return [...keys];
  }

  stop(): void {
    this.#requests.stop();
    for (const end of this.#endings) end();
  }

  takeUp(states?: ReadonlyMap<AppKey, AppState>): void {
    const { records } = this.#parts;
    if (states !== undefined) {
      this.#states = new Map(states);
      records.recall([...states.values()].flatMap(recordedBefore));
    }
    const reading = records.reading();
    this.#reading = reading;
    // An application without its project is permitted nothing, so none enters before all are known.
    if ((reading.incomplete ?? reading.projectsIncomplete) !== undefined && !this.#wasComplete) return;
    this.#wasComplete = true;
    this.#takeProjects(reading);
    for (const recorded of reading.applications) this.#take(recorded);
    if (reading.incomplete === undefined) this.#letGo(reading);
    this.#untaken = [];
    this.#held = [...reading.unreadable].flatMap(([key, record]) => this.#takeUnreadable(key, record));
  }

  async put(app: Application, action: "create" | "update", actor: string): Promise<Put> {
    const { records, applications, ports } = this.#parts;
    const key = keyOfApp(app);
    if (action === "create") {
      // Whoever asked looked before that was told.
      this.takeUp();
      if (applications.get(key) !== undefined)
        return { is: "conflict", why: `an application ${key} was made by somebody else just now` };
    }
    const before = applications.get(key)?.spec.app;
    // What was read of the cluster meanwhile is not what whoever asks saw, and would be written over.
    this.takeUp();
    if (action === "update" && !isWrittenAlike(before, applications.get(key)?.spec.app))
      return overtaken(`application ${key}`);
    const answer = await records.put(app);
    if (answer.is === "invalid") return { is: "invalid", problems: [answer.problem] };
    if (answer.is !== "written") return answer;
    const at = timestamp(ports.clock.now());
    ports.store.audit({ at, actor, action, app: key, ...changed(before, app), details: {} });
    this.takeUp();
    if (await this.#isSeen(key)) return { is: "taken" };
    return {
      is: "conflict",
      why: `application ${key} was written, and the cluster has not shown it since: look at it again`,
    };
  }

  /** What was made is shown by the watch a moment after the answer, and nobody can work with it before. */
  #isSeen(key: AppKey): Promise<boolean> {
    const { records, applications } = this.#parts;
    const isThere = (): boolean => applications.get(key) !== undefined;
    if (isThere()) return Promise.resolve(true);
    return new Promise((resolve) => {
      const end = (is: boolean): void => {
        timer.cancel();
        stop();
        resolve(is);
      };
      const stop = records.onChange(() => {
        if (isThere()) end(true);
      });
      const timer = startTimer(SEEN_MS, () => end(false)).unref();
    });
  }

  projectOrigin(name: string): AppOrigin | undefined {
    return this.#projects.has(name) ? { from: "cluster", cluster: this.#parts.records.cluster } : undefined;
  }

  async putProject(project: Project, action: "create" | "update", actor: string): Promise<Put> {
    const { name } = project.metadata;
    const before = this.#projects.get(name);
    this.takeUp();
    if (before !== undefined && !isWrittenAlike(before, this.#projects.get(name)))
      return overtaken(`project ${name}`);
    const answer = await this.#parts.records.putProject(project);
    return this.#projectTaken(answer, `project-${action}`, actor, name, changed(before, project));
  }

  async deleteProject(name: string, actor: string): Promise<Put> {
    const before = this.#projects.get(name);
    const answer = await this.#parts.records.deleteProject(name);
    return this.#projectTaken(answer, "project-delete", actor, name, changed(before, undefined));
  }

  #projectTaken(
    answer: RecordAnswer,
    action: string,
    actor: string,
    project: string,
    change: ReturnType<typeof changed>,
  ): Put {
    if (answer.is === "invalid") return { is: "invalid", problems: [answer.problem] };
    if (answer.is !== "written") return answer;
    const { store, clock } = this.#parts.ports;
    store.audit({ at: timestamp(clock.now()), actor, action, ...change, details: { project } });
    this.takeUp();
    return { is: "taken" };
  }

  leave(managed: ManagedApplication, kept: readonly string[]): void {
    const { specs, records } = this.#parts;
    specs.leave(managed, kept);
    this.#requests.forget(managed.key);
    records.release(managed.key, managed.spec.uid);
    // It may have been made anew meanwhile.
    this.takeUp();
  }

  // ---------------------------------------------------------------- one application

  #take(recorded: RecordedApplication): void {
    const { applications, specs, records } = this.#parts;
    const { key, uid, app } = recorded;
    const origin: AppOrigin = { from: "cluster", cluster: records.cluster };
    const managed = applications.get(key);
    if (managed === undefined) this.#enter(recorded, origin);
    // One that was made anew under the name of one that goes, or is gone: that one leaves first.
    else if (managed.spec.uid !== uid) return this.#forget(managed);
    else if (managed.spec.deleting === undefined) specs.replace(managed, app, origin);
    const now = applications.get(key);
    if (now === undefined) return;
    if (recorded.goingSince !== undefined) this.#goes(now, recorded, recorded.goingSince);
    this.#requests.take(now, recorded);
  }

  #enter(recorded: RecordedApplication, origin: AppOrigin): void {
    const { ports, specs, publisher, records, applications } = this.#parts;
    const { key, uid, app } = recorded;
    const remembered = this.#states.get(key);
    // What lived in a file, or was made by the API, goes on; one of the cluster that was made anew while nobody looked does not.
    const isSame = remembered?.uid === uid || remembered?.last !== undefined || this.#isMade(key, remembered);
    if (remembered !== undefined && !isSame)
      ports.store.atomically(() => {
        ports.store.deleteRecords(key, "all");
        const at = timestamp(ports.clock.now());
        const kept = ["it was deleted, and another one made under its name, while no daemon ran"];
        ports.store.audit({ at, actor: SOMEBODY, action: "deleted", app: key, details: { kept } });
      });
    const { last: _, ...whole }: Partial<AppState> = remembered ?? {};
    // A deletion that began where it lived before is not one of what somebody wrote here.
    const { deleting: __, removal: ___, ...written } = whole;
    const state = remembered?.uid === uid ? whole : written;
    const seed = rememberedStatus(recorded.status);
    const known: AppState | undefined =
      remembered !== undefined && isSame
        ? { ...(state as AppState), uid }
        : seed === undefined
          ? undefined
          : { key, uid, past: pastUntilNow(key, ports.store), status: seed };
    specs.enter(key, app, origin, known);
    // Only now: where the store took none of it, the next reading begins with what is remembered.
    this.#states.delete(key);
    const managed = applications.get(key);
    if (managed === undefined) return;
    if (known !== undefined) publisher.changed(managed);
    // A daemon that was killed may have shown less than it knew.
    // Where an operation waits, the status that shows its beginning goes together with its field, and not before.
    if (isSame && managed.status !== undefined && managed.operation.is !== "waiting")
      records.show(key, managed.status);
  }

  /** Made by the API of a daemon whose home was its own store. */
  #isMade(key: AppKey, remembered: AppState | undefined): boolean {
    return (
      remembered !== undefined && this.#parts.ports.store.applications().some((app) => keyOfApp(app) === key)
    );
  }

  #goes(managed: ManagedApplication, { app }: RecordedApplication, since: string): void {
    const { specs } = this.#parts;
    const { deleting } = managed.spec;
    if (deleting === undefined) {
      const cascade = cascadeOf(app);
      const going = {
        app: withCascade(app, cascade),
        since,
        cascade,
        asked: "by-person",
        by: SOMEBODY,
      } as const;
      return specs.beginDeletion(managed, going, SOMEBODY);
    }
    const edited = editWhileDeleting(deleting, { ...app, spec: deleting.app.spec });
    if (edited.is === "edited" && !equalJson(edited.deleting, deleting))
      specs.changeDeletion(managed, edited.deleting, SOMEBODY, "annotate");
  }

  /** The cluster has it no more: whoever took it away without its finalizer left its objects there. */
  #forget(managed: ManagedApplication): void {
    const { specs, ports } = this.#parts;
    const { app, deleting } = managed.spec;
    if (deleting?.cascade === "none") return;
    if (deleting !== undefined)
      return specs.changeDeletion(managed, deleteAgain(deleting, { cascade: "none" }), SOMEBODY, "delete");
    const since = timestamp(ports.clock.now());
    const going = {
      app: withCascade(app, "none"),
      since,
      cascade: "none",
      asked: "by-person",
      by: SOMEBODY,
    } as const;
    specs.beginDeletion(managed, going, SOMEBODY);
  }

  /** @returns why it stays though somebody deleted it */
  #takeUnreadable(key: AppKey, record: UnreadableRecord): Problem[] {
    const { applications, ports, records } = this.#parts;
    const { store, clock, log } = ports;
    const managed = applications.get(key);
    if (managed !== undefined) {
      // It is another one under the name of one that is gone: that one leaves first.
      if (managed.spec.uid !== record.uid) this.#forget(managed);
      return [];
    }
    const isRemembered = this.#states.has(key) || store.records(key).length > 0;
    const judged = judgeNeverRead(record, isRemembered ? "something" : "nothing");
    if (judged.is === "stays") return [];
    if (judged.is === "held") {
      const text = `it is deleted and cannot be read, so what is to go with it is not known, and ${judged.why}. Mend what is wrong with it, and it takes its objects along; or take its finalizers away, and they stay`;
      return [{ severity: "error", object: `Application ${key}`, text }];
    }
    const why = "it was never read, so nothing of it was delivered and nothing was deleted";
    const at = timestamp(clock.now());
    store.audit({ at, actor: SOMEBODY, action: "deleted", app: key, details: { kept: [why] } });
    log.info("an application that could never be read is let go", { app: key, why });
    records.release(key, record.uid);
    return [];
  }

  // ---------------------------------------------------------------- all of them

  /** The cluster shows everything: what it does not show is gone. */
  #letGo({ applications: recorded, unreadable }: RecordReading): void {
    const { applications, publisher, ports } = this.#parts;
    const there = new Set([...recorded.map(({ key }) => key), ...unreadable.keys()]);
    for (const managed of [...applications]) if (!there.has(managed.key)) this.#forget(managed);
    const made = new Set(ports.store.applications().map(keyOfApp));
    for (const [key, { uid, last }] of this.#states) {
      const anew = unreadable.get(key);
      const isThere = there.has(key) && (anew === undefined || anew.uid === uid);
      // What lived in files, or was made by the API before a cluster was the home, may be moved here yet.
      if (isThere || last !== undefined || made.has(key)) continue;
      ports.store.atomically(() => {
        ports.store.deleteRecords(key, "all");
        publisher.drop(key);
        const at = timestamp(ports.clock.now());
        ports.store.audit({ at, actor: SOMEBODY, action: "deleted", app: key, details: { kept: [] } });
      });
      this.#states.delete(key);
    }
  }

  #takeProjects({ projects, unreadableProjects }: RecordReading): void {
    const now = new Map(projects.map((project) => [project.metadata.name, project]));
    const isSame =
      equalJson([...now], [...this.#projects]) &&
      equalJson([...unreadableProjects], [...this.#unreadableProjects]);
    if (isSame) return;
    // Another map, also where only what cannot be read is other: by it everybody knows that what is permitted is.
    this.#projects = now;
    this.#unreadableProjects = unreadableProjects;
    for (const managed of this.#parts.applications) this.#parts.ask(managed, "nothing");
  }

  /** What cannot be written down is not taken up; it is tried again when the store is well. */
  #takeUpAgain(): void {
    try {
      this.takeUp();
    } catch (cause) {
      const why = messageOf(cause);
      const text = `what the cluster says of applications was not taken up, and is when the store is well: ${why}`;
      this.#untaken = [{ severity: "error", text }];
      this.#parts.ports.log.error("what the cluster says of applications was not taken up", { why });
    }
  }

  #heard({ type, app }: AppEvent): void {
    const { applications, records } = this.#parts;
    const managed = type === "DELETED" ? undefined : applications.get(keyOfApp(app));
    if (managed === undefined) return;
    this.#requests.moved(managed);
    if (app.status !== undefined) records.show(managed.key, app.status);
  }
}

/** How it was written when it could be read last. */
function recordedBefore({
  key,
  uid,
  deleting,
  recorded,
}: AppState): { key: AppKey; uid: string; app: Application }[] {
  const app = deleting?.app ?? recorded;
  return app === undefined ? [] : [{ key, uid, app }];
}

/** Whether people wrote the same into both. */
function isWrittenAlike(
  before: Application | Project | undefined,
  now: Application | Project | undefined,
): boolean {
  const written = ({
    spec,
    metadata: { labels, annotations, finalizers },
  }: Application | Project): unknown => [
    spec,
    ...[labels, annotations, finalizers].map((part) => part ?? null),
  ];
  return (
    before === now || (before !== undefined && now !== undefined && equalJson(written(before), written(now)))
  );
}

function overtaken(what: string): Put {
  return {
    is: "overtaken",
    why: `${what} was changed by somebody else just now. Look at it again, and ask again`,
  };
}
