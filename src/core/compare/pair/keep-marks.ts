import { annotationList } from "../../manifest/annotation-list.ts";
import { ANNOTATION, hasOption } from "../../model/application.ts";
import type { KubeObject } from "../../model/kube-object.ts";

/**
 * What an object or its application says about deleting it. `keep` names the mark. Marks are read from the live
 * object: the manifest is gone.
 */
export type KeepMark =
  | { is: "keep"; mark: string }
  | { is: "confirm"; mark: string }
  | { is: "delete"; mark: string }
  | { is: "none" };

/** What others have written on objects to keep them, honoured for prune and deletion alike. */
const FOREIGN_MARKS: readonly { annotation: string; value: string }[] = [
  { annotation: ANNOTATION.helmResourcePolicy, value: "keep" },
  { annotation: "kustomize.toolkit.fluxcd.io/prune", value: "disabled" },
  { annotation: "client.lifecycle.config.k8s.io/deletion", value: "detach" },
];

/**
 * @param about `Prune`: it left Git. `Delete`: its application goes.
 * @param appOptions the application's; an object's own mark beats them
 */
export function keepMark(
  about: "Prune" | "Delete",
  live: KubeObject,
  appOptions: readonly string[],
): KeepMark {
  const annotations = live.metadata.annotations ?? {};
  for (const { annotation, value } of FOREIGN_MARKS) {
    if (annotations[annotation]?.trim() === value)
      return { is: "keep", mark: `its annotation ${annotation}: ${value}` };
  }
  const own = read(about, annotationList(live, ANNOTATION.syncOptions));
  if (own !== undefined) return { is: own, mark: `its option ${about}=${wordFor(own)}` };
  const app = read(about, appOptions);
  return app === undefined
    ? { is: "none" }
    : { is: app, mark: `the application's option ${about}=${wordFor(app)}` };
}

type Marked = Exclude<KeepMark["is"], "none">;

function read(about: string, options: readonly string[]): Marked | undefined {
  if (hasOption(options, `${about}=false`)) return "keep";
  if (hasOption(options, `${about}=confirm`)) return "confirm";
  return hasOption(options, `${about}=true`) ? "delete" : undefined;
}

function wordFor(marked: Marked): string {
  return marked === "keep" ? "false" : marked === "delete" ? "true" : "confirm";
}

/**
 * Whether an object that left Git makes its application OutOfSync. One that is to stay, or to be passed over, does
 * not: the application would never be in sync again.
 */
export function extraCounts(live: KubeObject, appOptions: readonly string[]): boolean {
  return (
    !hasOption(annotationList(live, ANNOTATION.compareOptions), "IgnoreExtraneous") &&
    keepMark("Prune", live, appOptions).is !== "keep"
  );
}
