import { RESOURCES_FINALIZER } from "../../core/model/application.ts";

/**
 * Whether this finalizer is one that waits for us: those that take an application's objects along, and those that
 * Argo CD writes for the hooks around a deletion. Those of others are left to them.
 */
export function isOurFinalizer(finalizer: string): boolean {
  const [name = "", how] = finalizer.split("/");
  if (name === RESOURCES_FINALIZER) return how === undefined || how === "foreground" || how === "background";
  return (
    /^(pre|post)-delete-finalizer\.argocd\.argoproj\.io$/.test(name) &&
    (how === undefined || how === "cleanup")
  );
}
