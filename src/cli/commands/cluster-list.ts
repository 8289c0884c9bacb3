import { CliError } from "../cli-error.ts";
import type { CliContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { type ClusterItem, type ClusterOutput, printClusters } from "../words/cluster-rows.ts";
import { clusterPath } from "./cluster-path.ts";

export async function clusterList(
  context: CliContext,
  { output }: { output?: ClusterOutput },
): Promise<ExitCode> {
  const { items } = await (await context.client()).get<{ items: ClusterItem[] }>("/api/v1/clusters");
  printClusters(context, items, output);
  return EXIT.done;
}

/** Whether the daemon reaches it, as it knows from its watches and its own questions: at most 15 seconds old. */
export async function clusterTest(
  context: CliContext,
  cluster: string,
  { output }: { output?: "json" },
): Promise<ExitCode> {
  const item = await (await context.client()).get<ClusterItem>(clusterPath(cluster));
  const { status, message } = item.connectionState;
  const answers = status === "Successful";
  if (output === "json") printClusters(context, [item], output, "one");
  else if (answers)
    context.print(
      `${context.out.symbols.done} Cluster ${item.name} (${item.server}) answers${item.serverVersion === "" ? "" : ` (${item.serverVersion})`}.`,
    );
  if (answers) return EXIT.done;
  throw new CliError(
    EXIT.unreachable,
    `Cluster ${item.name} (${item.server}) ${status === "Failed" ? "does not answer" : "was not asked yet"}${message === "" ? "" : `: ${message}`}.`,
    ["What else the daemon reaches: holdfast status"],
  );
}

export async function clusterGet(
  context: CliContext,
  cluster: string,
  { output = "yaml" }: { output?: ClusterOutput },
): Promise<ExitCode> {
  const item = await (await context.client()).get<ClusterItem>(clusterPath(cluster));
  printClusters(context, [item], output, "one");
  return EXIT.done;
}
