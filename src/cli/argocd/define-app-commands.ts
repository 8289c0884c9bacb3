import { type Command, Option } from "commander";
import { output } from "../define-command.ts";
import {
  countFlag,
  durationFlag,
  durationTextFlag,
  pairFlag,
  positionFlag,
  repeated,
  resourceFlag,
  wholeNumberFlag,
} from "../parse-flags.ts";
import type { ArgoStart } from "./argo-context.ts";
import type { DeleteOptions } from "./commands/app-delete.ts";
import type { DiffOptions } from "./commands/app-diff.ts";
import type { AppGetOptions } from "./commands/app-get.ts";
import type { AppListOptions } from "./commands/app-list.ts";
import type { HistoryOptions, RollbackOptions } from "./commands/app-past.ts";
import type { SyncOptions } from "./commands/app-sync.ts";
import type { WaitOptions } from "./commands/app-wait.ts";
import { defineAppObjects } from "./define-app-objects.ts";
import { defineAppWrites } from "./define-app-writes.ts";
import { APP, named, refreshing } from "./flags/app-flags.ts";

export function defineAppCommands(program: Command, start: ArgoStart): void {
  const app = program.command("app").description("applications");
  defineViews(app, start);
  defineSyncs(app, start);
  defineEnds(app, start);
  defineAppWrites(app, start);
  defineAppObjects(app, start);
}

function selecting(command: Command): Command {
  return named(command).option("-l, --selector <selector>", "applications by their labels");
}

function defineViews(app: Command, start: ArgoStart): void {
  selecting(app.command("list").alias("ls").description("list applications"))
    .option("-p, --project <name>", "of this project; may be repeated", repeated)
    .option("-r, --repo <url>", "of this repository")
    .option("-c, --cluster <name>", "of this cluster, by name or address")
    .option("-P, --path <path>", "of this folder")
    .addOption(output("wide", "name", "json", "yaml"))
    .action((options: AppListOptions) =>
      start(async (context) => (await import("./commands/app-list.ts")).appList(context, options)),
    );

  refreshing(named(app.command("get").description("one application").argument("<app>", APP)))
    .option("--project <name>", "that it must be of")
    .option("--show-operation", "its operation too")
    .option("--show-params", "its parameters too")
    .option("--timeout <seconds>", "nothing is waited for here", wholeNumberFlag)
    .addOption(output("json", "yaml", "wide", "tree"))
    .action((name: string, options: AppGetOptions) =>
      start(async (context) => (await import("./commands/app-get.ts")).appGet(context, name, options)),
    );

  withRevisions(
    refreshing(
      named(
        app
          .command("diff")
          .description("what a sync would change; ends with 1 where that is something")
          .argument("<app>", APP),
      ),
    ),
  )
    .addOption(new Option("--exit-code", "end with 1 where something differs").default(true))
    .addOption(new Option("--no-exit-code", "end with 0 all the same").hideHelp())
    .option("--diff-exit-code <code>", "in place of 1", wholeNumberFlag, 1)
    .addOption(
      new Option("--server-side-diff", "where ownership cannot tell, the server is asked").hideHelp(),
    )
    .addOption(new Option("--ignore-normalizer-jq-execution-timeout <duration>").hideHelp())
    .action((name: string, options: DiffOptions) =>
      start(async (context) => (await import("./commands/app-diff.ts")).appDiff(context, name, options)),
    );

  named(app.command("history").description("what was deployed").argument("<app>", APP))
    .addOption(output("wide", "id"))
    .action((name: string, options: HistoryOptions) =>
      start(async (context) => (await import("./commands/app-past.ts")).appHistory(context, name, options)),
    );
}

function withRevisions(command: Command): Command {
  return command
    .option("--revision <revision>", "this one in place of the application's own")
    .option("--revisions <revision>", "of each source; may be repeated", repeated)
    .option("--source-positions <position>", "whose it is, from 1; may be repeated", positionFlag)
    .option("--source-names <name>", "the same by the sources' names", repeated);
}

function defineSyncs(app: Command, start: ArgoStart): void {
  withRevisions(
    selecting(app.command("sync").description("deliver what Git says").argument("[apps...]", APP)),
  )
    .option("--project <name>", "all of this project; may be repeated", repeated)
    .option("--resource <group:kind:name>", "only this object; ! leaves out; may be repeated", resourceFlag)
    .option("--label <key=value>", "only objects with this label; may be repeated", repeated)
    .option("--prune", "delete what is not in Git any more")
    .option("--dry-run", "write nothing")
    .option("--force", "delete and create again where the server refuses a change")
    .option("--replace", "write whole objects")
    .option("--server-side", "server-side apply (so it is anyway)")
    .option("--apply-out-of-sync-only", "leave alone what is in sync")
    .addOption(new Option("--strategy <name>", "apply runs no hooks").choices(["apply", "hook"]))
    .option("--async", "do not wait")
    .option("--timeout <seconds>", "0 has no end", durationFlag, 0)
    .option("--retry-limit <count>", "tries after the first", wholeNumberFlag)
    .option("--retry-backoff-duration <duration>", "pause before the first of them", durationTextFlag)
    .option("--retry-backoff-max-duration <duration>", "longest pause", durationTextFlag)
    .option("--retry-backoff-factor <factor>", "how the pause grows", countFlag)
    .addOption(new Option("--retry-refresh", "a new commit is taken up anyway").hideHelp())
    .option("--info <name=value>", "kept with the operation; may be repeated", pairFlag)
    .option("--preview-changes", "show the differences and ask first")
    .option("--assumeYes", "do not ask")
    .addOption(new Option("--ignore-normalizer-jq-execution-timeout <duration>").hideHelp())
    .addOption(output("json", "yaml", "wide", "tree"))
    .action((names: string[], options: SyncOptions) =>
      start(async (context) => (await import("./commands/app-sync.ts")).appSync(context, names, options)),
    );

  selecting(
    app
      .command("wait")
      .description("wait until applications are synced, healthy and at rest, or what the flags say")
      .argument("[apps...]", APP),
  )
    .option("--sync", "until Synced")
    .option("--health", "until Healthy")
    .option("--operation", "until no operation runs")
    .option("--suspended", "until Suspended; with --health either")
    .option("--degraded", "until Degraded; with --health either")
    .option("--delete", "until it is gone")
    .option("--resource <group:kind:name>", "these objects only; may be repeated", resourceFlag)
    .option("--timeout <seconds>", "0 has no end", durationFlag, 0)
    .addOption(output("json", "yaml", "wide", "tree"))
    .action((names: string[], options: WaitOptions) =>
      start(async (context) => (await import("./commands/app-wait.ts")).appWait(context, names, options)),
    );

  named(
    app
      .command("rollback")
      .description("go back to what was deployed once")
      .argument("<app>", APP)
      .argument("[id]", "as history has it; default: the one before", wholeNumberFlag),
  )
    .option("--prune", "delete what was not there then")
    .option("--timeout <seconds>", "0 has no end", durationFlag, 0)
    .addOption(output("json", "yaml", "wide", "tree"))
    .action((name: string, id: number | undefined, options: RollbackOptions) =>
      start(async (context) =>
        (await import("./commands/app-past.ts")).appRollback(context, name, id, options),
      ),
    );
}

function defineEnds(app: Command, start: ArgoStart): void {
  const ends = () => import("./commands/app-delete.ts");
  selecting(app.command("delete").alias("rm").description("delete applications").argument("[apps...]", APP))
    .addOption(new Option("--cascade", "their objects too").default(true))
    .addOption(new Option("--no-cascade", "their objects stay").hideHelp())
    .addOption(
      new Option("-p, --propagation-policy <policy>", "how objects go").choices(["foreground", "background"]),
    )
    .option("-y, --yes", "do not ask")
    .option("--wait", "until they are gone")
    .action((names: string[], options: DeleteOptions) =>
      start(async (context) => (await ends()).appDelete(context, names, options)),
    );

  named(
    app.command("terminate-op").description("end the operation that runs").argument("<apps...>", APP),
  ).action((names: string[], options: { appNamespace?: string }) =>
    start(async (context) => (await ends()).appTerminate(context, names, options)),
  );

  named(
    app
      .command("confirm-deletion")
      .description("approve of what a deletion asks about (Delete=confirm)")
      .argument("<app>", APP),
  ).action((name: string, options: { appNamespace?: string }) =>
    start(async (context) => (await ends()).appConfirmDeletion(context, name, options)),
  );
}
