/** Objects that were found, as a table for spreadsheets. */

import type { FoundResource } from "../../core/model/found-resource.ts";
import { csvLine } from "../../lib/csv.ts";

const HEAD = [
  "application",
  "project",
  "cluster",
  "namespace",
  "group",
  "kind",
  "name",
  "is",
  "of",
  "sync",
  "health",
  "images",
];

/** RFC 4180, a head first, and no cell that a spreadsheet runs. */
export function foundCsv(items: readonly FoundResource[]): string {
  const lines = items.map(
    ({ application, project, cluster, namespace, group, kind, name, is, of, sync, health, images }) =>
      csvLine([
        ...[application, project, cluster, namespace ?? "", group ?? "", kind, name, is],
        ...[of === undefined ? "" : `${of.kind}/${of.name}`, sync ?? "", health ?? ""],
        (images ?? []).join(" "),
      ]),
  );
  return [csvLine(HEAD), ...lines].join("");
}
