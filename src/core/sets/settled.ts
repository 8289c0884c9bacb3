import { differentPart } from "../../lib/carried-over.ts";
import { keptOn } from "../../lib/kept-on.ts";
import type { GeneratedApplication } from "../generate/generated.ts";
import type { AppKey, Application } from "../model/application.ts";
import type { SetChild } from "../ports/sets-home.ts";
import type { PlannedChild, PlannedOf } from "./planned-child.ts";

/** Of each child what it was found equal to, and by whom last: a preview may look at it between two passes. */
const pairs = keptOn<SetChild, { by: Settled; application: Application }>();

/** What is planned of all that is wanted, by the place of what was generated. */
export interface PlannedAll {
  /** What is wanted of each is in `wanted`. */
  steps: readonly PlannedChild[];
  /** Places at which something is to be said or done, or nothing is there of the set's. */
  open: ReadonlyMap<number, PlannedOf>;
}

interface Round extends PlannedAll {
  wanted: readonly GeneratedApplication[];
  own: readonly SetChild[];
  /** By key, where each stands in `wanted`; made when it is asked for. */
  places: ReadonlyMap<AppKey, number> | undefined;
}

/**
 * Children that plans of one spec found equal to what was generated for them. The same pair is not compared again, and
 * what stands as it stood in the plan before is not looked at: lists of what is wanted and of what is there are held
 * against those of the last plan, element by element.
 */
export class Settled {
  #last: Round = { wanted: [], own: [], steps: [], open: new Map(), places: undefined };

  has(child: SetChild, application: Application): boolean {
    const known = pairs.get(child);
    return known?.by === this && known.application === application;
  }

  note(child: SetChild, application: Application): void {
    pairs.set(child, { by: this, application });
  }

  /**
   * @param own the set's children as they are now
   * @param planOne asked for each that is not, on both sides, what it was when it was settled
   */
  plan(
    wanted: readonly GeneratedApplication[],
    own: readonly SetChild[],
    planOne: (wanted: GeneratedApplication) => PlannedOf,
  ): PlannedAll {
    const last = this.#last;
    const anew = this.#placesToPlan(wanted, own);
    const isAll = anew === "all";
    const steps = isAll ? new Array<PlannedChild>(wanted.length) : [...last.steps];
    const open = new Map(isAll ? [] : last.open);
    for (const at of isAll ? wanted.keys() : anew) {
      const planned = planOne(wanted[at] as GeneratedApplication);
      steps[at] = planned.step;
      if (planned.step.do === "nothing" && planned.child !== undefined) open.delete(at);
      else open.set(at, planned);
    }
    const hasSamePlaces = !isAll && [...anew].every((at) => wanted[at]?.key === last.wanted[at]?.key);
    this.#last = { wanted, own, steps, open, places: hasSamePlaces ? last.places : undefined };
    return { steps, open };
  }

  #placesToPlan(
    wanted: readonly GeneratedApplication[],
    own: readonly SetChild[],
  ): "all" | ReadonlySet<number> {
    const last = this.#last;
    if (wanted.length !== last.wanted.length) return "all";
    const places = new Set(last.open.keys());
    const changed = differentPart(last.wanted, wanted);
    if (changed !== undefined)
      for (let at = changed.from; at < changed.after; at++)
        if (wanted[at] !== last.wanted[at]) places.add(at);
    const others = differentPart(last.own, own);
    if (others === undefined) return places;
    const still = new Set(own.slice(others.from, others.after));
    for (let at = others.from; at < others.before; at++) {
      const child = last.own[at];
      if (child === undefined || still.has(child)) continue;
      const place = this.#placeOf(child.key);
      if (place !== undefined) places.add(place);
    }
    return places;
  }

  /** Among what was wanted last. */
  #placeOf(key: AppKey): number | undefined {
    const last = this.#last;
    last.places ??= new Map(last.wanted.map((one, at) => [one.key, at]));
    return last.places.get(key);
  }
}
