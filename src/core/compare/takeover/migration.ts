import { ANNOTATION, type Application } from "../../model/application.ts";
import { optionSaid } from "../../model/sync-options.ts";

/** Whose claims become ours at an object's first sync, besides those of other delivery tools. */
export interface Migration {
  /** Of `kubectl apply` without `--server-side`. */
  kubectl: "taken" | "left";
  /** A field manager that the application names: what it wrote with Update is taken at every sync. */
  named?: string;
}

export const BY_RULE: Migration = { kubectl: "taken" };

/** What an application says of it. Source: Argo CD's `ClientSideApplyMigration`. */
export function migrationOf({ metadata, spec }: Pick<Application, "metadata" | "spec">): Migration {
  if (optionSaid("ClientSideApplyMigration", spec.syncPolicy?.syncOptions ?? []) === false)
    return { kubectl: "left" };
  const named = metadata.annotations?.[ANNOTATION.migrationManager];
  return named === undefined || named === "" ? BY_RULE : { ...BY_RULE, named };
}
