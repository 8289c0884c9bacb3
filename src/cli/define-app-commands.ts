import { type Command, Option } from "commander";
import type { AppActionsListOptions, AppActionsRunOptions } from "./commands/app-actions.ts";
import type { AppCreateOptions } from "./commands/app-create.ts";
import type { AppDeleteOptions } from "./commands/app-delete.ts";
import type { AppDiffOptions } from "./commands/app-diff.ts";
import type { AppForgetOptions } from "./commands/app-forget.ts";
import type { AppGetOptions } from "./commands/app-get.ts";
import type { AppHistoryOptions } from "./commands/app-history.ts";
import type { AppListOptions } from "./commands/app-list.ts";
import type { AppManifestsOptions } from "./commands/app-manifests.ts";
import type { AppRefreshOptions } from "./commands/app-refresh.ts";
import type { AppRollbackOptions } from "./commands/app-rollback.ts";
import type { AppSyncOptions } from "./commands/app-sync.ts";
import type { AppUndoOptions } from "./commands/app-undo.ts";
import type { AppWaitOptions } from "./commands/app-wait.ts";
import { examples, output, type Start } from "./define-command.ts";
import {
  durationFlag,
  pairFlag,
  repeated,
  resourceFlag,
  runFlag,
  wholeNumberFlag,
  wordsFlag,
} from "./parse-flags.ts";
import type { SelectionOptions } from "./select-apps.ts";
import { WAIT_WORDS } from "./wait-conditions.ts";

/** `holdfast app …`. Flags have argocd's names where they mean the same. Each command's code is loaded when it runs. */
export function defineAppCommands(program: Command, start: Start): void {
  const app = program
    .command("app")
    .alias("apps")
    .alias("application")
    .description("applications: list, look into, sync, wait for, change");

  selecting(app.command("list").alias("ls").description("list applications, and why they are not well"))
    .option("-c, --cluster <name>", "destination: name or address")
    .option("-P, --path <path>", "folder in the repository")
    .option("--health <words>", `only these: ${HEALTH_WORDS.join(", ")}`, wordsFlag(HEALTH_WORDS))
    .option("--sync <words>", `only these: ${SYNC_WORDS.join(", ")}`, wordsFlag(SYNC_WORDS))
    .option("-w, --watch", "go on, and show every change")
    .addOption(new Option("--sort <by>", "order of the table").choices(["worst", "name"]).default("worst"))
    .option("--no-headers", "leave the first line out")
    .addOption(output("json", "yaml", "wide", "name", "table"))
    .addHelpText(
      "after",
      `${examples("app list", "app list --health degraded,progressing -w", "app list -l team=pay -o name")}\n\nAGE is how long ago it was deployed last; REVISION is what Git says now.`,
    )
    .action((options: AppListOptions) =>
      start(async (context) => (await import("./commands/app-list.ts")).appList(context, options)),
    );

  one(app.command("get").description("one application: states, reasons, objects").argument("<app>", APP))
    .option("--refresh", "look at Git and the cluster first")
    .option("--hard-refresh", "and render again")
    .option("--show-operation", "all of the last operation")
    .addOption(output("json", "yaml", "wide", "name", "tree"))
    .addHelpText("after", examples("app get shop/web", "app get web --refresh -o json"))
    .action((name: string, options: AppGetOptions) =>
      start(async (context) => (await import("./commands/app-get.ts")).appGet(context, name, options)),
    );

  one(
    app
      .command("tree")
      .description("its objects and everything that descends from them")
      .argument("<app>", APP),
  )
    .addOption(output("json", "yaml"))
    .addHelpText("after", examples("app tree web"))
    .action((name: string, options: SelectionOptions & { output?: "json" | "yaml" }) =>
      start(async (context) => (await import("./commands/app-tree.ts")).appTree(context, name, options)),
    );

  one(
    app.command("resources").description("its objects, those that need a look first").argument("<app>", APP),
  )
    .addOption(output("json", "yaml", "wide"))
    .addHelpText("after", examples("app resources web -o wide"))
    .action((name: string, options: SelectionOptions & { output?: "json" | "yaml" | "wide" }) =>
      start(async (context) => (await import("./commands/app-get.ts")).appResources(context, name, options)),
    );

  one(
    app
      .command("diff")
      .description(
        "what a sync would change, field by field, and who set what is there; ends with 1 where something differs",
      )
      .argument("<app>", APP),
  )
    .option("--refresh", "look at Git and the cluster first")
    .option("--hard-refresh", "and render again")
    .option("--name-only", "only what would be done to which object")
    .option("--no-exit-code", "end with 0 although something differs")
    .addOption(new Option("--exit-code", "end with 1 where something differs (so it is anyway)").hideHelp())
    .addOption(output("json"))
    .addHelpText("after", examples("app diff web", "app diff web --refresh --name-only"))
    .action((name: string, options: AppDiffOptions) =>
      start(async (context) => (await import("./commands/app-diff.ts")).appDiff(context, name, options)),
    );

  selecting(
    app
      .command("sync")
      .description("make the cluster what Git says, and show how it goes")
      .argument("[apps...]", APPS),
  )
    .option("--prune", "delete what is not in Git any more")
    .option(
      "--confirm <count>",
      "approve of deleting exactly that many objects, where a guard asks",
      wholeNumberFlag,
    )
    .option("--dry-run", "ask the API server, write nothing")
    .option("--preview", "show the differences and ask first")
    .addOption(new Option("--preview-changes", "as --preview").hideHelp().implies({ preview: true }))
    .option("-y, --yes", "do not ask")
    .addOption(new Option("--assumeYes", "as --yes").hideHelp().implies({ yes: true }))
    .option("--revision <revision>", "this branch, tag or commit in place of the application's own")
    .option("--revisions <revision>", "of each source in their order; may be repeated", repeated)
    .option(
      "--resource <group:kind:name>",
      "only this object; GROUP:KIND:NAMESPACE/NAME, * globs, ! leaves out; may be repeated",
      resourceFlag,
    )
    .option("--force", "delete and create again where the server refuses a change")
    .option("--replace", "write whole objects in place of server-side apply")
    .option("--server-side", "server-side apply (so it is anyway)")
    .option("--apply-out-of-sync-only", "leave alone what is in sync")
    .addOption(new Option("--strategy <name>", "apply runs no hooks").choices(["apply", "hook"]))
    .option("--retry-limit <count>", "tries after the first; below 0 without end", wholeNumberFlag)
    .option("--retry-backoff-duration <duration>", "pause before the first of them")
    .option("--retry-backoff-max-duration <duration>", "longest pause")
    .option("--retry-backoff-factor <factor>", "how the pause grows", wholeNumberFlag)
    .option("--info <name=value>", "a note that is kept with the operation; may be repeated", pairFlag)
    .option("--async", "do not wait")
    .addOption(
      new Option("--wait <what>", "how long to stay: until the sync has ended, or the application is healthy")
        .choices(["health", "sync", "none"])
        .default("sync"),
    )
    .option("--timeout <duration>", "seconds, or 90s, 5m; 0 has no end", durationFlag, 0)
    .addOption(output("json", "yaml"))
    .addHelpText(
      "after",
      examples(
        "app sync web",
        "app sync web --prune --wait health --timeout 5m",
        "app sync -l team=pay --dry-run",
        "app sync web --resource apps:Deployment:web",
      ),
    )
    .action((names: string[], options: AppSyncOptions) =>
      start(async (context) => (await import("./commands/app-sync.ts")).appSync(context, names, options)),
    );

  selecting(
    app
      .command("wait")
      .description("wait until applications are Synced, Healthy and at rest, or what the flags say")
      .argument("[apps...]", APPS),
  )
    .option("--sync", "until Synced")
    .option("--health", "until Healthy")
    .option("--operation", "until no operation runs")
    .option("--suspended", "until Suspended; with --health either will do")
    .option("--degraded", "until Degraded; with --health either will do")
    .option("--delete", "until it is gone")
    .addOption(
      new Option("--for <words>", `any of ${WAIT_WORDS.join(", ")}`).argParser(wordsFlag(WAIT_WORDS)),
    )
    .option("--resource <group:kind:name>", "these objects only; may be repeated", resourceFlag)
    .option("--timeout <duration>", "seconds, or 90s, 5m; 0 has no end", durationFlag, 0)
    .addOption(output("json", "yaml"))
    .addHelpText(
      "after",
      examples(
        "app wait web",
        "app wait web --health --timeout 5m",
        "app wait -l team=pay --for sync,health",
      ),
    )
    .action((names: string[], options: AppWaitOptions) =>
      start(async (context) => (await import("./commands/app-wait.ts")).appWait(context, names, options)),
    );

  one(app.command("history").description("what was deployed, the newest first").argument("<app>", APP))
    .addOption(output("json", "yaml", "wide", "id"))
    .addHelpText("after", examples("app history web", "app history web -o wide"))
    .action((name: string, options: AppHistoryOptions) =>
      start(async (context) =>
        (await import("./commands/app-history.ts")).appHistory(context, name, options),
      ),
    );

  one(
    app
      .command("rollback")
      .description("go back to what was deployed once: shows what that would do, asks, and syncs")
      .argument("<app>", APP)
      .argument("[deployment]", "its ID in app history, or its commit; without one, the one before"),
  )
    .option("--prune", "delete what was not there then")
    .option(
      "--confirm <count>",
      "approve of deleting exactly that many objects, where a guard asks",
      wholeNumberFlag,
    )
    .option("--dry-run", "ask the API server, write nothing")
    .addOption(
      new Option("--until <when>", "how long an automated application is held there")
        .choices(["lifted", "next-commit"])
        .default("lifted"),
    )
    .option("--reason <text>", "why; it is kept with the deployment and the hold, or in the commit")
    .option("--git", "by a commit in its repository that puts its files back; nothing is held")
    .option("--branch <name>", "with --git: push it to this new branch, for a pull request")
    .option("--shared", "with --git: files that other applications read go back too")
    .option("-y, --yes", "do not ask")
    .option("--async", "do not wait")
    .addOption(
      new Option("--wait <what>", "how long to stay: until the sync has ended, or the application is healthy")
        .choices(["health", "sync", "none"])
        .default("sync"),
    )
    .option("--timeout <duration>", "seconds, or 90s, 5m; 0 has no end", durationFlag, 0)
    .addOption(output("json", "yaml"))
    .addHelpText(
      "after",
      `${examples("app rollback web", 'app rollback web 3 --reason "checkout is broken"', "app rollback web 3 --until next-commit --yes", "app rollback web 3 --git --branch back/web")}\n\nHooks are not run: what they do, they did forwards. An automated application is held at what it went back to; app unhold ends that.`,
    )
    .action((name: string, deployment: string | undefined, options: AppRollbackOptions) =>
      start(async (context) =>
        (await import("./commands/app-rollback.ts")).appRollback(context, name, deployment, options),
      ),
    );

  one(
    app
      .command("unhold")
      .description("let an application go on that a rollback holds at a revision")
      .argument("<app>", APP),
  )
    .addHelpText("after", examples("app unhold web"))
    .action((name: string, options: SelectionOptions) =>
      start(async (context) => (await import("./commands/app-unhold.ts")).appUnhold(context, name, options)),
    );

  one(
    app
      .command("undo")
      .description("make again what a sync pruned: shows it, and asks first")
      .argument("<app>", APP)
      .argument("[run]", "the run that pruned it, as --list shows it; default the newest", runFlag),
  )
    .option("--list", "the runs whose prunes are kept")
    .option("--dry-run", "ask the API server, write nothing")
    .option("-y, --yes", "do not ask")
    .option("--timeout <duration>", "seconds, or 90s, 5m; 0 has no end", durationFlag, 0)
    .addOption(output("json"))
    .addHelpText("after", examples("app undo web", "app undo web 12 --dry-run", "app undo web --list"))
    .action((name: string, run: number | undefined, options: AppUndoOptions) =>
      start(async (context) => (await import("./commands/app-undo.ts")).appUndo(context, name, run, options)),
    );

  one(
    app
      .command("manifests")
      .description("the manifests that Git gives, or those in the cluster")
      .argument("<app>", APP),
  )
    .option("--revision <revision>", "at this branch, tag or commit")
    .addOption(new Option("--source <where>", "git or live").choices(["git", "live"]).default("git"))
    .addOption(output("json", "yaml"))
    .addHelpText("after", examples("app manifests web", "app manifests web --source live"))
    .action((name: string, options: AppManifestsOptions) =>
      start(async (context) =>
        (await import("./commands/app-manifests.ts")).appManifests(context, name, options),
      ),
    );

  selecting(app.command("refresh").description("look at Git and the cluster now").argument("[apps...]", APPS))
    .option("--hard", "and render again")
    .addOption(new Option("--hard-refresh", "as --hard").hideHelp().implies({ hard: true }))
    .addOption(new Option("--refresh", "so it is anyway").hideHelp())
    .addOption(output("json", "yaml"))
    .addHelpText("after", examples("app refresh web", "app refresh web --hard"))
    .action((names: string[], options: AppRefreshOptions) =>
      start(async (context) =>
        (await import("./commands/app-refresh.ts")).appRefresh(context, names, options),
      ),
    );

  app
    .command("create")
    .description("make an application that lives in the daemon's store")
    .argument("[name]", "without --file")
    .option("-f, --file <file>", "a manifest, or several; - is standard input")
    .option("--upsert", "replace one of that name")
    .option("-N, --app-namespace <namespace>", "its namespace")
    .option("--project <name>", "its project")
    .option("--repo <url>", "repository")
    .option("--path <path>", "folder in it")
    .option("--revision <revision>", "branch, tag or commit")
    .option("--dest-server <url>", "cluster by its address")
    .option("--dest-name <name>", "cluster by its name")
    .option("--dest-namespace <namespace>", "namespace for objects that name none")
    .addOption(
      new Option("--sync-policy <policy>", "automated syncs by itself").choices([
        "automated",
        "auto",
        "none",
        "manual",
      ]),
    )
    .option("--auto-prune", "with automated: delete what left Git")
    .option("--self-heal", "with automated: undo changes in the cluster")
    .option("--sync-option <option>", "such as CreateNamespace=true; may be repeated", repeated)
    .option("--directory-recurse", "a plain folder with all below it")
    .addOption(output("json", "yaml"))
    .addHelpText(
      "after",
      examples(
        "app create -f web.yaml",
        "app create web --repo https://git.example.com/shop.git --path web --dest-namespace shop",
      ),
    )
    .action((name: string | undefined, options: AppCreateOptions) =>
      start(async (context) => (await import("./commands/app-create.ts")).appCreate(context, name, options)),
    );

  selecting(
    app
      .command("delete")
      .alias("rm")
      .description("delete applications that live in the daemon's store, and their objects")
      .argument("[apps...]", APPS),
  )
    .option("--no-cascade", "leave the objects in the cluster")
    .addOption(new Option("--cascade", "delete the objects too (so it is anyway)").hideHelp())
    .addOption(new Option("-p, --propagation-policy <policy>").choices(["foreground", "background"]))
    .option("--skip-hooks", "run none of the hooks around the deletion (PreDelete, PostDelete)")
    .option("-y, --yes", "do not ask")
    .option("--wait", "until they are gone, and show each step")
    .option("--timeout <duration>", "of --wait; 0 has no end", durationFlag, 0)
    .addHelpText(
      "after",
      `${examples("app delete web", "app delete web --wait --yes", "app delete web --cascade=false --yes")}\n\nOnce more, it tries again what failed.`,
    )
    .action((names: string[], options: AppDeleteOptions) =>
      start(async (context) => (await import("./commands/app-delete.ts")).appDelete(context, names, options)),
    );

  selecting(
    app
      .command("forget")
      .description(
        "let go of applications without touching their objects, also where a cluster is unreachable",
      )
      .argument("[apps...]", APPS),
  )
    .option("-y, --yes", "do not ask")
    .addHelpText(
      "after",
      `${examples("app forget web", "app forget web --yes")}\n\nNo hook runs and nothing is deleted, also in the middle of a deletion. It is app delete --cascade=false.`,
    )
    .action((names: string[], options: AppForgetOptions) =>
      start(async (context) => (await import("./commands/app-forget.ts")).appForget(context, names, options)),
    );

  one(
    app
      .command("terminate")
      .alias("terminate-op")
      .description("end the operation that runs")
      .argument("<app>", APP),
  )
    .addHelpText("after", examples("app terminate web"))
    .action((name: string, options: SelectionOptions) =>
      start(async (context) =>
        (await import("./commands/app-terminate.ts")).appTerminate(context, name, options),
      ),
    );

  const actions = app
    .command("actions")
    .alias("action")
    .description("restart, scale, pause and more, of single objects");
  choosingObjects(
    actions
      .command("list")
      .alias("ls")
      .description("what can be done to its objects now")
      .argument("<app>", APP),
  )
    .addOption(output("json", "yaml", "wide"))
    .addHelpText("after", examples("app actions list web", "app actions list web --kind Deployment"))
    .action((name: string, options: AppActionsListOptions) =>
      start(async (context) =>
        (await import("./commands/app-actions.ts")).appActionsList(context, name, options),
      ),
    );
  choosingObjects(
    actions
      .command("run")
      .description("do it, and print what was written")
      .argument("<app>", APP)
      .argument("<action>", "such as restart; app actions list shows them"),
  )
    .option("--all", "to every object that is meant")
    .option("--param <name=value>", "a parameter of the action; may be repeated", pairFlag)
    .addHelpText(
      "after",
      examples(
        "app actions run web restart --kind Deployment",
        "app actions run web scale --kind StatefulSet --resource-name db --param replicas=3",
      ),
    )
    .action((name: string, action: string, options: AppActionsRunOptions) =>
      start(async (context) =>
        (await import("./commands/app-actions.ts")).appActionsRun(context, name, action, options),
      ),
    );
}

const HEALTH_WORDS = ["healthy", "progressing", "degraded", "suspended", "missing", "unknown"];
const SYNC_WORDS = ["synced", "outofsync", "unknown"];
const APP = "name, or namespace/name";
const APPS = "names, namespace/name, or patterns in quotes";

function one(command: Command): Command {
  return command.option("-N, --app-namespace <namespace>", "namespace of the application");
}

function choosingObjects(command: Command): Command {
  return one(command)
    .option("--kind <kind>", "only objects of this kind")
    .option("--group <group>", "only of this API group")
    .option("--namespace <namespace>", "only in this namespace")
    .option("--resource-name <name>", "only the object of this name");
}

function selecting(command: Command): Command {
  const withProject =
    command.name() === "delete"
      ? command.option("--project <name>", "only of this project; may be repeated", repeated)
      : command.option("-p, --project <name>", "only of this project; may be repeated", repeated);
  return one(withProject)
    .option("-l, --selector <labels>", "only with these labels: a=b,c!=d,e in (f,g)")
    .option("-r, --repo <url>", "only of this repository");
}
