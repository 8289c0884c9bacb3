import type { Application } from "../../core/model/application.ts";
import { IN_CLUSTER } from "../../core/model/application.ts";
import { Failure } from "../../core/model/failure.ts";
import { defined } from "../../lib/defined.ts";
import { confirm } from "../confirm.ts";
import type { CliContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import type { ClusterAccount } from "../offline-verbs.ts";
import { nameOf } from "../words/app-words.ts";
import type { ClusterItem } from "../words/cluster-rows.ts";
import { andMore, count } from "../words/count.ts";
import { ACCOUNT_ANNOTATION } from "./cluster-add.ts";
import { clusterPath } from "./cluster-path.ts";

export interface ClusterRmOptions {
  kubeconfig?: string;
  kubeContext?: string;
  keepAccess?: boolean;
  yes?: boolean;
}

const MOST_NAMED = 10;

/** The daemon forgets them; nothing that applications delivered there is touched. */
export async function clusterRm(
  context: CliContext,
  clusters: readonly string[],
  options: ClusterRmOptions,
): Promise<ExitCode> {
  const client = await context.client();
  for (const cluster of clusters) {
    const item = await client.get<ClusterItem>(clusterPath(cluster));
    const apps = await applicationsOf(context, item);
    if (apps.length > 0)
      context.note(
        `${count(apps.length, "application")} of ${item.name} will be Unknown, and keep their objects: ${andMore(apps, MOST_NAMED)}`,
      );
    const access =
      options.keepAccess === true ? "" : ", and take away the account that cluster add made there";
    if (
      options.yes !== true &&
      !(await confirm(context, `Remove cluster ${item.name} (${item.server})${access}?`))
    ) {
      context.note(`Cluster ${item.name} stays.`);
      continue;
    }
    await client.send("DELETE", clusterPath(item.name));
    context.print(`${context.out.symbols.done} Cluster ${item.name} (${item.server}) is removed.`);
    if (options.keepAccess !== true) await revoke(context, item, options);
  }
  return EXIT.done;
}

async function applicationsOf(context: CliContext, { name, server }: ClusterItem): Promise<string[]> {
  const { items } = await (await context.client()).get<{ items: Application[] | null }>(
    "/api/v1/applications",
  );
  return (items ?? [])
    .filter(({ spec: { destination } }) => destination.name === name || destination.server === server)
    .map(nameOf);
}

/** Whoever may not, or has no way there, is told what stays: the daemon has let go of it anyway. */
async function revoke(
  context: CliContext,
  { name, server, namespaces = [], annotations = {} }: ClusterItem,
  options: ClusterRmOptions,
): Promise<void> {
  const [systemNamespace, account] = (annotations[ACCOUNT_ANNOTATION] ?? "").split("/");
  if (systemNamespace === undefined || account === undefined)
    return context.note("Its account was not made by cluster add, and stays.");
  let found: ClusterAccount | undefined;
  try {
    found = await context.host.verbs.clusterAccount({
      context: options.kubeContext ?? name,
      systemNamespace,
      namespaces,
      signal: context.signal,
      ...defined({ kubeconfig: options.kubeconfig }),
    });
    if (server !== IN_CLUSTER && found.server.replace(/\/+$/, "") !== server) {
      context.note(`Its account stays: the context leads to ${found.server}.`);
      return context.note(`  Name another one: --context, or delete there: ${found.makes.join(", ")}`);
    }
    const gone = await found.revoke();
    context.note(
      gone.length === 0 ? "There was nothing of it there any more." : `Gone there: ${gone.join(", ")}`,
    );
  } catch (cause) {
    if (!(cause instanceof Failure)) throw cause;
    context.note(`Its account stays: ${cause.message}`);
    context.note(
      `  Delete there: ${found?.makes.join(", ") ?? `ServiceAccount ${systemNamespace}/${account}, with its Secret, roles and bindings`}`,
    );
  }
}
