import type { Command } from "commander";
import type { ClusterAddOptions } from "../commands/cluster-add.ts";
import type { ClusterRmOptions } from "../commands/cluster-rm.ts";
import { output } from "../define-command.ts";
import { pairFlag, repeated } from "../parse-flags.ts";
import type { ArgoStart } from "./argo-context.ts";
import type { AppsetListOptions } from "./commands/appsets.ts";
import type { CertAddOptions, CertListOptions } from "./commands/certs.ts";
import type { ClusterOutput } from "./commands/clusters.ts";
import type { RepoAddOptions, RepoOutput } from "./commands/repos.ts";

/** Clusters, repositories and sets: what applications are made of, and go to. */
export function defineEstateCommands(program: Command, start: ArgoStart): void {
  defineClusters(program, start);
  defineRepos(program, start);
  defineRepoCreds(program, start);
  defineCerts(program, start);
  defineSets(program, start);
}

function defineClusters(program: Command, start: ArgoStart): void {
  const commands = () => import("./commands/clusters.ts");
  const cluster = program.command("cluster").description("clusters");
  cluster
    .command("list")
    .alias("ls")
    .description("list clusters")
    .addOption(output("json", "yaml", "wide", "server"))
    .action((options: { output?: ClusterOutput }) =>
      start(async (context) => (await commands()).clusterList(context, options)),
    );
  cluster
    .command("get")
    .description("one cluster; never its credentials")
    .argument("<cluster>", "address or name")
    .addOption(output("json", "yaml", "wide", "server"))
    .action((name: string, options: { output?: ClusterOutput }) =>
      start(async (context) => (await commands()).clusterGet(context, name, options)),
    );
  cluster
    .command("add")
    .description("make an account in the cluster of a kubeconfig's context, and give its token to the daemon")
    .argument("<context>", "of the kubeconfig")
    .option("--kubeconfig <file>", "default: KUBECONFIG, else ~/.kube/config")
    .option("--name <name>", "as destinations name it; default: the context's")
    .option("--label <name=value>", "may be repeated", pairFlag)
    .option("--annotation <name=value>", "may be repeated", pairFlag)
    .option("--namespace <namespace>", "these namespaces only; may be repeated", repeated)
    .option("--cluster-resources", "with --namespace: what has no namespace too")
    .option("--service-account <name>", "one that is there, with its own roles")
    .option("--system-namespace <namespace>", "where account and token lie", "kube-system")
    .option("--in-cluster", "its address is https://kubernetes.default.svc")
    .option("--project <project>", "applications of this project alone may use it")
    .option("--exec-command <program>", "that the daemon gets its credentials from")
    .option("--exec-command-args <argument>", "may be repeated", repeated)
    .option("--exec-command-env <name=value>", "may be repeated", pairFlag)
    .option("--exec-command-api-version <version>", "of what it prints")
    .option("--exec-command-install-hint <text>", "where it is missing")
    .option("--aws-cluster-name <name>", "of EKS")
    .option("--aws-role-arn <arn>", "the role to take")
    .option("--aws-profile <profile>", "of the daemon's machine")
    .option("--upsert", "in place of one of that name or address")
    .option("-y, --yes", "do not ask")
    .action((name: string, options: ClusterAddOptions) =>
      start(async (context) => (await commands()).clusterMake(context, name, options)),
    );
  cluster
    .command("rm")
    .description("forget clusters; nothing that applications delivered there is touched")
    .argument("<clusters...>", "addresses or names")
    .option("--kubeconfig <file>", "default: KUBECONFIG, else ~/.kube/config")
    .option("-y, --yes", "do not ask")
    .action((names: string[], options: ClusterRmOptions) =>
      start(async (context) => (await commands()).clusterRemove(context, names, options)),
    );
}

function defineRepos(program: Command, start: ArgoStart): void {
  const commands = () => import("./commands/repos.ts");
  const repo = program.command("repo").description("repositories");
  credentialFlags(repo.command("add").description("make a repository known").argument("<url>"))
    .option("--name <name>", "of chart repositories")
    .option("--project <name>", "applications of this project alone may use it")
    .option("--insecure-skip-server-verification", "take any certificate")
    .option("--insecure-ignore-host-key", "changes nothing: keys of hosts are looked at")
    .option("--enable-lfs", "changes nothing: large files are not fetched")
    .option("--depth <commits>", "changes nothing: the commits are fetched that are needed")
    .option("--upsert", "in place of one of that address")
    .action((url: string, options: RepoAddOptions) =>
      start(async (context) => (await commands()).repoAdd(context, url, options)),
    );
  repo
    .command("list")
    .alias("ls")
    .description("list repositories")
    .option("--refresh <how>", "hard: ask them now")
    .addOption(output("json", "yaml", "wide", "url"))
    .action((options: { output?: RepoOutput; refresh?: string }) =>
      start(async (context) => (await commands()).repoList(context, options)),
    );
  repo
    .command("get")
    .description("one repository; never its credentials")
    .argument("<url>")
    .option("--project <name>", "whose it is")
    .addOption(output("json", "yaml", "wide", "url"))
    .action((url: string, options: { output?: RepoOutput; project?: string }) =>
      start(async (context) => (await commands()).repoGet(context, url, options)),
    );
  repo
    .command("rm")
    .description("forget repositories")
    .argument("<urls...>")
    .option("--project <name>", "whose they are")
    .action((urls: string[], options: { project?: string }) =>
      start(async (context) => (await commands()).repoRemove(context, urls, options)),
    );
}

function defineCerts(program: Command, start: ArgoStart): void {
  const commands = () => import("./commands/certs.ts");
  const cert = program
    .command("cert")
    .description("certificates of repository servers, and keys of ssh hosts");
  cert
    .command("add-tls")
    .description("have certificates believed for a server")
    .argument("<server>", "without a port")
    .option("--from <file>", "PEM; default: standard input")
    .option("--upsert", "in place of another one")
    .action((server: string, options: CertAddOptions) =>
      start(async (context) => (await commands()).certAddTls(context, server, options)),
    );
  cert
    .command("add-ssh")
    .description("have keys of ssh hosts believed")
    .option("--from <file>", "lines of a known_hosts file; default: standard input")
    .option("--batch", "many at once, which must be said")
    .option("--upsert", "in place of others")
    .action((options: CertAddOptions & { batch?: boolean }) =>
      start(async (context) => (await commands()).certAddSsh(context, options)),
    );
  cert
    .command("rm")
    .description("forget those of servers")
    .argument("<server>", "or a pattern")
    .option("--cert-type <type>", "ssh or https")
    .option("--cert-sub-type <type>", "of the key: ssh-ed25519")
    .action((server: string, options: { certType?: string; certSubType?: string }) =>
      start(async (context) => (await commands()).certRemove(context, server, options)),
    );
  cert
    .command("list")
    .alias("ls")
    .description("list them")
    .option("--cert-type <type>", "ssh or https")
    .option("--hostname-pattern <pattern>", "of these servers")
    .option("--sort <by>", "hostname or type")
    .addOption(output("json", "yaml", "wide"))
    .action((options: CertListOptions) =>
      start(async (context) => (await commands()).certList(context, options)),
    );
}

function credentialFlags(command: Command): Command {
  return command
    .option("--type <type>", "git, helm or oci")
    .option("--username <name>")
    .option("--password <password>", "without it: from standard input")
    .option("--bearer-token <token>", "of Bitbucket Data Center")
    .option("--ssh-private-key-path <file>")
    .option("--tls-client-cert-path <file>")
    .option("--tls-client-cert-key-path <file>")
    .option("--github-app-id <id>")
    .option("--github-app-installation-id <id>")
    .option("--github-app-private-key-path <file>")
    .option("--github-app-enterprise-base-url <url>")
    .option("--gcp-service-account-key-path <file>")
    .option("--azure-service-principal-client-id <id>")
    .option("--azure-service-principal-client-secret <secret>")
    .option("--azure-service-principal-tenant-id <id>")
    .option("--azure-active-directory-endpoint <url>")
    .option("--use-azure-workload-identity", "refused: it stands in the daemon's config")
    .option("--enable-oci", "a chart repository in a registry")
    .option("--insecure-oci-force-http", "ask a registry unencrypted")
    .option("--force-http-basic-auth", "send the password unasked")
    .option("--proxy <url>")
    .option("--noproxy <hosts>", "that are asked without it (--no-proxy)");
}

function defineRepoCreds(program: Command, start: ArgoStart): void {
  const commands = () => import("./commands/repos.ts");
  const creds = program.command("repocreds").description("credentials for all that begins with an address");
  credentialFlags(creds.command("add").description("make credentials known").argument("<url>"))
    .option("--upsert", "in place of those of that address")
    .action((url: string, options: RepoAddOptions) =>
      start(async (context) => (await commands()).repoCredsAdd(context, url, options)),
    );
  creds
    .command("list")
    .alias("ls")
    .description("list credentials")
    .addOption(output("json", "yaml", "wide", "url"))
    .action((options: { output?: RepoOutput }) =>
      start(async (context) => (await commands()).repoCredsList(context, options)),
    );
  creds
    .command("rm")
    .description("forget credentials")
    .argument("<urls...>")
    .action((urls: string[]) => start(async (context) => (await commands()).repoCredsRemove(context, urls)));
}

function defineSets(program: Command, start: ArgoStart): void {
  const commands = () => import("./commands/appsets.ts");
  const sets = program.command("appset").description("ApplicationSets");
  sets
    .command("list")
    .alias("ls")
    .description("list ApplicationSets")
    .option("-p, --project <name>", "of this project; may be repeated", repeated)
    .option("-l, --selector <selector>", "by their labels")
    .option("-N, --appset-namespace <namespace>", "of this namespace")
    .addOption(output("wide", "name", "json", "yaml"))
    .action((options: AppsetListOptions) =>
      start(async (context) => (await commands()).appsetList(context, options)),
    );
  sets
    .command("get")
    .description("one ApplicationSet")
    .argument("<name>", "name, or namespace/name")
    .addOption(output("json", "yaml", "wide"))
    .action((name: string, options: { output?: "json" | "yaml" | "wide" }) =>
      start(async (context) => (await commands()).appsetGet(context, name, options)),
    );
  sets
    .command("create")
    .description("make ApplicationSets")
    .argument("<files...>", "- is standard input")
    .option("--upsert", "in place of one of that name")
    .option("--dry-run", "write nothing")
    .addOption(output("json", "yaml"))
    .action((files: string[], options: { upsert?: true; dryRun?: true; output?: "json" | "yaml" }) =>
      start(async (context) => (await commands()).appsetCreate(context, files, options)),
    );
  sets
    .command("generate")
    .description("the applications that an ApplicationSet would make")
    .argument("<file>", "- is standard input")
    .addOption(output("wide", "json", "yaml", "name"))
    .action((file: string, options: { output?: "json" | "yaml" | "name" | "wide" }) =>
      start(async (context) => (await commands()).appsetGenerate(context, file, options)),
    );
  sets
    .command("delete")
    .description("delete ApplicationSets and their applications")
    .argument("<names...>")
    .option("-y, --yes", "do not ask")
    .action((names: string[], options: { yes?: true }) =>
      start(async (context) => (await commands()).appsetDelete(context, names, options)),
    );
}
