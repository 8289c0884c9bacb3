import type { Application, Condition } from "../../core/model/application.ts";
import type { DesiredObject } from "../../core/model/desired-object.ts";
import { unsupportedConditions, unsupportedOf } from "../../core/plan/unsupported.ts";

const NOTHING: readonly DesiredObject[] = [];

/**
 * What applications ask for that is not supported, as conditions. It follows from the manifest and from what Git wants
 * alone, and a status is worked out many times a sync: so the last answer of each application is kept.
 */
export class UnsupportedNotes {
  readonly #byApp = new WeakMap<
    Application,
    { desired: readonly DesiredObject[]; conditions: readonly Condition[] }
  >();

  /** @param desired undefined where it is not known yet what Git wants */
  of(app: Application, desired: readonly DesiredObject[] = NOTHING): readonly Condition[] {
    const known = this.#byApp.get(app);
    if (known?.desired === desired) return known.conditions;
    const conditions = unsupportedConditions(unsupportedOf(app, desired));
    this.#byApp.set(app, { desired, conditions });
    return conditions;
  }
}
