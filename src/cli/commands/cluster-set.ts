import { defined } from "../../lib/defined.ts";
import { CliError } from "../cli-error.ts";
import type { CliContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import type { ClusterItem } from "../words/cluster-rows.ts";
import { ACCOUNT_ANNOTATION, pairs } from "./cluster-add.ts";
import { clusterPath } from "./cluster-path.ts";

export interface ClusterSetOptions {
  name?: string;
  /** `*`: all of them. */
  namespace?: string[];
  clusterResources?: boolean;
  label?: { name: string; value: string }[];
  annotation?: { name: string; value: string }[];
  project?: string;
}

/** What is named takes the place of what was there; everything else stays. */
export async function clusterSet(
  context: CliContext,
  cluster: string,
  { name, namespace, clusterResources, label, annotation, project }: ClusterSetOptions,
): Promise<ExitCode> {
  const client = await context.client();
  const before =
    annotation === undefined ? {} : (await client.get<ClusterItem>(clusterPath(cluster))).annotations;
  const account = before?.[ACCOUNT_ANNOTATION];
  const body = defined({
    name,
    project,
    clusterResources,
    namespaces: namespace?.includes("*") === true ? [] : namespace,
    labels: label === undefined ? undefined : pairs(label),
    // Not the user's: cluster rm looks there for what it may take away.
    annotations:
      annotation === undefined
        ? undefined
        : { ...pairs(annotation), ...defined({ [ACCOUNT_ANNOTATION]: account }) },
  });
  const updatedFields = Object.keys(body);
  if (updatedFields.length === 0)
    throw new CliError(EXIT.usage, "There is nothing to set.", [
      "Name something: --name, --namespace, --cluster-resources, --label, --annotation or --project.",
    ]);
  const item = await client.send<ClusterItem>("PUT", clusterPath(cluster), {
    query: { updatedFields },
    body,
  });
  context.print(`${context.out.symbols.done} Cluster ${item.name} (${item.server}) is set.`);
  return EXIT.done;
}

export async function clusterRotateAuth(context: CliContext, cluster: string): Promise<ExitCode> {
  await (await context.client()).send("POST", `${clusterPath(cluster)}/rotate-auth`);
  context.print(
    `${context.out.symbols.done} Cluster ${cluster} has a new token, and the old one is revoked.`,
  );
  return EXIT.done;
}
