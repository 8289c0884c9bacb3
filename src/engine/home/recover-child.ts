import type { Application } from "../../core/model/application.ts";
import type { AppState } from "../../core/ports/home.ts";
import type { UnreadableChild } from "../../core/ports/parents-home.ts";

export type Recovered =
  | { is: "known"; app: Application }
  /** `why`: a sentence without a full stop. */
  | { is: "unknown"; why: string };

/**
 * A child whose manifest cannot be read, as far as its deletion needs it: how its objects go is in its object, where they
 * are is what it was compared with last. Where either is not known, nothing may be deleted for it.
 */
export function recoverChild(
  { ref: { namespace, name }, finalizers, annotations, project, syncOptions }: UnreadableChild,
  state: AppState | undefined,
): Recovered {
  const stays = (why: string): Recovered => ({
    is: "unknown",
    why: `whatever Application ${namespace}/${name} deployed stays, because its manifest cannot be read, and ${why}`,
  });
  const compared = state?.status?.sync.comparedTo;
  if (!compared?.destination.server && !compared?.destination.name)
    return stays("it was never compared with a cluster");
  if (project === undefined) return stays("neither can its project (spec.project)");
  if (syncOptions === undefined)
    return stays("neither can what is to stay of it (spec.syncPolicy.syncOptions)");
  return {
    is: "known",
    app: {
      apiVersion: "argoproj.io/v1alpha1",
      kind: "Application",
      metadata: { name, namespace, finalizers: [...finalizers], annotations: { ...annotations } },
      spec: { ...compared, project, syncPolicy: { syncOptions: [...syncOptions] } },
    },
  };
}
