import { IN_CLUSTER } from "../../core/model/application.ts";
import { defined } from "../../lib/defined.ts";
import { CliError } from "../cli-error.ts";
import { confirm } from "../confirm.ts";
import type { CliContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import type { Client } from "../http/client.ts";
import { Refused } from "../http/refusal.ts";
import { type ClusterItem, type ClusterOutput, printClusters } from "../words/cluster-rows.ts";
import { count } from "../words/count.ts";
import { clusterPath } from "./cluster-path.ts";

export interface ClusterAddOptions {
  kubeconfig?: string;
  name?: string;
  label?: { name: string; value: string }[];
  annotation?: { name: string; value: string }[];
  namespace?: string[];
  clusterResources?: boolean;
  serviceAccount?: string;
  systemNamespace: string;
  inCluster?: boolean;
  project?: string;
  execCommand?: string;
  execCommandArgs?: string[];
  execCommandEnv?: { name: string; value: string }[];
  execCommandApiVersion?: string;
  execCommandInstallHint?: string;
  awsClusterName?: string;
  awsRoleArn?: string;
  awsProfile?: string;
  upsert?: boolean;
  /** False: it is kept whether it answers or not. */
  test: boolean;
  yes?: boolean;
  output?: ClusterOutput;
}

/** Where it stands which account `cluster add` made, for `cluster rm`. */
export const ACCOUNT_ANNOTATION = "holdfast.dev/cluster-account";
/** How long it is looked whether the daemon reaches it. */
const LOOKS = 40;
/** Of the daemon, by the codes of its failures. */
const NOT_ANSWERED: ReadonlySet<string> = new Set(["cluster-unreachable", "cluster-auth"]);
const LOOK_EVERY_MS = 250;

/**
 * Makes an account in the cluster of a context, as whoever runs this, and gives its token to the daemon; or has the
 * daemon get its credentials from a program, and makes nothing.
 */
export async function clusterAdd(
  context: CliContext,
  contextName: string,
  options: ClusterAddOptions,
): Promise<ExitCode> {
  const { host } = context;
  const namespaces = options.namespace ?? [];
  const program = programFlags(options);
  const account = await host.verbs.clusterAccount({
    context: contextName,
    systemNamespace: options.systemNamespace,
    namespaces,
    signal: host.signal,
    ...defined({ kubeconfig: options.kubeconfig, serviceAccount: options.serviceAccount }),
  });
  const name = options.name ?? contextName;
  const server = options.inCluster === true ? IN_CLUSTER : account.server;
  const client = await context.client();
  if (options.upsert !== true) await refuseKnown(client, name, server);
  if (program === undefined) {
    context.note(`In ${contextName} (${account.server}) it makes, where it is not there yet:`);
    for (const made of account.makes) context.note(`  ${made}`);
    context.note(`The daemon may ${may(options)}.`);
  } else
    context.note(
      `In ${contextName} (${account.server}) it makes nothing: the daemon runs ${program.runs} on its machine, and may what its credentials permit.`,
    );
  if (options.yes !== true && !(await confirm(context, `Add cluster ${name} (${server})?`))) {
    context.note(program === undefined ? "Nothing was made." : "Nothing was added.");
    return EXIT.done;
  }
  const config =
    program === undefined ? await account.grant() : { ...account.address, ...program.credential };
  const put = client.send("POST", "/api/v1/clusters", {
    query: {
      upsert: options.upsert === true ? "true" : undefined,
      validate: options.test ? undefined : "false",
    },
    body: {
      name,
      server,
      config,
      namespaces,
      ...defined({ clusterResources: options.clusterResources, project: options.project }),
      labels: pairs(options.label),
      annotations: {
        ...pairs(options.annotation),
        ...(options.serviceAccount === undefined ? { [ACCOUNT_ANNOTATION]: account.account } : {}),
      },
    },
  });
  try {
    await put;
  } catch (cause) {
    throw notAnswered(cause, `${name} (${server})`, program === undefined ? "account" : "program");
  }
  const seen = await untilAsked(client, name, host.signal);
  const item = options.upsert === true ? await askedAnew(client, seen) : seen;
  if (options.output !== undefined) printClusters(context, [item], options.output, "one");
  else context.print(said(context, item));
  return EXIT.done;
}

/**
 * Credentials that a program of the daemon's machine prints.
 * @returns undefined where no flag names one
 */
function programFlags(
  options: ClusterAddOptions,
): { runs: string; credential: Record<string, unknown> } | undefined {
  const { execCommand, awsClusterName, serviceAccount } = options;
  const given = Object.entries({
    "--exec-command-args": options.execCommandArgs,
    "--exec-command-env": options.execCommandEnv,
    "--exec-command-api-version": options.execCommandApiVersion,
    "--exec-command-install-hint": options.execCommandInstallHint,
    "--aws-role-arn": options.awsRoleArn,
    "--aws-profile": options.awsProfile,
  }).flatMap(([flag, value]) => (value === undefined ? [] : [flag]));
  const lacks = (flag: string, prefix: string): void => {
    const alone = given.find((each) => each.startsWith(prefix));
    if (alone !== undefined) throw new CliError(EXIT.usage, `${alone} needs ${flag}.`);
  };
  if (execCommand === undefined) lacks("--exec-command", "--exec-");
  if (awsClusterName === undefined) lacks("--aws-cluster-name", "--aws-");
  const ways = Object.entries({
    "--exec-command": execCommand,
    "--aws-cluster-name": awsClusterName,
    "--service-account": serviceAccount,
  }).flatMap(([flag, value]) => (value === undefined ? [] : [flag]));
  if (ways.length > 1)
    throw new CliError(
      EXIT.usage,
      `${ways.join(" and ")} are two ways of saying who asks. Keep one of them.`,
    );
  if (execCommand !== undefined)
    return {
      runs: execCommand,
      credential: {
        execProviderConfig: {
          command: execCommand,
          args: options.execCommandArgs ?? [],
          env: pairs(options.execCommandEnv),
          ...defined({
            apiVersion: options.execCommandApiVersion,
            installHint: options.execCommandInstallHint,
          }),
        },
      },
    };
  if (awsClusterName !== undefined)
    return {
      runs: "argocd-k8s-auth aws",
      credential: {
        awsAuthConfig: {
          clusterName: awsClusterName,
          ...defined({ roleARN: options.awsRoleArn, profile: options.awsProfile }),
        },
      },
    };
  return undefined;
}

function may({ serviceAccount, namespace = [], clusterResources }: ClusterAddOptions): string {
  if (serviceAccount !== undefined) return `do what the roles of ${serviceAccount} permit`;
  if (namespace.length === 0) return "read and write everything there";
  const others =
    clusterResources === true ? "; what has no namespace it may touch once you grant it a ClusterRole" : "";
  return `read and write everything in ${count(namespace.length, "namespace")} (${namespace.join(", ")}), and nothing else${others}`;
}

export function pairs(list: readonly { name: string; value: string }[] = []): Record<string, string> {
  return Object.fromEntries(list.map(({ name, value }) => [name, value]));
}

/** What a person can do where the daemon asked the cluster and it did not answer; anything else as it is. */
function notAnswered(cause: unknown, what: string, by: "account" | "program"): unknown {
  if (!(cause instanceof Refused) || !NOT_ANSWERED.has(cause.body.details?.reason ?? "")) return cause;
  return new CliError(
    EXIT.unreachable,
    `Cluster ${what} does not answer the daemon, and is not added: ${cause.body.details?.why ?? cause.message}.`,
    [
      ...(by === "account" ? ["Its account stays there for the next try."] : []),
      "Run this again once the daemon reaches it; to have it kept all the same, add --no-test.",
    ],
  );
}

/** Before anything is made: the daemon would refuse it after. */
async function refuseKnown(client: Client, name: string, server: string): Promise<void> {
  const { items } = await client.get<{ items: ClusterItem[] }>("/api/v1/clusters");
  const known = items.find((item) => item.name === name || item.server === server);
  if (known !== undefined)
    throw new CliError(
      EXIT.conflict,
      `There is a cluster ${known.name} (${known.server}) already, and nothing was made.`,
      ["Put this one in its place with --upsert, or give it another --name."],
    );
}

/** The daemon asks it as soon as it has it. */
async function untilAsked(client: Client, name: string, signal: AbortSignal): Promise<ClusterItem> {
  for (let look = 1; ; look++) {
    const item = await client.get<ClusterItem>(clusterPath(name));
    const { connectionState, serverVersion } = item;
    const isTold =
      connectionState.status === "Successful" ? serverVersion !== "" : connectionState.status === "Failed";
    if (isTold || look === LOOKS) return item;
    signal.throwIfAborted();
    await Bun.sleep(LOOK_EVERY_MS);
  }
}

/** What was seen last may be of the credentials before these, which go with the next request. */
async function askedAnew(client: Client, item: ClusterItem): Promise<ClusterItem> {
  try {
    const path = `/api/holdfast/v1/clusters/${encodeURIComponent(item.name)}/test`;
    const query = { "id.type": "name" };
    const { serverVersion } = await client.send<{ serverVersion: string }>("POST", path, { query });
    return { ...item, serverVersion, connectionState: { status: "Successful", message: "" } };
  } catch (cause) {
    if (!(cause instanceof CliError) || cause.code === EXIT.interrupted) throw cause;
    const message = cause.message.replace(/\.$/, "");
    return { ...item, connectionState: { status: "Failed", message } };
  }
}

function said({ out }: CliContext, { name, server, serverVersion, connectionState }: ClusterItem): string {
  const added = `Cluster ${name} (${server}) is added`;
  return connectionState.status === "Successful"
    ? `${out.symbols.done} ${added}, and answers the daemon (${serverVersion}).`
    : `${out.symbols.warning} ${added}, and does not answer the daemon yet: ${connectionState.message === "" ? "it was not heard" : connectionState.message}.`;
}
