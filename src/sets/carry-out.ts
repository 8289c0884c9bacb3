import { type AppKey, type Application, keyOfApp } from "../core/model/application.ts";
import type { Problem } from "../core/model/problem.ts";
import type { RecordAnswer } from "../core/ports/custom-resources.ts";
import type { KnownSet, SetChild, SetsHome } from "../core/ports/sets-home.ts";
import type { PlannedChild } from "../core/sets/planned-child.ts";
import { messageOf } from "../lib/caught.ts";

/** Requests on their way at once, of one set. */
const AT_ONCE = 8;
/** How long the loop is held by homes that answer at once. */
const SLICE_MS = 8;

export interface CarryOutParts {
  home: Pick<SetsHome, "make" | "change" | "remove" | "children">;
  /** Asked before each write: why what was planned is not to be done any more, undefined where it is. */
  stopped(): string | undefined;
}

export interface CarriedOut {
  created: AppKey[];
  changed: AppKey[];
  deleted: AppKey[];
  problems: Problem[];
  /** `again`: something of it may succeed when it is planned anew. */
  is: "done" | "again";
}

/** Does what was planned, creations first. What goes wrong with one application keeps no other from its turn. */
export async function carryOut(
  set: KnownSet,
  steps: readonly PlannedChild[],
  { home, stopped }: CarryOutParts,
): Promise<CarriedOut> {
  const done: CarriedOut = { created: [], changed: [], deleted: [], problems: [], is: "done" };
  const order = ["create", "update", "delete"] as const;
  const open = steps.filter((step) => step.do !== "nothing" && step.do !== "held");
  const work = order.flatMap((kind) => open.filter((step) => step.do === kind));
  let next = 0;
  let begun = performance.now();
  const worker = async (): Promise<void> => {
    for (let step = work[next++]; step !== undefined; step = work[next++]) {
      if (stopped() !== undefined) {
        done.is = "again";
        return;
      }
      await one(step);
      if (performance.now() - begun > SLICE_MS) {
        await new Promise<void>((resolve) => setImmediate(resolve));
        begun = performance.now();
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return done;

  async function one(step: PlannedChild): Promise<void> {
    try {
      if (step.do === "create")
        note(keyOfApp(step.app), "made", done.created, await home.make(set, step.app));
      else if (step.do === "update")
        note(step.before.key, "changed", done.changed, await changed(step.before, step.app));
      else if (step.do === "delete")
        note(step.before.key, "deleted", done.deleted, await removed(step.before));
    } catch (cause) {
      const key = step.do === "create" ? keyOfApp(step.app) : keyIn(step);
      failed(key, messageOf(cause));
    }
  }

  /** An edit since the plan is not written over. */
  async function changed(before: SetChild, app: Application): Promise<RecordAnswer> {
    const child = home.children().children.get(before.key);
    if (child === undefined) return { is: "absent" };
    if (child !== before) return { is: "conflict", why: "it was changed by somebody else just now" };
    return home.change(set, before, app);
  }

  /** One that was taken from the set since the plan stays. */
  async function removed({ key, uid }: SetChild): Promise<RecordAnswer> {
    const child = home.children().children.get(key);
    if (child === undefined || child.uid !== uid) return { is: "absent" };
    if (child.ownedBy !== set.key)
      return { is: "conflict", why: `it belongs to ApplicationSet ${set.key} no more` };
    return home.remove(child);
  }

  function note(
    key: AppKey,
    what: "made" | "changed" | "deleted",
    into: AppKey[],
    answer: RecordAnswer,
  ): void {
    if (answer.is === "written") into.push(key);
    // Somebody else was faster, and nobody is told that it was this set.
    else if (what === "deleted" && answer.is === "absent") return;
    else if (answer.is === "invalid") done.problems.push({ ...answer.problem, object: `Application ${key}` });
    else
      failed(
        key,
        `it could not be ${what}: ${answer.is === "absent" ? "it is not there any more" : answer.why}`,
      );
  }

  function failed(key: AppKey, text: string): void {
    done.problems.push({ severity: "error", object: `Application ${key}`, text });
    done.is = "again";
  }
}

function keyIn(step: Exclude<PlannedChild, { do: "create" }>): AppKey {
  return step.do === "update" || step.do === "delete" ? step.before.key : step.key;
}
