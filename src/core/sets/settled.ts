import type { GeneratedApplication } from "../generate/generated.ts";
import type { Application } from "../model/application.ts";
import type { SetChild } from "../ports/sets-home.ts";
import type { PlannedOf } from "./planned-child.ts";

/**
 * Children that plans of one spec found equal to what was generated for them. The same pair is not compared again, and
 * where most stand as they stood in the plan before, they are not even looked up.
 */
export class Settled {
  readonly #pairs = new WeakMap<SetChild, Application>();
  /** Of the last plan, by the place of what was generated. */
  #last: readonly PlannedOf[] = [];
  #own: readonly SetChild[] = [];

  has(child: SetChild, application: Application): boolean {
    return this.#pairs.get(child) === application;
  }

  note(child: SetChild, application: Application): void {
    this.#pairs.set(child, application);
  }

  /**
   * Begins a plan.
   * @param own the set's children as they are now
   */
  begin(own: readonly SetChild[]): {
    /** What was planned of what is generated at this place, where both sides are what they were and it was settled. */
    still(wanted: GeneratedApplication, index: number): PlannedOf | undefined;
    /** @param planned by the place of what was generated */
    end(planned: readonly PlannedOf[]): void;
  } {
    const [last, before] = [this.#last, this.#own];
    const gone = new Set<SetChild>();
    if (own !== before) for (const [at, child] of before.entries()) if (own[at] !== child) gone.add(child);
    return {
      still(wanted, index) {
        const one = last[index];
        const isStill = one?.wanted === wanted && one.step.do === "nothing" && one.child !== undefined;
        return isStill && !gone.has(one.child as SetChild) ? one : undefined;
      },
      end: (planned) => {
        this.#last = planned;
        this.#own = own;
      },
    };
  }
}
