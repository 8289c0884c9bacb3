/** What Kubernetes tells of objects, as lines. */
import type { KubeObject } from "../../core/model/kube-object.ts";
import { age } from "../../lib/ago.ts";
import type { Column } from "../terminal/table.ts";
import { objectName } from "./app-words.ts";

/** As Kubernetes has it; whoever writes one may leave anything out. */
export interface KubeEvent extends KubeObject {
  type?: string;
  reason?: string;
  message?: string;
  count?: number;
  lastTimestamp?: string | null;
  eventTime?: string | null;
  series?: { count?: number; lastObservedTime?: string };
  involvedObject?: { apiVersion?: string; kind?: string; namespace?: string; name?: string };
}

export const EVENT_COLUMNS: readonly Column[] = [
  { head: "LAST" },
  { head: "TYPE" },
  { head: "REASON", least: 10, shrinks: 3 },
  { head: "OBJECT", least: 12, shrinks: 2 },
  { head: "COUNT", hides: 1 },
  { head: "MESSAGE", least: 16, shrinks: 1 },
];

/** RFC 3339; "" where it does not say. */
export function lastOf({ series, lastTimestamp, eventTime, metadata }: KubeEvent): string {
  return series?.lastObservedTime ?? lastTimestamp ?? eventTime ?? metadata.creationTimestamp ?? "";
}

/** @param usual the namespace that goes without saying */
export function eventRow(event: KubeEvent, usual: string, nowMs: number): string[] {
  const { kind = "", namespace = "", name = "" } = event.involvedObject ?? {};
  const many = event.series?.count ?? event.count ?? 1;
  return [
    age(lastOf(event) || undefined, nowMs),
    event.type ?? "",
    event.reason ?? "",
    kind === "" ? name : objectName({ kind, namespace, name }, usual),
    String(many),
    (event.message ?? "").replaceAll(/\s+/g, " ").trim(),
  ];
}
