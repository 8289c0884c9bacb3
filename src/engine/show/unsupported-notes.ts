import type { Application, Condition } from "../../core/model/application.ts";
import { unsupportedConditions, unsupportedOf } from "../../core/plan/unsupported.ts";
import { keptOn } from "../../lib/kept-on.ts";

/**
 * What applications ask for that is not supported, as conditions. It follows from the manifest alone, and a status is
 * worked out many times a sync: so the last answer of each application is kept.
 */
export class UnsupportedNotes {
  readonly #byApp = keptOn<Application, readonly Condition[]>();

  of(app: Application): readonly Condition[] {
    const known = this.#byApp.get(app);
    if (known !== undefined) return known;
    const conditions = unsupportedConditions(unsupportedOf(app));
    this.#byApp.set(app, conditions);
    return conditions;
  }
}
