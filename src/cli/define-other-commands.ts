import { type Command, Option } from "commander";
import type { ApproveRemovalOptions } from "./commands/admin-approve-removal.ts";
import type { RbacOptions } from "./commands/admin-rbac.ts";
import type { ResetOptions } from "./commands/admin-reset-password.ts";
import type { AdoptOptions } from "./commands/adopt.ts";
import type { BlastOptions } from "./commands/blast.ts";
import type { RenderOptions } from "./commands/render.ts";
import type { EntriesOptions } from "./commands/runs.ts";
import type { ValidateOptions } from "./commands/validate.ts";
import { examples, output, type Start } from "./define-command.ts";
import { DEMO_ACTIONS, type DemoAction } from "./offline-verbs.ts";
import { repeated, wholeNumberFlag } from "./parse-flags.ts";

/** What needs no daemon, or is one. */
interface AdoptFlags extends AdoptOptions {
  take?: true;
  undo?: true;
  export?: string;
}

export function defineOfflineCommands(program: Command, start: Start): void {
  program
    .command("serve")
    .description("run the daemon: API, page, metrics")
    .option("--config <file>", "its config")
    .addHelpText("after", examples("serve --config config/holdfast.yaml"))
    .action((options: { config?: string }) =>
      start(async (context) => (await import("./commands/serve.ts")).serve(context, options)),
    );

  const demo = program
    .command("demo")
    .description("run the daemon with a cluster of its own and an example repository; nothing else is needed")
    .option("--dir <folder>", "where it keeps its things")
    .option("--listen <address>", "where it answers")
    .option(
      "--apps <count>",
      "this many plain applications beside the first three, in place of the others; 0: the three alone",
      wholeNumberFlag,
    )
    .addHelpText("after", examples("demo", "demo commit", "demo break"))
    .action((options: { dir?: string; listen?: string; apps?: number }) =>
      start(async (context) => (await import("./commands/serve.ts")).demo(context, options)),
    );
  const does: Record<DemoAction, string> = {
    commit: "commit a change to the example repository",
    edit: "change the cluster by hand",
    break: "commit an image that does not start",
    heal: "revert that commit",
  };
  for (const action of DEMO_ACTIONS) {
    demo
      .command(action)
      .description(does[action])
      .argument("[app]", "one of the demo's applications")
      .option("--dir <folder>", "where the demo keeps its things")
      .addHelpText("after", examples(`demo ${action}`))
      .action((app: string | undefined, options: { dir?: string }) =>
        start(async (context) =>
          (await import("./commands/serve.ts")).demoAction(context, action, app, {
            ...demo.opts<{ dir?: string }>(),
            ...options,
          }),
        ),
      );
  }

  program
    .command("validate")
    .alias("check")
    .description(
      "check the config, or files and folders of Application, AppProject and ApplicationSet manifests",
    )
    .argument("[files...]", "without any: the config")
    .option("--config <file>", "the config")
    .option("--source <folder>", "in place of the repositories of ApplicationSets' Git generators")
    .option("--clusters <file>", "the clusters that there are, for their cluster generators")
    .addOption(output("json"))
    .addHelpText(
      "after",
      examples(
        "validate",
        "validate apps/ projects/team.yaml",
        "validate sets/ --source . --clusters clusters.yaml",
      ),
    )
    .action((files: string[], options: ValidateOptions) =>
      start(async (context) => (await import("./commands/validate.ts")).validate(context, files, options)),
    );

  program
    .command("render")
    .description(
      "the manifests of an application, or of all that ApplicationSets make, without a daemon or a cluster",
    )
    .requiredOption("-f, --file <file>", "the Application, or ApplicationSets")
    .option("--source <folder>", "in place of its repository")
    .option("--clusters <file>", "the clusters that there are, for cluster generators")
    .option("--config <file>", "the config: repositories, tools, renderers")
    .addOption(output("json", "yaml"))
    .addHelpText("after", examples("render -f apps/web.yaml", "render -f apps/web.yaml --source ."))
    .action((options: RenderOptions) =>
      start(async (context) => (await import("./commands/render.ts")).render(context, options)),
    );

  program
    .command("doctor")
    .description("check config, tools, sandbox, repositories and clusters")
    .option("--config <file>", "the config")
    .addOption(output("json"))
    .addHelpText("after", examples("doctor --config config/holdfast.yaml"))
    .action((options: { config?: string; output?: "json" }) =>
      start(async (context) => (await import("./commands/doctor.ts")).doctor(context, options)),
    );

  program
    .command("adopt")
    .description(
      "beside a running Argo CD: where Holdfast would judge its applications otherwise, and why; and takes them over",
    )
    .argument("[apps...]", "names, or namespace/name; default: all of them")
    .option(
      "--kube-context <name>",
      "of the cluster that Argo CD runs in, --context for short; default: the kubeconfig's current one",
    )
    .option("--kubeconfig <file>", "default: KUBECONFIG, else ~/.kube/config")
    .option("-n, --namespace <name>", "Argo CD's own", "argocd")
    .option("--config <file>", "a daemon's config: its repositories, tools and renderers count too")
    .option("--take", "put them into the running daemon, once Argo CD has let go of them")
    .addOption(new Option("--undo", "have the daemon let go of them again").conflicts("take"))
    .addOption(
      new Option(
        "--export <folder>",
        "write them as files of a home of its own, with projects, repositories and clusters",
      ).conflicts(["take", "undo"]),
    )
    .option("--all", "take, or undo, all of them")
    .option("--different", "take also what the daemon would write to at once")
    .option("--despite-problems", "take also where something of Argo CD's could not be read")
    .option("-y, --yes", "do not ask")
    .addOption(output("json"))
    .addHelpText(
      "after",
      `${examples("adopt --context prod", "adopt shop --context prod -o json", "adopt --take shop", "adopt --undo --all", "adopt --export ./estate")}\n\nWithout --take and --undo it writes nothing, to no cluster, no repository and no daemon. Without --timeout it looks for five minutes.`,
    )
    .action((apps: string[], { take, undo, export: folder, ...options }: AdoptFlags) =>
      start(async (context) => {
        if (folder !== undefined)
          return (await import("./commands/adopt-export.ts")).adoptExport(context, folder, apps, options);
        if (take === true)
          return (await import("./commands/adopt-take.ts")).adoptTake(context, apps, options);
        if (undo === true)
          return (await import("./commands/adopt-undo.ts")).adoptUndo(context, apps, options);
        return (await import("./commands/adopt.ts")).adopt(context, apps, options);
      }),
    );

  program
    .command("version")
    .description("what this program is")
    .option("--short", "the number alone")
    .addOption(new Option("--client", "so it is anyway").hideHelp())
    .addOption(output("json"))
    .addHelpText("after", examples("version", "version -o json"))
    .action((options: { output?: "json"; short?: true }) =>
      start(async (context) => (await import("./commands/version.ts")).version(context, options)),
    );

  const admin = program
    .command("admin")
    .description("look into how Holdfast judges, and answer what it asks");
  admin
    .command("health")
    .description("the health of the objects in a file, as JSON")
    .argument("<file>", "YAML or JSON; - is standard input")
    .option("--explain", "and by which rule, on what evidence")
    .option("--config <file>", "its health checks count too")
    .addHelpText(
      "after",
      examples(
        "admin health deployment.yaml --explain",
        "admin health widget.yaml --config config/holdfast.yaml",
      ),
    )
    .action((file: string, options: { explain?: true; config?: string }) =>
      start(async (context) =>
        (await import("./commands/admin-health.ts")).adminHealth(context, file, options),
      ),
    );
  admin
    .command("definitions")
    .description("the definitions of Application and AppProject, as YAML for kubectl")
    .addHelpText("after", examples("admin definitions | kubectl apply --server-side -f -"))
    .action(() =>
      start(async (context) => (await import("./commands/admin-definitions.ts")).adminDefinitions(context)),
    );
  const rbac = admin.command("rbac").description("what a policy permits, and what is wrong with it");
  rbac
    .command("can")
    .description("whether a policy permits it: Yes (exit code 0) or No (1), and the line that says so")
    .argument(
      "<subject>",
      "user, role or group; groups of the user behind commas: ann,my-org:team; @FILE: a token's claims as JSON",
    )
    .argument("<action>", "get, sync, action/apps/Deployment/restart, …")
    .argument("<resource>", "applications, projects, …; short: app, proj, repo, …")
    .argument("[object]", "<project>/<name>, a name or an address; default: all of them", "*")
    .option("--policy <file>", "policy.csv, or argocd-rbac-cm as YAML; - is standard input")
    .option("--project <file>", "AppProjects, whose roles count in them; may be repeated", repeated)
    .option("--default-role <role>", "what everybody has; default: policy.default of the ConfigMap")
    .addOption(output("json"))
    .addHelpText(
      "after",
      examples(
        "admin rbac can ann sync app team/web --policy policy.csv",
        "admin rbac can ann,my-org:team delete projects team --policy argocd-rbac-cm.yaml",
        "admin rbac can role:readonly get logs",
        "admin rbac can proj:team:ci sync app team/web --project team.yaml",
      ),
    )
    .action((subject: string, action: string, resource: string, object: string, options: RbacOptions) =>
      start(async (context) =>
        (await import("./commands/admin-rbac.ts")).rbacCan(
          context,
          { subject, action, resource, object },
          options,
        ),
      ),
    );
  rbac
    .command("validate")
    .description("what cannot be read in a policy, and what does not say what it seems to")
    .argument("<file>", "policy.csv, or argocd-rbac-cm as YAML; - is standard input")
    .option("--default-role <role>", "default: policy.default of the ConfigMap")
    .addOption(output("json"))
    .addHelpText("after", examples("admin rbac validate policy.csv"))
    .action((file: string, options: Pick<RbacOptions, "defaultRole" | "output">) =>
      start(async (context) =>
        (await import("./commands/admin-rbac.ts")).rbacValidate(context, file, options),
      ),
    );
  admin
    .command("reset-password")
    .description("a new password for an account, by whoever has the daemon's host; default: admin")
    .argument("[account]", "its name")
    .option("--password-stdin", "read it from standard input; default: one is made, and printed")
    .option("--data <folder>", "the daemon's data folder; default: that of its config")
    .option("--config <file>", "the daemon's config")
    .addHelpText("after", examples("admin reset-password", "admin reset-password ann --password-stdin"))
    .action((account: string | undefined, options: ResetOptions) =>
      start(async (context) =>
        (await import("./commands/admin-reset-password.ts")).adminResetPassword(context, account, options),
      ),
    );
  admin
    .command("pause")
    .description("the emergency brake: the whole daemon writes nothing to any cluster, until it is resumed")
    .option("--deletions", "leave deletions undone, and do all else")
    .option("--why <text>", "why, for whoever comes upon it")
    .addHelpText(
      "after",
      examples('admin pause --why "wrong merge in platform"', "admin pause --deletions", "admin resume"),
    )
    .action(({ deletions, ...options }: { deletions?: true; why?: string }) =>
      start(async (context) =>
        (await import("./commands/admin-pause.ts")).pause(
          context,
          deletions === true ? "deletions" : "writes",
          options,
        ),
      ),
    );
  admin
    .command("resume")
    .description("end what admin pause began")
    .option("--why <text>", "why, for the activity")
    .addHelpText("after", examples("admin resume"))
    .action((options: { why?: string }) =>
      start(async (context) => (await import("./commands/admin-pause.ts")).resume(context, options)),
    );
  admin
    .command("approve-removal")
    .description(
      "approve of removing applications and ApplicationSets that are missing from the folders, many at once or the last of one",
    )
    .option("-y, --yes", "do not ask")
    .option("--confirm <count>", "do not ask, if there are exactly this many", wholeNumberFlag)
    .addHelpText("after", examples("admin approve-removal", "admin approve-removal --confirm 12"))
    .action((options: ApproveRemovalOptions) =>
      start(async (context) =>
        (await import("./commands/admin-approve-removal.ts")).approveRemoval(context, options),
      ),
    );
}

/** What asks the daemon of other things than applications. */
export function defineDaemonCommands(program: Command, start: Start): void {
  program
    .command("status")
    .description("how the daemon is: applications, clusters, problems")
    .addOption(output("json"))
    .addHelpText("after", examples("status"))
    .action((options: { output?: "json" }) =>
      start(async (context) => (await import("./commands/status.ts")).status(context, options)),
    );

  program
    .command("blast")
    .description(
      "what commits that are not merged would do: which applications, which objects, with the differences",
    )
    .argument(
      "<range>",
      "BASE..HEAD: branches, tags, SHAs, refs/pull/7/merge; HEAD is what is checked out here",
    )
    .option("--repo <url>", "the repository; default: where this checkout comes from, or the only one")
    .option("--into <branch>", "where it would be merged; default: BASE where that is a branch")
    .option("--max-characters <count>", "with -o md: at most this many, for a comment", wholeNumberFlag)
    .option("--no-exit-code", "end with 0 although objects would change")
    .addOption(output("json", "md", "wide", "name"))
    .addHelpText(
      "after",
      `${examples("blast main..my-branch", "blast origin/main..HEAD -o wide", "blast main..refs/pull/7/merge -o md")}\n\nIt writes nothing. HEAD must be on the server: push it first.`,
    )
    .action((range: string, options: BlastOptions) =>
      start(async (context) => (await import("./commands/blast.ts")).blast(context, range, options)),
    );

  entriesCommand(program, "runs", "every sync, why it ran and how it ended, the newest first").action(
    (options: EntriesOptions) =>
      start(async (context) => (await import("./commands/runs.ts")).runs(context, options)),
  );
  entriesCommand(program, "audit", "who did what, the newest first; more: activity").action(
    (options: EntriesOptions) =>
      start(async (context) => (await import("./commands/runs.ts")).audit(context, options)),
  );
}

function entriesCommand(program: Command, name: string, does: string): Command {
  return program
    .command(name)
    .description(does)
    .option("--app <app>", "only of this application")
    .option("--limit <count>", "at most this many", wholeNumberFlag, 20)
    .addOption(output("json", "yaml"))
    .addHelpText("after", examples(name, `${name} --app shop/web --limit 5`));
}
