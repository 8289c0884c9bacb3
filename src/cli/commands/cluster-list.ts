import type { CliContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { printJsonList, printYamlDocuments } from "../print-object.ts";
import { table } from "../terminal/table.ts";

interface ClusterItem {
  name: string;
  server: string;
  serverVersion: string;
  connectionState: { status: string; message: string };
  info: { applicationsCount: number };
}

export async function clusterList(
  context: CliContext,
  { output }: { output?: "json" | "yaml" | "name" | "wide" },
): Promise<ExitCode> {
  const { items } = await (await context.client()).get<{ items: ClusterItem[] }>("/api/v1/clusters");
  if (output === "json") printJsonList(context, "ClusterList", { items });
  else if (output === "yaml") printYamlDocuments(context, [items]);
  else if (output === "name") context.print(items.map(({ name }) => name));
  else {
    const rows = items.map(({ name, server, serverVersion, connectionState: { status, message }, info }) => [
      name,
      server,
      serverVersion,
      context.out.state(status),
      String(info.applicationsCount),
      message,
    ]);
    const columns = [
      { head: "NAME" },
      { head: "SERVER", least: 20, shrinks: 2 },
      { head: "VERSION", hides: 1 },
      { head: "STATUS" },
      { head: "APPS" },
      { head: "WHY", least: 16, shrinks: 1 },
    ];
    context.print(table(context.out, columns, rows, { fit: output === "wide" ? "whole" : "terminal" }));
  }
  return EXIT.done;
}
