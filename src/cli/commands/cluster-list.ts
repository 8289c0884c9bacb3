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

export async function clusterGet(
  context: CliContext,
  cluster: string,
  { output = "yaml" }: { output?: ClusterOutput },
): Promise<ExitCode> {
  const item = await (await context.client()).get<ClusterItem>(clusterPath(cluster));
  printClusters(context, [item], output, "one");
  return EXIT.done;
}
