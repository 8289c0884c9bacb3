/** What becomes of a set's applications and their objects when the set is deleted. */
import type { ApplicationSet } from "../../core/model/application-set.ts";
import { LOSES } from "./losing.ts";

/** As much of an application as tells what goes with it. */
export interface EndingApplication {
  metadata: { namespace: string; name: string; finalizers?: string[] };
  status?: { resources?: { kind: string; health?: { status?: string }; kept?: unknown }[] };
}

export interface SetEnd {
  /** The applications stay, whatever becomes of the set: its policy never deletes. */
  is: "all-stay" | "all-go";
  /** Those whose objects go along, and those whose objects stay. */
  withObjects: readonly EndingApplication[];
  alone: readonly EndingApplication[];
  /** Objects on the clusters that go. */
  objects: number;
  /** Of these, such as hold data. */
  withData: number;
}

const FINALIZER = "resources-finalizer.argocd.argoproj.io";

export function endOf({ spec }: Pick<ApplicationSet, "spec">, apps: readonly EndingApplication[]): SetEnd {
  const policy = spec.syncPolicy?.applicationsSync;
  if (policy === "create-only" || policy === "create-update")
    return { is: "all-stay", withObjects: [], alone: apps, objects: 0, withData: 0 };
  return goneWith(apps);
}

/** Applications that go, whatever says that they do: an edit of their set, or its end. */
export function goneWith(apps: readonly EndingApplication[]): SetEnd {
  const takesAlong = ({ metadata }: EndingApplication): boolean =>
    (metadata.finalizers ?? []).some((one) => one.startsWith(FINALIZER));
  const withObjects = apps.filter(takesAlong);
  const objects = withObjects
    .flatMap(({ status }) => status?.resources ?? [])
    .filter(({ health, kept }) => health?.status !== "Missing" && kept === undefined);
  return {
    is: "all-go",
    withObjects,
    alone: apps.filter((app) => !takesAlong(app)),
    objects: objects.length,
    withData: objects.filter(({ kind }) => LOSES.has(kind)).length,
  };
}
