import { maskSecret } from "../../core/compare/index.ts";
import { parseApiVersion } from "../../core/model/kube-object.ts";
import type { ManagedResource } from "../control.ts";
import type { Target } from "../target/target.ts";

/** What the project does not permit is named, and what is there under its name is nobody's to read by it. */
export function notCompared(target: Target, denied: ReadonlyMap<string, string>): ManagedResource[] {
  return target.desired.flatMap(({ key, ref, object }): ManagedResource[] => {
    const why = denied.get(key);
    if (why === undefined) return [];
    return [
      {
        ref,
        version: parseApiVersion(object.apiVersion).version,
        live: undefined,
        target: maskSecret(object),
        predicted: undefined,
        modified: false,
        hook: false,
        resourceVersion: "",
        fields: [],
        why,
      },
    ];
  });
}
