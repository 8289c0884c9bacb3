import { withSources } from "../../core/model/aim.ts";
import { type AppKey, isAutomated, type RevisionHistory, sourcesOf } from "../../core/model/application.ts";
import { Failure } from "../../core/model/failure.ts";
import { type HeldUntil, type Hold, revisionsIn } from "../../core/model/hold.ts";
import type { SyncSource } from "../../core/model/operation.ts";
import { isNamed, type TakenPart } from "../../core/model/taken-part.ts";
import { INFO } from "../../core/status/history.ts";
import { defined } from "../../lib/defined.ts";
import { equalJson } from "../../lib/equal-json.ts";
import { timestamp } from "../../lib/timestamp.ts";
import type { Applications } from "../applications.ts";
import { type CompareRooms, compareToShow } from "../compare/compare-now.ts";
import type { Found, RollbackPlan, RollbackRequest, UnholdPlan, WriteRefusal, Written } from "../control.ts";
import type { EnginePorts } from "../engine-ports.ts";
import type { Specs } from "../home/specs.ts";
import { type ManagedApplication, type SyncOperation, shownApplication } from "../managed-application.ts";
import { managedResources } from "../show/views.ts";
import { OF_A_REQUEST, type Snapshot, type Snapshots } from "../snapshot.ts";
import { goingAway, mayStart, refusalFor, refuseContent, refuseGoing } from "../sync/may-start.ts";
import type { Operations } from "../sync/operations.ts";
import { planProven } from "../sync/plan-proven.ts";
import { targetAgain, targetAt } from "../target/find-target.ts";
import { takenParts } from "../target/taken-parts.ts";
import type { Look, Target } from "../target/target.ts";
import { revisionNamesOf } from "../target/tips.ts";
import { type BesideHoldRooms, followedCommits, wishAt } from "./look-beside-hold.ts";

export interface RollbackParts {
  ports: EnginePorts;
  applications: Applications;
  specs: Specs;
  operations: Operations;
  snapshots: Snapshots;
  comparing: CompareRooms;
  beside: BesideHoldRooms;
  ask(managed: ManagedApplication, look: Look): void;
}

/** The way back to what was deployed once, and the hold that keeps an automated application there. */
export class Rollbacks {
  readonly #parts: RollbackParts;

  constructor(parts: RollbackParts) {
    this.#parts = parts;
  }

  /**
   * What going back would do to what is there now; writes nothing.
   * @throws {Failure} where that cannot be told
   * @throws the signal's reason
   */
  async plan(key: AppKey, deployment: number, signal?: AbortSignal): Promise<Found<RollbackPlan>> {
    const managed = this.#parts.applications.get(key);
    if (managed === undefined) return { is: "absent" };
    const entry = entryOf(managed, deployment);
    if (entry === undefined) throw noSuchDeployment(managed, deployment);
    refuseGoing(managed, `tell what going back to deployment ${deployment} would do`);
    const { snapshot, target } = await this.#targetOf(managed, entry, signal);
    const { app } = managed.spec;
    return {
      is: "found",
      value: {
        deployment: entry,
        ...(await this.#wouldDo(managed, snapshot, target, signal)),
        then: isAutomated(app.spec) ? "held" : "left",
        sources: equalJson(sourcesOf(withSources(app, entry).spec), sourcesOf(app.spec))
          ? "as-written"
          : "of-that-time",
        asNow: takenParts(target).filter((part) => !isNamed(part) && !isAmong(part, entry.taken ?? [])),
      },
    };
  }

  /**
   * What would be synced if it followed what is written again; writes nothing.
   * @throws {Failure} conflict where it is not held; where it cannot be told
   * @throws the signal's reason
   */
  async unholdPlan(key: AppKey, signal?: AbortSignal): Promise<Found<UnholdPlan>> {
    const { ports, applications, beside } = this.#parts;
    const managed = applications.get(key);
    if (managed === undefined) return { is: "absent" };
    if (managed.spec.hold === undefined)
      throw new Failure("conflict", `Application ${key}`, "after-edit", {
        cannot: "tell what lifting its hold would do",
        why: notHeld(key),
      });
    refuseGoing(managed, "tell what lifting its hold would do");
    const snapshot = { ...beside.snapshotAsWritten(managed), generation: OF_A_REQUEST };
    const { records } = managed.memory;
    const look = { look: "latest", since: ports.clock.now() } as const;
    const target = await targetAt(snapshot, { ...look, known: undefined, records }, ports, signal);
    return {
      is: "found",
      value: {
        revisions: revisionNamesOf(target),
        ...(await this.#wouldDo(managed, snapshot, target, signal)),
        extras: snapshot.app.spec.syncPolicy?.automated?.prune === true ? "deleted" : "kept",
      },
    };
  }

  /** A sync to this, with what it would not delete. @throws {Failure} */
  async #wouldDo(
    managed: ManagedApplication,
    snapshot: Snapshot,
    target: Target,
    signal: AbortSignal | undefined,
  ): Promise<Pick<RollbackPlan, "resources" | "refusals">> {
    const { ports, comparing } = this.#parts;
    const show = async (target: Target) => {
      signal?.throwIfAborted();
      return compareToShow(managed, snapshot, target, comparing);
    };
    const first = { target, compared: await show(target) };
    const { planned, compared } = await planProven({ sync: { prune: true } }, first, {
      startedAt: timestamp(ports.clock.now()),
      memory: managed.memory,
      ports,
      renderAnew: (target) => targetAgain(managed, snapshot, target, ports, signal),
      compare: show,
    });
    const { refusals = [], impossible = [] } = planned.is === "planned" ? planned.plan : {};
    return {
      resources: await managedResources(compared, managed.memory.records, signal),
      refusals: [
        ...refusals.map(({ ref, text, guard }) => ({ ref, text, guard })),
        ...impossible.map(({ ref, text }) => ({ ref, text })),
      ],
    };
  }

  /**
   * Goes back: a sync to what was deployed then, without hooks, as Argo CD. An automated application is held there from
   * this moment on. Nothing is held at what cannot be rendered any more.
   * @throws {Failure} of Git or rendering
   */
  async rollback(key: AppKey, request: RollbackRequest): Promise<Written> {
    const { ports, applications, specs, operations, ask } = this.#parts;
    const managed = applications.get(key);
    if (managed === undefined) return { is: "absent" };
    const entry = entryOf(managed, request.deployment);
    if (entry === undefined) return namesNoDeployment(managed, request.deployment);
    const refused = refusedNow(managed, request, ports);
    if (refused !== undefined) return refused;
    const { snapshot } = await this.#targetOf(managed, entry);
    const unsupported = refuseContent(snapshot);
    if (unsupported !== undefined) return invalid(managed, unsupported);
    const { actor, reason, prune, dryRun, confirmPrune } = request;
    const operation: SyncOperation = {
      sync: {
        ...sourceOf(entry, managed),
        ...defined({ prune, dryRun, confirmPrune }),
        syncStrategy: { apply: {} },
      },
      initiatedBy: { username: actor.replace(/^user:/, "") },
      info: [
        { name: INFO.rollback, value: String(entry.id) },
        ...(reason === undefined ? [] : [{ name: INFO.reason, value: reason }]),
      ],
    };
    const isHeld = dryRun !== true && isAutomated(managed.spec.app.spec);
    const until: HeldUntil =
      isHeld && request.until === "next-commit" ? await this.#nextCommit(managed) : { is: "lifted" };
    // Whoever came first while this was looked up goes first, and what was deleted meanwhile is gone.
    if (applications.get(key) !== managed) return { is: "absent" };
    const overtaken = refusedNow(managed, request, ports);
    if (overtaken !== undefined) return overtaken;
    const start = () => operations.request(managed, operation, actor);
    if (!isHeld) start();
    else {
      const hold: Hold = {
        at: sourceOf(entry, managed),
        deployment: entry.id,
        by: actor,
        since: timestamp(ports.clock.now()),
        ...defined({ reason }),
        extras: prune === true ? "pruned" : "kept",
        until,
      };
      operations.wholly(managed, () => specs.hold(managed, hold, start));
      ask(managed, "known");
    }
    return { is: "written", app: shownApplication(managed) };
  }

  /** It follows what is written again. */
  async unhold(key: AppKey, actor: string): Promise<Written> {
    const { applications, specs } = this.#parts;
    const managed = applications.get(key);
    if (managed === undefined) return { is: "absent" };
    if (managed.spec.hold === undefined) return { is: "conflict", why: notHeld(key) };
    const going = goingAway(managed);
    if (going !== undefined) return { is: "conflict", why: going };
    specs.lift(managed, actor, "asked for");
    return { is: "written", app: shownApplication(managed) };
  }

  async #nextCommit(managed: ManagedApplication): Promise<HeldUntil> {
    const { beside } = this.#parts;
    const { app } = managed.spec;
    const look = { look: "latest", since: this.#parts.ports.clock.now() } as const;
    const commits = await followedCommits(app, look, beside.ports);
    // What cannot be rendered is often the reason to go back.
    const wish = await wishAt(managed, commits, look, beside).catch((cause) => {
      if (cause instanceof Failure) return undefined;
      throw cause;
    });
    return { is: "next-commit", sources: sourcesOf(app.spec), commits, ...wish };
  }

  /** @throws {Failure} */
  async #targetOf(
    managed: ManagedApplication,
    entry: RevisionHistory,
    signal?: AbortSignal,
  ): Promise<{ snapshot: Snapshot; target: Target }> {
    const { ports, snapshots } = this.#parts;
    const app = withSources(managed.spec.app, entry);
    const revisions = revisionsIn(entry);
    const now = snapshots.take({ app, ...defined({ taken: entry.taken }) }, undefined);
    const snapshot = { ...now, generation: OF_A_REQUEST };
    const { records } = managed.memory;
    const asked = { look: "known", since: 0, known: undefined, records, revisions } as const;
    return { snapshot, target: await targetAt(snapshot, asked, ports, signal) };
  }
}

function isAmong(part: TakenPart, parts: readonly TakenPart[]): boolean {
  return parts.some((one) => equalJson(one, part));
}

export function entryOf({ status }: ManagedApplication, deployment: number): RevisionHistory | undefined {
  return status?.history?.find(({ id }) => id === deployment);
}

/** With what the application is written with where the entry names no source. */
function sourceOf(
  { revision, revisions, source, sources, taken }: RevisionHistory,
  { spec: { app } }: ManagedApplication,
): SyncSource {
  const named = defined({ revision, revisions, source, sources, taken });
  if (source !== undefined || sources !== undefined) return named;
  return { ...named, ...defined({ source: app.spec.source, sources: app.spec.sources }) };
}

export function noSuchDeployment({ key, status }: ManagedApplication, deployment: number): Failure {
  const ids = (status?.history ?? []).map(({ id }) => id);
  return new Failure("not-found", `Application ${key}`, "after-edit", {
    cannot: `go back to deployment ${deployment}`,
    why: `there is no deployment ${deployment} in its history`,
    fix:
      ids.length === 0
        ? "Nothing was deployed yet"
        : `Choose one of ${ids.join(", ")}; holdfast app history ${key} tells what they are`,
  });
}

/** Where an order names it, in place of a path: what was sent is wrong, and nothing is missing at its address. */
export function namesNoDeployment(managed: ManagedApplication, deployment: number): WriteRefusal {
  const { object, why, fix } = noSuchDeployment(managed, deployment);
  return { is: "invalid", problems: [{ severity: "error", object, text: why, ...defined({ fix }) }] };
}

function notHeld(key: AppKey): string {
  return `the application ${key} is not held: it follows what is written`;
}

function refusedNow(
  managed: ManagedApplication,
  request: Pick<RollbackRequest, "dryRun">,
  ports: Pick<EnginePorts, "paused" | "closedFor">,
): WriteRefusal | undefined {
  const allowed = mayStart(managed, "a person", refusalFor(managed.spec.app, { sync: request }, ports));
  if (allowed.may === "not") return { is: "conflict", why: allowed.why };
  return managed.operation.is === "waiting"
    ? { is: "conflict", why: "another operation is already in progress" }
    : undefined;
}

function invalid({ key }: ManagedApplication, text: string): WriteRefusal {
  return { is: "invalid", problems: [{ severity: "error", object: `Application ${key}`, text }] };
}
