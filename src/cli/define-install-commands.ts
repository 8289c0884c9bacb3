import { type Command, Option } from "commander";
import type { BackupOptions, RestoreOptions } from "./commands/backup.ts";
import type { InstallOptions } from "./commands/install.ts";
import { examples, output, type Start } from "./define-command.ts";
import { INSTALL_RIGHTS } from "./offline-verbs.ts";
import { repeated } from "./parse-flags.ts";

/** How it comes into a cluster, and how what it knows is kept elsewhere. */
export function defineInstallCommands(program: Command, start: Start): void {
  program
    .command("install")
    .description(
      "the manifests of an installation in a cluster, for kubectl or a repository; with --apply, put there",
    )
    .option("-n, --namespace <name>", "namespace of Holdfast and of its applications; default: argocd")
    .addOption(
      new Option(
        "--rights <size>",
        "all: everything; namespaces: chosen kinds in the namespaces of --in; read: it compares and writes nothing; default: as it is installed, else all",
      ).choices(INSTALL_RIGHTS),
    )
    .option("--in <namespace>", "with --rights namespaces: one of them; may be repeated", repeated)
    .option(
      "--kind <group/kinds>",
      "with --rights namespaces: apps/deployments, batch/*, configmaps",
      repeated,
    )
    .option(
      "--image <image>",
      "as your nodes have it; default: the one that is installed, else holdfast of this version",
    )
    .option("--storage <size>", "size of its volume; default: as it is installed, else 5Gi")
    .option("--storage-class <name>", "class of its volume, which stays then; default: the cluster's own")
    .option("--no-definitions", "leave the definitions of applications as they are there")
    .option("--apply", "put it into the cluster of the kubeconfig, once you have seen what that changes")
    .option("--kubeconfig <file>", "default: KUBECONFIG, else ~/.kube/config")
    .option("--kube-context <name>", "context of the kubeconfig; default: its current one")
    .option("-y, --yes", "do not ask")
    .addOption(output("yaml", "json"))
    .addHelpText(
      "after",
      examples(
        "install --image registry.example.com/holdfast:0.1.0 --apply",
        "install | kubectl apply --server-side -f -",
        "install --rights namespaces --in shop --in till",
      ),
    )
    .action((options: InstallOptions) =>
      start(async (context) => (await import("./commands/install.ts")).install(context, options)),
    );

  program
    .command("backup")
    .description(
      "what a daemon cannot learn again, in one file, while it runs: history, activity, accounts, what was added",
    )
    .argument("<file>", "a file that is not there yet; - is standard output")
    .option("--data <folder>", "the daemon's data folder; default: that of its config")
    .option("--config <file>", "the daemon's config")
    .addOption(output("json"))
    .addHelpText(
      "after",
      examples(
        "backup holdfast-1.tar",
        "backup - > holdfast-1.tar",
        "backup /backups/holdfast-1.tar --data /var/lib/holdfast",
      ),
    )
    .action((file: string, options: BackupOptions) =>
      start(async (context) => (await import("./commands/backup.ts")).backup(context, file, options)),
    );

  program
    .command("restore")
    .description("put a backup in the place of what a data folder holds; no daemon may run on it")
    .argument(
      "<file>",
      "a file that backup wrote, or the copy of a store that an upgrade kept; - is standard input",
    )
    .option("--data <folder>", "the daemon's data folder; default: that of its config")
    .option("--config <file>", "the daemon's config")
    .option("--check", "look at all of it, and write nothing")
    .option("-y, --yes", "do not ask")
    .addOption(output("json"))
    .addHelpText(
      "after",
      examples(
        "restore holdfast-1.tar --check",
        "restore holdfast-1.tar",
        "restore - --yes --data /var/lib/holdfast < holdfast-1.tar",
      ),
    )
    .action((file: string, options: RestoreOptions) =>
      start(async (context) => (await import("./commands/backup.ts")).restore(context, file, options)),
    );
}
