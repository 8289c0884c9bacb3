import type { TakeableApplication } from "../../core/model/adoption-report.ts";
import { defined } from "../../lib/defined.ts";
import type { AdoptOptions } from "../commands/adopt.ts";
import type { CliContext } from "../context.ts";

/** What Argo CD has now, and whether it has let go of each. @throws {Failure} as the verb */
export function takeable(
  context: CliContext,
  { namespace, context: named, kubeconfig }: AdoptOptions,
): Promise<TakeableApplication[]> {
  return context.host.verbs.takeable({
    namespace,
    signal: context.signal,
    ...defined({ context: named, kubeconfig }),
  });
}
