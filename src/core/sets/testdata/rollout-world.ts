import { timestamp } from "../../../lib/timestamp.ts";
import { type Application, keyOfApp } from "../../model/application.ts";
import type { ApplicationSet } from "../../model/application-set.ts";
import type { ApplicationRollout } from "../../model/application-set-status.ts";
import type { Operation } from "../../model/operation.ts";
import type { SetChild } from "../../ports/sets-home.ts";
import { comparedTo } from "../../status/compared-to.ts";
import type { ChildIndex } from "../child-index.ts";
import { planSet, type SetPlan } from "../plan-set.ts";
import { type Rollout, rollout } from "../rollout.ts";
import { byKey, child, generated } from "./set-cases.ts";

/** What really is with an application, beside what its status says. */
interface Real {
  /** Deployed: commit and path. */
  deployed: string;
  health: "Healthy" | "Progressing" | "Degraded";
}

/** A set, its applications and those who work on them, one move at a time. Nothing here decides anything. */
export class RolloutWorld {
  readonly children = new Map<string, SetChild>();
  readonly real = new Map<string, Real>();
  entries: ApplicationRollout[] = [];
  head = 1;
  nowMs = Date.parse("2026-01-01T00:00:00Z");

  constructor(
    public set: ApplicationSet,
    public wanted: Application[],
  ) {}

  get now(): string {
    return timestamp(this.nowMs);
  }

  get existing(): ChildIndex {
    return byKey([...this.children.values()]);
  }

  /** The controller's pass: it writes what it plans, then the status, then it asks for syncs. */
  pass(): { plan: SetPlan; move: Rollout } {
    const { set, existing, now } = this;
    const made = generated(...this.wanted);
    const plan = planSet({ set, generated: made, existing, budget: { percent: 100, count: 100 } });
    const looked = new Map(
      [...this.children]
        .filter(([name]) => !this.#isLooked(name))
        .map(([, { key }]) => [key, "a commit is still to be looked at"]),
    );
    const move = rollout({ set, generated: made, plan, existing, looked, before: this.entries, now });
    this.entries = structuredClone(move.applicationStatus);
    for (const step of plan.steps) {
      if (step.do === "create") {
        this.children.set(step.app.metadata.name, child(structuredClone(step.app)));
        this.real.set(step.app.metadata.name, { deployed: "nothing", health: "Healthy" });
      }
      if (step.do === "update") this.#set(step.before.app.metadata.name, step.app);
      if (step.do === "delete") this.children.delete(step.before.app.metadata.name);
    }
    for (const { key, operation } of move.sync) this.ask(key.split("/")[1] as string, operation);
    return { plan, move };
  }

  ask(name: string, operation: Operation): void {
    this.#set(name, { ...this.#app(name), operation });
  }

  commit(): void {
    this.head += 1;
  }

  /** A request gets lost before anybody took it up. */
  lose(name: string): void {
    const { operation: _, ...rest } = this.#app(name);
    this.#set(name, rest);
  }

  begin(name: string): void {
    const { operation, ...rest } = this.#app(name);
    if (operation === undefined || rest.status?.operationState?.phase === "Running") return;
    const operationState = { operation, phase: "Running" as const, message: "", startedAt: this.now };
    this.#set(name, { ...rest, status: { ...(rest.status ?? this.#compared(name)), operationState } });
  }

  end(name: string, phase: "Succeeded" | "Failed"): void {
    const { status } = this.#app(name);
    const state = status?.operationState;
    if (status === undefined || state?.phase !== "Running") return;
    if (phase === "Succeeded") this.real.set(name, { deployed: this.wish(name), health: "Progressing" });
    const message = phase === "Failed" ? "one or more objects failed" : "";
    const operationState = { ...state, phase, message, finishedAt: this.now };
    this.#set(name, { ...this.#app(name), status: { ...status, operationState } });
    this.compare(name);
  }

  become(name: string, health: Real["health"]): void {
    this.real.set(name, { ...(this.real.get(name) as Real), health });
    this.compare(name);
  }

  compare(name: string): void {
    const { status } = this.#app(name);
    const { operationState } = status ?? {};
    this.#set(name, {
      ...this.#app(name),
      status: { ...this.#compared(name), ...(operationState === undefined ? {} : { operationState }) },
    });
  }

  /** What Git wants of it by its spec, as it is written at the home. */
  wish(name: string): string {
    return `${this.head} ${this.#app(name).spec.source?.path}`;
  }

  /** What Git wants of it by what the set wants of it, whether that is written or not. */
  isThere(app: Application): boolean {
    const real = this.real.get(app.metadata.name);
    return (
      this.children.has(app.metadata.name) &&
      real?.deployed === `${this.head} ${app.spec.source?.path}` &&
      real.health === "Healthy"
    );
  }

  isBusy(name: string): boolean {
    const { operation, status } = this.#app(name);
    return operation !== undefined || status?.operationState?.phase === "Running";
  }

  #compared(name: string): NonNullable<Application["status"]> {
    const app = this.#app(name);
    const { deployed, health } = this.real.get(name) as Real;
    return {
      sync: {
        status: deployed === this.wish(name) ? "Synced" : "OutOfSync",
        comparedTo: comparedTo(app),
        revision: `commit-${this.head}`,
      },
      health: { status: health },
    };
  }

  #isLooked(name: string): boolean {
    const revision = this.#app(name).status?.sync.revision;
    return revision === undefined || revision === `commit-${this.head}`;
  }

  #app(name: string): Application {
    return (this.children.get(name) as SetChild).app;
  }

  #set(name: string, app: Application): void {
    const before = this.children.get(name) as SetChild;
    this.children.set(name, { ...before, key: keyOfApp(app), app });
  }
}
