import { ago } from "../../lib/ago.ts";
import type { CliContext } from "../context.ts";
import { printJson, printJsonList, printYamlDocuments } from "../print-object.ts";
import { table } from "../terminal/table.ts";

interface CacheInfo {
  resourcesCount?: number;
  apisCount?: number;
  /** RFC 3339; absent: nothing was listed yet. */
  lastCacheSyncTime?: string;
}

/** A cluster as the API shows it. */
export interface ClusterItem {
  name: string;
  server: string;
  project?: string;
  namespaces?: string[];
  clusterResources?: boolean;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  serverVersion: string;
  connectionState: { status: string; message: string };
  info: { applicationsCount: number; cacheInfo?: CacheInfo };
}

export type ClusterOutput = "json" | "yaml" | "name" | "server" | "wide";
export const CLUSTER_OUTPUTS: readonly ClusterOutput[] = ["json", "yaml", "name", "server", "wide"];

export function printClusters(
  context: CliContext,
  items: readonly ClusterItem[],
  output: ClusterOutput | undefined,
  as: "list" | "one" = "list",
): void {
  if (output === "json") {
    if (as === "one") printJson(context, items[0]);
    else printJsonList(context, "ClusterList", { items });
  } else if (output === "yaml") printYamlDocuments(context, as === "one" ? items : [items]);
  else if (output === "name" || output === "server") context.print(items.map((item) => item[output]));
  else printTable(context, items, output === "wide" ? "wide" : "narrow");
}

function listedOf({ info }: ClusterItem, now: number): string {
  const at = info.cacheInfo?.lastCacheSyncTime;
  return at === undefined ? "" : ago(at, now);
}

function printTable(context: CliContext, items: readonly ClusterItem[], how: "wide" | "narrow"): void {
  const isWide = how === "wide";
  const rows = items.map((item) => [
    item.name,
    item.server,
    item.serverVersion,
    context.out.state(item.connectionState.status),
    String(item.info.applicationsCount),
    ...(isWide
      ? [
          String(item.info.cacheInfo?.resourcesCount ?? ""),
          listedOf(item, context.now()),
          item.project ?? "",
          item.namespaces?.join(",") ?? "",
          Object.entries(item.labels ?? {})
            .map(([name, value]) => `${name}=${value}`)
            .join(","),
        ]
      : []),
    item.connectionState.message,
  ]);
  const columns = [
    { head: "NAME" },
    { head: "SERVER", least: 20, shrinks: 2 },
    { head: "VERSION", hides: 1 },
    { head: "STATUS" },
    { head: "APPS" },
    ...(isWide
      ? [
          { head: "OBJECTS" },
          { head: "LISTED" },
          { head: "PROJECT" },
          { head: "NAMESPACES" },
          { head: "LABELS" },
        ]
      : []),
    { head: "WHY", least: 16, shrinks: 1 },
  ];
  context.print(table(context.out, columns, rows, { fit: isWide ? "whole" : "terminal" }));
}
