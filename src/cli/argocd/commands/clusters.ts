import { type ClusterAddOptions, clusterAdd } from "../../commands/cluster-add.ts";
import { clusterPath } from "../../commands/cluster-path.ts";
import { type ClusterRmOptions, clusterRm } from "../../commands/cluster-rm.ts";
import { printJson, printYamlDocuments } from "../../print-object.ts";
import type { ClusterItem } from "../../words/cluster-rows.ts";
import type { ArgoContext } from "../argo-context.ts";
import { ARGO_EXIT } from "../exit-codes.ts";
import { tabTable } from "../words/tab-table.ts";

export type ClusterOutput = "json" | "yaml" | "wide" | "server";

export async function clusterList(
  context: ArgoContext,
  { output }: { output?: ClusterOutput },
): Promise<number> {
  const client = await context.client();
  const { items } = await client.get<{ items: ClusterItem[] | null }>("/api/v1/clusters");
  print(context, items ?? [], output, "list");
  return ARGO_EXIT.done;
}

export async function clusterGet(
  context: ArgoContext,
  name: string,
  { output = "yaml" }: { output?: ClusterOutput },
): Promise<number> {
  const client = await context.client();
  print(context, [await client.get<ClusterItem>(clusterPath(name))], output, "one");
  return ARGO_EXIT.done;
}

function print(
  context: ArgoContext,
  items: readonly ClusterItem[],
  output: ClusterOutput | undefined,
  as: "one" | "list",
): void {
  if (output === "json") printJson(context, as === "one" ? items[0] : items);
  else if (output === "yaml") printYamlDocuments(context, as === "one" ? items : [items]);
  else if (output === "server") context.print(items.map(({ server }) => server));
  else
    context.print(
      tabTable([
        ["SERVER", "NAME", "VERSION", "STATUS", "MESSAGE", "PROJECT"],
        ...items.map(({ server, name, serverVersion, connectionState, namespaces = [], project = "" }) => [
          namespaces.length === 0 ? server : `${server} (${namespaces.length} namespaces)`,
          name,
          serverVersion,
          connectionState.status,
          connectionState.message,
          project,
        ]),
      ]),
    );
}

/** As our own command, with argocd's last word. */
export async function clusterMake(
  context: ArgoContext,
  contextName: string,
  options: ClusterAddOptions,
): Promise<number> {
  const said = saying(context);
  await clusterAdd(said.context, contextName, options);
  if (!said.anything()) return ARGO_EXIT.done;
  const client = await context.client();
  const { server } = await client.get<ClusterItem>(clusterPath(options.name ?? contextName));
  context.print(`Cluster '${server}' added`);
  return ARGO_EXIT.done;
}

export async function clusterRemove(
  context: ArgoContext,
  clusters: readonly string[],
  options: ClusterRmOptions,
): Promise<number> {
  for (const cluster of clusters) {
    const said = saying(context);
    await clusterRm(said.context, [cluster], options);
    if (said.anything()) context.print(`Cluster '${cluster}' removed`);
  }
  return ARGO_EXIT.done;
}

/** A context that prints nothing, and whether it would have: whoever answers no to a question does nothing. */
function saying(context: ArgoContext): { context: ArgoContext; anything(): boolean } {
  let count = 0;
  return {
    context: {
      ...context,
      print() {
        count += 1;
      },
    },
    anything: () => count > 0,
  };
}
