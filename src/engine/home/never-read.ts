import type { UnreadableRecord } from "../../core/ports/custom-resources.ts";
import { isMapping } from "../../lib/is-mapping.ts";

/** What is done about an Application that cannot be read and never could, where somebody deleted it. */
export type NeverRead =
  /** Nobody deleted it. */
  | { is: "stays" }
  /** Nothing of it was ever delivered, so there is nothing to delete: it may go. */
  | { is: "let-go" }
  /** Something may have been, and what is not known: a person says what becomes of it. */
  | { is: "held"; why: string };

/**
 * @param remembered whether the store knows anything of it
 */
export function judgeNeverRead(
  { goingSince, status }: Pick<UnreadableRecord, "goingSince" | "status">,
  remembered: "something" | "nothing",
): NeverRead {
  if (goingSince === undefined) return { is: "stays" };
  if (remembered === "something")
    return { is: "held", why: "objects of it are remembered, and not how it was written" };
  if (tellsOfObjects(status)) return { is: "held", why: "its status tells of objects" };
  return { is: "let-go" };
}

/** Argo CD's, or of a daemon whose store was lost. */
function tellsOfObjects(status: unknown): boolean {
  if (!isMapping(status)) return false;
  return ["resources", "history", "operationState"].some((field) => {
    const said = status[field];
    return Array.isArray(said) ? said.length > 0 : said !== undefined && said !== null;
  });
}
