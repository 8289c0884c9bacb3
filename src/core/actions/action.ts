import { isMapping } from "../../lib/is-mapping.ts";
import type { KubeObject } from "../model/kube-object.ts";
import type { ActionAsk, ActionParameter, ActionWrite } from "../model/resource-action.ts";

/** An action of ours for some kinds. */
export interface BuiltInAction {
  name: string;
  says: string;
  parameters?(object: KubeObject): ActionParameter[];
  /** @returns why it makes no sense now */
  idle?(object: KubeObject): string | undefined;
  /**
   * @param object a copy that it may change
   * @throws {ActionRefused}
   */
  run(object: KubeObject, ask: ActionAsk): ActionWrite[];
}

/** The value at the end of these steps; undefined where one of them leads nowhere. */
export function fieldOf(object: KubeObject, ...path: string[]): unknown {
  return path.reduce<unknown>(
    (value, step) => (isMapping(value) && Object.hasOwn(value, step) ? value[step] : undefined),
    object,
  );
}

/** Sets a field, and makes the mappings on the way to it. `undefined` takes it away. */
export function setField(object: KubeObject, path: readonly string[], value: unknown): ActionWrite[] {
  let holder: Record<string, unknown> = object;
  for (const step of path.slice(0, -1)) {
    if (!isMapping(holder[step])) {
      if (value === undefined) return [{ do: "change", after: object }];
      holder[step] = {};
    }
    holder = holder[step] as Record<string, unknown>;
  }
  const last = path.at(-1) ?? "";
  if (value === undefined) delete holder[last];
  else holder[last] = value;
  return [{ do: "change", after: object }];
}
