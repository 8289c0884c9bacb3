import { type AppKey, keyOfApp } from "../../core/model/application.ts";
import type { SetKey } from "../../core/model/application-set.ts";
import type { Problem } from "../../core/model/problem.ts";
import { changed } from "../../core/model/written-part.ts";
import type { AppState } from "../../core/ports/home.ts";
import type { Child, ParentsReading } from "../../core/ports/parents-home.ts";
import { defined } from "../../lib/defined.ts";
import { timestamp } from "../../lib/timestamp.ts";
import type { Applications } from "../applications.ts";
import type { EnginePorts } from "../engine-ports.ts";
import type { ManagedApplication } from "../managed-application.ts";
import { cascadeOf } from "../remove/cascade.ts";
import type { Publisher } from "../show/publisher.ts";
import { type Recovered, recoverChild } from "./recover-child.ts";
import type { Specs } from "./specs.ts";
import { isSameManifest } from "./take-stock.ts";

const NOTHING_SERVED: ParentsReading = {
  applications: [],
  projects: [],
  unreadable: new Map(),
  problems: [],
};

export interface ChildrenParts {
  ports: EnginePorts;
  applications: Applications;
  specs: Specs;
  publisher: Pick<Publisher, "drop">;
  /** Whether a file holds this application now. */
  isWritten(key: AppKey): boolean;
}

/** What parents render, where Holdfast serves it: who is a child, and which of them go. */
export class Children {
  readonly #parts: ChildrenParts;
  #served: ParentsReading = NOTHING_SERVED;
  /** What the store remembers of children whose objects cannot be read. */
  readonly #unmet = new Map<AppKey, AppState>();

  constructor(parts: ChildrenParts) {
    this.#parts = parts;
  }

  get problems(): readonly Problem[] {
    return this.#served.problems;
  }

  /** @param states what the store remembers of applications that were not met yet @throws {Failure} store */
  read(states: ReadonlyMap<AppKey, AppState>): void {
    const reading = this.#parts.ports.parents?.reading() ?? NOTHING_SERVED;
    this.#served = { ...reading, applications: [...reading.applications, ...this.#leaving(reading, states)] };
    this.#handOver();
  }

  /** Whose names count. */
  claims(states: ReadonlyMap<AppKey, AppState>): Pick<ParentsReading, "applications" | "projects"> {
    const { applications, projects } = this.#served;
    return {
      applications: applications.filter(
        (child) => child.deletingSince === undefined || this.#isHeirless(child, states),
      ),
      projects: projects.filter(({ deletingSince }) => deletingSince === undefined),
    };
  }

  /** What was remembered of one that could not be read, and can be now. */
  met(key: AppKey): AppState | undefined {
    const state = this.#unmet.get(key);
    this.#unmet.delete(key);
    return state;
  }

  /** @returns whether it is there and cannot be read: it is what it was when it can be again, and its deletion goes on meanwhile */
  waitsFor(known: AppState): boolean {
    if (!this.#served.unreadable.has(known.key) || known.deleting !== undefined) return false;
    this.#unmet.set(known.key, known);
    return true;
  }

  isServed(key: AppKey): boolean {
    const reading = this.#parts.ports.parents?.reading();
    return reading?.applications.some(({ value }) => keyOfApp(value) === key) === true;
  }

  /** What its parent deleted goes, with its objects where a finalizer says so; what is gone already leaves them. */
  follow(): void {
    const { parents } = this.#parts.ports;
    if (parents === undefined) return;
    const { applications, unreadable } = this.#served;
    const children = new Map(applications.map((child) => [keyOfApp(child.value), child]));
    for (const managed of this.#parts.applications) {
      const { key, spec } = managed;
      if (spec.origin.from !== "parent" || spec.deleting !== undefined) continue;
      const child = children.get(key);
      if (child === undefined ? !unreadable.has(key) : child.deletingSince !== undefined)
        this.#goesWithParent(managed, child?.deletingSince);
    }
    for (const [key, { deletingSince }] of children)
      if (deletingSince !== undefined && this.#parts.applications.get(key)?.spec.origin.from !== "parent")
        parents.finish(key);
    for (const { key } of [...this.#unmet.values()])
      if (!unreadable.has(key) && !children.has(key))
        this.#release(key, "its object is gone, and whatever it deployed stays");
  }

  /**
   * One that is to go keeps its name until it is gone, unless it is written elsewhere by now: then it moved, its object
   * goes, and nothing of it is deleted.
   */
  #isHeirless({ value }: Child, states: ReadonlyMap<AppKey, AppState>): boolean {
    const key = keyOfApp(value);
    const { ports, applications, isWritten } = this.#parts;
    const isGoing = (applications.get(key)?.spec ?? states.get(key))?.deleting !== undefined;
    if (isGoing) return true;
    return !isWritten(key) && !ports.store.applications().some((app) => keyOfApp(app) === key);
  }

  /** Of what cannot be read, what its parent deleted: it goes by what is known of it, and where that is not enough its objects stay. */
  #leaving({ unreadable }: ParentsReading, states: ReadonlyMap<AppKey, AppState>): Child[] {
    const { ports, applications } = this.#parts;
    return [...unreadable].flatMap(([key, child]): Child[] => {
      const { ref, parent, set, deletingSince } = child;
      if (deletingSince === undefined) return [];
      const state = states.get(key) ?? this.#unmet.get(key);
      const app = applications.get(key)?.spec.app ?? state?.deleting?.app;
      const known: Recovered = app === undefined ? recoverChild(child, state) : { is: "known", app };
      if (known.is === "known")
        return [{ value: known.app, ref, deletingSince, ...defined({ parent, set }) }];
      this.#release(key, known.why);
      ports.parents?.finish(key);
      return [];
    });
  }

  /** @param why a sentence without a full stop @throws {Failure} store */
  #release(key: AppKey, why: string): void {
    const { store, clock, log } = this.#parts.ports;
    store.atomically(() => {
      store.deleteRecords(key, "all");
      this.#parts.publisher.drop(key);
      const at = timestamp(clock.now());
      store.audit({ at, actor: "daemon", action: "deleted", app: key, details: { kept: [`${why}.`] } });
    });
    this.#unmet.delete(key);
    log.warn("a child that cannot be read was let go of", { app: key, why });
  }

  /**
   * What was made through the API and is rendered just so, or renders itself, lives in its manifest from then on. Whatever
   * else has its name is another application, and refused as one: it would prune what this one delivered.
   */
  #handOver(): void {
    if (this.#served.applications.length === 0) return;
    const { store, clock } = this.#parts.ports;
    const made = new Map(store.applications().map((app) => [keyOfApp(app), app]));
    if (made.size === 0) return;
    for (const { value, parent, set, deletingSince } of this.#served.applications) {
      const key = keyOfApp(value);
      const known = made.get(key);
      if (deletingSince !== undefined || known === undefined) continue;
      if (parent !== key && !isSameManifest(known, value)) continue;
      const actor = makerOf({ parent, set });
      store.atomically(() => {
        store.deleteApplication(key);
        store.audit({
          at: timestamp(clock.now()),
          actor,
          action: "update",
          app: key,
          ...changed(known, value),
          details: {},
        });
      });
    }
  }

  /** @param since its object waits for its end since then; undefined: it is gone, and its objects are nobody's now */
  #goesWithParent(managed: ManagedApplication, since: string | undefined): void {
    const { specs, ports } = this.#parts;
    const { app, origin } = managed.spec;
    const by = makerOf(origin.from === "parent" ? origin : {});
    specs.beginDeletion(
      managed,
      {
        app,
        since: since ?? timestamp(ports.clock.now()),
        cascade: since === undefined ? "none" : cascadeOf(app),
        asked: "by-parent",
        by,
      },
      by,
    );
  }
}

/** As the audit names it. */
function makerOf({ parent, set }: { parent?: AppKey | undefined; set?: SetKey | undefined }): string {
  if (set !== undefined) return `applicationset:${set}`;
  return parent === undefined ? "parent" : `application:${parent}`;
}
