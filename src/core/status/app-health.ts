import { isWorse } from "../health/order.ts";
import type { Health } from "../model/health.ts";
import { groupKind, type ObjectRef, show } from "../model/object-ref.ts";

/** One object that an application manages directly. */
export interface Part {
  ref: ObjectRef;
  /** `unseen`: whether it is there is not known. */
  is: "live" | "missing" | "unseen";
  /** undefined: it shows no evidence of health, and does not count. Of an unseen one: why it is not known. */
  health: Health | undefined;
}

/** At most so many objects are named in a message. */
const MOST_NAMED = 3;

/**
 * An application's health: the worst of its objects', and Missing where none of them exists. An object that does not
 * exist does not count beside others that do: that is a matter of sync. Source: Argo CD's aggregation. What could not be
 * seen hides nothing that is known, and is not called healthy either.
 *
 * @param self the application as an object, which may manage itself
 */
export function appHealth(parts: readonly Part[], self: ObjectRef): Health {
  if (parts.length > 0 && parts.every(({ is }) => is === "missing")) {
    return {
      status: "Missing",
      message:
        parts.length === 1 ? "Its only object does not exist" : `None of its ${parts.length} objects exists`,
    };
  }
  const counted = parts.flatMap(({ ref, is, health }) =>
    is === "live" && health !== undefined && counts(ref, health, self) ? [{ ref, health }] : [],
  );
  const worst = counted.reduce<Health["status"]>(
    (status, { health }) => (isWorse(health.status, status) ? health.status : status),
    "Healthy",
  );
  if (worst === "Healthy") {
    const unseen = parts.filter(({ is }) => is === "unseen");
    return unseen.length === 0
      ? { status: worst, message: "" }
      : { status: "Unknown", message: named(unseen, ({ ref, health }) => withMessage(ref, health)) };
  }
  const culprits = counted.filter(({ health }) => health.status === worst);
  return { status: worst, message: named(culprits, ({ ref, health }) => withMessage(ref, health)) };
}

function named<T>(all: readonly T[], say: (one: T) => string): string {
  const more = all.length - MOST_NAMED;
  return `${all.slice(0, MOST_NAMED).map(say).join("; ")}${more > 0 ? `; and ${more} more` : ""}`;
}

function withMessage(ref: ObjectRef, health: Health | undefined): string {
  return health === undefined || health.message === "" ? show(ref) : `${show(ref)}: ${health.message}`;
}

/** A child application that is not there yet, or not known, is its own affair. */
function counts(ref: ObjectRef, { status }: Health, self: ObjectRef): boolean {
  if (groupKind(ref) !== "argoproj.io/Application") return true;
  if (ref.name === self.name && ref.namespace === self.namespace) return false;
  return status !== "Missing" && status !== "Unknown";
}
