import type { TakeableApplication } from "../../core/model/adoption-report.ts";
import { defined } from "../../lib/defined.ts";
import type { AdoptOptions } from "../commands/adopt.ts";
import type { CliContext } from "../context.ts";
import type { TakeableAsk } from "../offline-verbs.ts";

/** Which Argo CD is meant. */
export function askOf(
  { signal }: CliContext,
  { namespace, kubeContext: context, kubeconfig }: AdoptOptions,
): TakeableAsk {
  return { namespace, signal, ...defined({ context, kubeconfig }) };
}

/** What Argo CD has now, and whether it has let go of each. @throws {Failure} as the verb */
export function takeable(context: CliContext, options: AdoptOptions): Promise<TakeableApplication[]> {
  return context.host.verbs.takeable(askOf(context, options));
}
