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
    .argument("<context>", "of the kubeconfig")
    .option("--kubeconfig <file>", "default: KUBECONFIG, else ~/.kube/config")
    .option("--name <name>", "as destinations name it; default: the context's")
    .option("--label <name=value>", "may stand several times", pairFlag)
    .option("--annotation <name=value>", "may stand several times", pairFlag)
    .option("--namespace <namespace>", "these namespaces only; may stand several times", repeated)
    .option("--cluster-resources", "with --namespace: what has no namespace too")
    .option("--service-account <name>", "of an account that is there, with its own roles")
    .option("--system-namespace <namespace>", "where account and token lie", "kube-system")
    .option("--in-cluster", "its address is https://kubernetes.default.svc: the daemon runs there")
    .option("--project <project>", "applications of this project alone may use it")
    .option("--exec-command <program>", "the daemon gets its credentials from it; nothing is made there")
    .option("--exec-command-args <argument>", "of the program; may stand several times", repeated)
    .option("--exec-command-env <name=value>", "of the program; may stand several times", pairFlag)
    .option("--exec-command-api-version <version>", "of the ExecCredential that it prints")
    .option("--exec-command-install-hint <text>", "what to do where it is missing")
    .option("--aws-cluster-name <name>", "of EKS; the daemon runs argocd-k8s-auth for it")
    .option("--aws-role-arn <arn>", "with --aws-cluster-name: the role to take")
    .option("--aws-profile <profile>", "with --aws-cluster-name: of the daemon's machine")
    .option("--upsert", "in place of one of that name or address")
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
    .option("--name <name>", "from now on")
    .option("--namespace <namespace>", "these only, in place of all others; '*' is all", repeated)
    .option("--cluster-resources", "with namespaces: what has no namespace too")
    .option("--no-cluster-resources", "and not")
    .option("--label <name=value>", "in place of all others; may stand several times", pairFlag)
    .option("--annotation <name=value>", "in place of all others; may stand several times", pairFlag)
    .option("--project <project>", "applications of this project alone may use it; '' is everybody")
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
    .option("--kube-context <context>", "of it, --context for short; default: the cluster's name")
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
