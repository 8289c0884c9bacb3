import type { ManagedResource } from "../engine/control.ts";
import { defined } from "../lib/defined.ts";

interface Difference
  extends Pick<ManagedResource, "version" | "hook" | "fields" | "live" | "predicted" | "why"> {
  group: string;
  kind: string;
  namespace: string;
  name: string;
  /** `unknown`: the cluster could not be asked, or was not, and `why`. Hooks are no differences. */
  change: "create" | "change" | "prune" | "none" | "unknown";
}

/** As the API has it. */
export function difference({
  ref,
  version,
  live,
  target,
  predicted,
  modified,
  hook,
  fields,
  why,
}: ManagedResource): Difference {
  return {
    ...ref,
    version,
    change: changeOf({ live, target, predicted, modified, hook }),
    hook,
    fields,
    live,
    predicted,
    ...defined({ why }),
  };
}

function changeOf({
  live,
  target,
  predicted,
  modified,
  hook,
}: Pick<ManagedResource, "live" | "target" | "predicted" | "modified" | "hook">): Difference["change"] {
  if (hook) return "none";
  if (target === undefined) return predicted === undefined ? "prune" : "none";
  if (live !== undefined) return modified ? "change" : "none";
  return predicted === undefined ? "unknown" : "create";
}
