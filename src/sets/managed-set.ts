import type { GeneratedSet } from "../core/generate/generated.ts";
import { GenerationMemo } from "../core/generate/generation-memo.ts";
import type { AppKey } from "../core/model/application.ts";
import type { ApplicationSet } from "../core/model/application-set.ts";
import type { ApplicationSetStatus } from "../core/model/application-set-status.ts";
import type { KnownSet } from "../core/ports/sets-home.ts";
import type { SetPlan } from "../core/sets/plan-set.ts";
import { SetResources } from "../core/sets/set-resources.ts";
import type { Settled } from "../core/sets/settled.ts";
import type { Timer } from "../lib/timer.ts";
import type { FactsLook, Telling } from "./sets-ports.ts";

/** How far the next pass must look. `plan`: what was generated is held against what is there. */
export type SetLook = "plan" | FactsLook;

const ORDER: readonly SetLook[] = ["plan", "known", "latest"];

function furthest(one: SetLook, other: SetLook): SetLook {
  return ORDER.indexOf(one) >= ORDER.indexOf(other) ? one : other;
}

/** What a set made of what it was told. */
export interface Generation {
  /** Of which spec it is. */
  of: ApplicationSet;
  made: GeneratedSet;
  told: ReturnType<Telling["told"]>;
  /** By a clock that is never set: when it was told. */
  at: number;
}

/** One ApplicationSet as it is being looked after. */
export class ManagedSet {
  known: KnownSet;
  generation: Generation | undefined;
  readonly memo = new GenerationMemo();
  /** Of the spec that it was noted for: what was equal to what is there. */
  settled: { of: ApplicationSet; pairs: Settled } | undefined;
  readonly resources = new SetResources();
  /** Of the last pass, as far as it could be planned. */
  plan: Omit<SetPlan, "steps"> | undefined;
  /** Of the plan, what could not be carried out, a sentence each. */
  failures: readonly string[] = [];
  /** What was said last. */
  said: ApplicationSetStatus | undefined;
  /** The next time at which all that it reads is asked again, by a clock that is never set. */
  due: { at: number; timer: Timer } | undefined;
  /** Deletions that wait for a person's approval. */
  blocked: readonly AppKey[] = [];
  /** What a person approved of them. */
  approved: readonly AppKey[] = [];
  /** Since when an application is wanted no more, by a clock that is never set. */
  readonly missing = new Map<AppKey, number>();
  /** Applications of it whose look is waited for. */
  readonly looking = new Set<AppKey>();
  /** Of one that goes: its applications since then, those that are gone by now among them. */
  readonly lost = new Set<AppKey>();
  /** Passes in a row that ended in an error which may pass. */
  tries = 0;
  #look: SetLook | undefined;
  /** Of what was asked for since the last pass began. */
  #waiting: (() => void)[] = [];
  #edited = new AbortController();

  constructor(known: KnownSet) {
    this.known = known;
  }

  ask(look: SetLook): void {
    this.#look = this.#look === undefined ? look : furthest(this.#look, look);
  }

  /** Resolves when a pass that begins from now on has ended. */
  nextPass(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Aborted when what the pass works on is edited, or nobody looks after it any more. */
  get edited(): AbortSignal {
    return this.#edited.signal;
  }

  /** What is being made of it is of no use to anybody. */
  edit(): void {
    this.#edited.abort(new Error("it was edited"));
  }

  /** What was planned of it, and what a person said of that, holds no more. */
  forgetPlan(): void {
    this.plan = undefined;
    this.blocked = [];
    this.lost.clear();
    this.missing.clear();
  }

  /** Begins a pass: what is asked for from now on is for the next one. */
  begin(): { look: SetLook; ended: () => void } {
    this.#edited = new AbortController();
    const look = this.#look ?? "plan";
    this.#look = undefined;
    const waiting = this.#waiting;
    this.#waiting = [];
    return {
      look,
      ended: () => {
        for (const resolve of waiting) resolve();
      },
    };
  }

  /** Nobody looks after it any more. */
  leave(): void {
    this.edit();
    this.due?.timer.cancel();
    for (const resolve of this.#waiting) resolve();
    this.#waiting = [];
  }
}
