/** What is said of a deletion that does not go on, with the ways that there are. */
import type { Condition } from "../../core/model/application.ts";
import { asFailure } from "../../core/model/failure.ts";
import type { DeletionProgress } from "../../core/ports/home.ts";
import type { ManagedApplication } from "../managed-application.ts";

/** A hook ran and failed: it stays so until somebody, or a commit, says how it goes on. */
export function stoppedByHook(
  { spec }: ManagedApplication,
  { state, stage }: Pick<DeletionProgress, "state" | "stage">,
): Condition {
  const { namespace, name } = spec.app.metadata;
  const app = `${namespace}/${name}`;
  const ways = [
    `Mend the hook in Git, or try it again: holdfast app delete ${app}`,
    `Without the hooks: holdfast app delete ${app} --skip-hooks`,
    ...(stage === "before" ? [`To keep the objects: holdfast app forget ${app}`] : []),
  ];
  return { type: "DeletionError", message: `${state.message}. ${ways.join(". ")}` };
}

/** It is tried again by itself. @param why a sentence without a full stop */
export function heldUp({ spec }: ManagedApplication, why: string): Condition {
  const { namespace, name } = spec.app.metadata;
  const release = `To let go of its objects instead, delete it with cascade=false (holdfast app forget ${namespace}/${name})`;
  return { type: "DeletionError", message: `${why}. ${release}` };
}

/** Nothing was begun, because what is to follow could not be run. @param refused sentences without a full stop */
export function refusedInAdvance(managed: ManagedApplication, refused: readonly string[]): Condition {
  const { namespace, name } = managed.spec.app.metadata;
  const [first, ...more] = refused;
  const others = more.length === 0 ? "" : ` (and ${more.length} more)`;
  return heldUp(
    managed,
    `nothing was deleted, because a PostDelete hook could not be run afterwards: ${first}${others}. Mend it in Git, or delete without the hooks: holdfast app delete ${namespace}/${name} --skip-hooks`,
  );
}

/** The same of whatever was thrown. */
export function stoodInTheWay(managed: ManagedApplication, cause: unknown): Condition {
  const { message } = asFailure(cause, `Application ${managed.key}`, "delete it");
  return heldUp(managed, message.replace(/\.$/, ""));
}

/** The whole daemon holds still. @param why what stands in the way and how it ends, a sentence without a full stop */
export function pausedDeletion({ spec }: ManagedApplication, why: string): Condition {
  const { namespace, name } = spec.app.metadata;
  return {
    type: "PausedWarning",
    message: `Its deletion waits: ${why}. To let go of its objects instead: holdfast app forget ${namespace}/${name}`,
  };
}
