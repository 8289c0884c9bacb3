import { replacement } from "../../core/compare/index.ts";
import type { KubeObject } from "../../core/model/kube-object.ts";
import { Races } from "./races.ts";
import { type How, modeOf, refusedWith, type Send, type Tried } from "./send.ts";

/**
 * PUT over what is there now, POST where nothing is. The version that was read is the precondition, so that a change
 * that nobody has seen is not undone; where somebody wrote in between it is read anew.
 */
export async function putObject({ cluster, desired }: Send, object: KubeObject, how: How): Promise<Tried> {
  const mode = modeOf(how);
  const races = new Races(how);
  for (;;) {
    const found = await cluster.read(desired.ref, object.apiVersion);
    if (found.is === "unreachable") return { outcome: found };
    if (found.is === "forbidden") return { outcome: { ...refusedWith(found.why, 403), reason: "Forbidden" } };
    const outcome =
      found.is === "absent"
        ? await cluster.create(object, mode)
        : await cluster.replace(replacement(object, found.object), mode);
    const raced =
      outcome.is === "refused" &&
      (outcome.status === 409 || (outcome.status === 404 && outcome.reason === "NotFound"));
    // A namespace that is not there answers 404 as well.
    if (!raced || (outcome.status === 404 && found.is === "absent")) return { outcome, by: "put" };
    if ((await races.lost()) === "too-often")
      return {
        outcome: refusedWith(
          `somebody wrote to it ${races.count} times while it was being replaced: ${outcome.message}`,
          409,
        ),
      };
  }
}
