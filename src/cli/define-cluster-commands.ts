import type { Command } from "commander";
import type { ClusterAddOptions } from "./commands/cluster-add.ts";
import type { ClusterRmOptions } from "./commands/cluster-rm.ts";
import type { ClusterSetOptions } from "./commands/cluster-set.ts";
import { examples, output, type Start } from "./define-command.ts";
import { pairFlag, repeated } from "./parse-flags.ts";
import { CLUSTER_OUTPUTS, type ClusterOutput } from "./words/cluster-rows.ts";

export function defineClusterCommands(program: Command, start: Start): void {
  const cluster = program.command("cluster").description("clusters");
  cluster
    .command("list")
    .alias("ls")
    .description("list clusters, and whether they answer")
    .addOption(output(...CLUSTER_OUTPUTS))
    .addHelpText("after", examples("cluster list", "cluster list -o wide"))
    .action((options: { output?: ClusterOutput }) =>
      start(async (context) => (await import("./commands/cluster-list.ts")).clusterList(context, options)),
    );
  cluster
    .command("get")
    .description("one cluster; never its credentials")
    .argument("<cluster>", "its name or its address")
    .addOption(output(...CLUSTER_OUTPUTS))
    .addHelpText("after", examples("cluster get prod", "cluster get https://10.0.0.1:6443 -o wide"))
    .action((name: string, options: { output?: ClusterOutput }) =>
      start(async (context) =>
        (await import("./commands/cluster-list.ts")).clusterGet(context, name, options),
      ),
    );
  cluster
    .command("test")
    .description("whether the daemon reaches a cluster; ends with 5 where it does not")
    .argument("<cluster>", "its name or its address")
    .addOption(output("json"))
    .addHelpText("after", examples("cluster test prod"))
    .action((name: string, options: { output?: "json" }) =>
      start(async (context) =>
        (await import("./commands/cluster-list.ts")).clusterTest(context, name, options),
      ),
    );
  cluster
    .command("add")
    .description("make an account in the cluster of a kubeconfig's context, and give its token to the daemon")
    .argument("<context>", "a context of the kubeconfig")
    .option("--kubeconfig <file>", "default: KUBECONFIG, else ~/.kube/config")
    .option("--name <name>", "as destinations name it; default: the context's")
    .option("--label <name=value>", "a label of the cluster; may be repeated", pairFlag)
    .option("--annotation <name=value>", "an annotation of the cluster; may be repeated", pairFlag)
    .option("--namespace <namespace>", "only this namespace; may be repeated", repeated)
    .option("--cluster-resources", "with --namespace: also what has no namespace")
    .option("--service-account <name>", "an account that is there, with roles of its own")
    .option("--system-namespace <namespace>", "namespace of the account and its token", "kube-system")
    .option("--in-cluster", "its address is https://kubernetes.default.svc: the daemon runs there")
    .option("--project <project>", "applications of this project alone may use it")
    .option("--exec-command <program>", "program that gives the daemon its credentials; no account is made")
    .option("--exec-command-args <argument>", "an argument of the program; may be repeated", repeated)
    .option("--exec-command-env <name=value>", "a variable of the program; may be repeated", pairFlag)
    .option("--exec-command-api-version <version>", "version of the ExecCredential that it prints")
    .option("--exec-command-install-hint <text>", "what to do where it is missing")
    .option("--aws-cluster-name <name>", "name of a cluster of EKS; the daemon runs argocd-k8s-auth for it")
    .option("--aws-role-arn <arn>", "with --aws-cluster-name: the role to take")
    .option("--aws-profile <profile>", "with --aws-cluster-name: a profile of the daemon's machine")
    .option("--upsert", "replace one of that name or address")
    .option("--no-test", "keep it though it does not answer the daemon")
    .option("-y, --yes", "do not ask")
    .addOption(output(...CLUSTER_OUTPUTS))
    .addHelpText(
      "after",
      examples(
        "cluster add prod",
        "cluster add kind-dev --name dev --label env=dev",
        "cluster add prod --namespace shop -y",
        "cluster add prod --aws-cluster-name prod --aws-role-arn arn:aws:iam::1:role/deploy",
      ),
    )
    .action((name: string, options: ClusterAddOptions) =>
      start(async (context) =>
        (await import("./commands/cluster-add.ts")).clusterAdd(context, name, options),
      ),
    );
  cluster
    .command("set")
    .description("change what is written of a cluster that was added")
    .argument("<cluster>", "its name or its address")
    .option("--name <name>", "its new name")
    .option(
      "--namespace <namespace>",
      "only these, in place of those before; '*': all; may be repeated",
      repeated,
    )
    .option("--cluster-resources", "with namespaces: also what has no namespace")
    .option("--no-cluster-resources", "with namespaces: only what is in them")
    .option("--label <name=value>", "in place of those before; may be repeated", pairFlag)
    .option("--annotation <name=value>", "in place of those before; may be repeated", pairFlag)
    .option("--project <project>", "applications of this project alone may use it; '': of all projects")
    .addHelpText(
      "after",
      examples("cluster set prod --name live", "cluster set prod --label env=prod --project team"),
    )
    .action((name: string, options: ClusterSetOptions) =>
      start(async (context) =>
        (await import("./commands/cluster-set.ts")).clusterSet(context, name, options),
      ),
    );
  cluster
    .command("rm")
    .alias("delete")
    .description("forget clusters that were added; what applications delivered there stays")
    .argument("<clusters...>", "names or addresses")
    .option("--kubeconfig <file>", "for taking the account away; default: KUBECONFIG, else ~/.kube/config")
    .option(
      "--kube-context <context>",
      "context of the kubeconfig, --context for short; default: the cluster's name",
    )
    .option("--keep-access", "leave the account that cluster add made")
    .option("-y, --yes", "do not ask")
    .addHelpText("after", examples("cluster rm prod", "cluster rm prod --keep-access -y"))
    .action((names: string[], options: ClusterRmOptions) =>
      start(async (context) => (await import("./commands/cluster-rm.ts")).clusterRm(context, names, options)),
    );
  cluster
    .command("rotate-auth")
    .description("a new token in place of the one that cluster add made, which is revoked")
    .argument("<cluster>", "its name or its address")
    .addHelpText("after", examples("cluster rotate-auth prod"))
    .action((name: string) =>
      start(async (context) => (await import("./commands/cluster-set.ts")).clusterRotateAuth(context, name)),
    );
}
