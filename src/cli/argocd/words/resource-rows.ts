/** The rows of argocd's tables of objects: what is known of each, with what the last operation did to it. */
import type { Application } from "../../../core/model/application.ts";

export const RESOURCE_HEADS = ["GROUP", "KIND", "NAMESPACE", "NAME", "STATUS", "HEALTH", "HOOK", "MESSAGE"];

export interface ResourceRow {
  key: string;
  group: string;
  kind: string;
  namespace: string;
  name: string;
  status: string;
  health: string;
  hook: string;
  message: string;
}

/** In the order of the operation, then the objects that it did not touch. */
export function resourceRows({ status }: Application): ResourceRow[] {
  const rows = new Map<string, ResourceRow>();
  for (const result of status?.operationState?.syncResult?.resources ?? []) {
    const { group, kind, namespace, name } = result;
    const isHook = (result.hookType ?? "") !== "";
    const key = `${group}/${kind}/${namespace}/${name}`;
    rows.set(key, {
      key,
      group,
      kind,
      namespace,
      name,
      status: isHook ? (result.hookPhase ?? "") : (result.status ?? ""),
      health: "",
      hook: result.hookType ?? "",
      message: result.message,
    });
  }
  for (const one of status?.resources ?? []) {
    const { group = "", kind, namespace = "", name } = one;
    const key = `${group}/${kind}/${namespace}/${name}`;
    const known = rows.get(key);
    // What an operation did to a hook says more than what it is held against.
    if (known !== undefined && known.hook !== "") continue;
    rows.set(key, {
      key,
      group,
      kind,
      namespace,
      name,
      status: one.status ?? "",
      health: one.health?.status ?? "",
      hook: "",
      message: known?.message ?? one.health?.message ?? "",
    });
  }
  return [...rows.values()];
}

export function cellsOf({
  group,
  kind,
  namespace,
  name,
  status,
  health,
  hook,
  message,
}: ResourceRow): string[] {
  return [group, kind, namespace, name, status, health, hook, message];
}
