import { healthOf } from "../../core/health/health-of.ts";
import type { Health } from "../../core/model/health.ts";
import type { KubeObject } from "../../core/model/kube-object.ts";
import { keptOn } from "../../lib/kept-on.ts";

/**
 * What the rules say of each object that was seen. An object as it was seen never changes, while a status is worked out
 * anew several times a sync, of all objects whichever of them changed.
 */
export class JudgedObjects {
  readonly #judged = keptOn<KubeObject, { health: Health | undefined }>();

  healthOf(object: KubeObject): Health | undefined {
    const known = this.#judged.get(object);
    if (known !== undefined) return known.health;
    const { health } = healthOf(object);
    this.#judged.set(object, { health });
    return health;
  }
}
