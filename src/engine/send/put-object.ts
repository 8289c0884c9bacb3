import { replacement } from "../../core/compare/index.ts";
import type { KubeObject } from "../../core/model/kube-object.ts";
import { backoffMs } from "../../lib/backoff.ts";
import { type How, modeOf, refusedWith, type Send, type Tried } from "./send.ts";

/** Somebody writes to the object each time between our reading and our writing: that often is no accident. */
const MOST_CONFLICTS = 8;
const PAUSE = { firstMs: 20, mostMs: 500 };

/**
 * PUT over what is there now, POST where nothing is. The version that was read is the precondition, so that a change
 * that nobody has seen is not undone; where somebody wrote in between it is read anew.
 */
export async function putObject({ cluster, desired }: Send, object: KubeObject, how: How): Promise<Tried> {
  const mode = modeOf(how);
  for (let tries = 1; ; tries++) {
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
    if (tries >= MOST_CONFLICTS)
      return {
        outcome: refusedWith(
          `somebody wrote to it ${tries} times while it was being replaced: ${outcome.message}`,
          409,
        ),
      };
    if (how !== "dry-run") {
      how.stopping.throwIfAborted();
      how.signal.throwIfAborted();
      await how.clock.sleep(backoffMs(tries, PAUSE), how.signal);
    }
  }
}
