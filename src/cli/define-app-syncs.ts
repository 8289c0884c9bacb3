import { type Command, Option } from "commander";
import { defined } from "../lib/defined.ts";
import { APP, APPS, one, selecting } from "./app-flags.ts";
import type { AppRollbackOptions } from "./commands/app-rollback.ts";
import type { AppSyncOptions } from "./commands/app-sync.ts";
import type { AppUndoOptions } from "./commands/app-undo.ts";
import type { AppUnholdOptions } from "./commands/app-unhold.ts";
import type { AppWaitOptions } from "./commands/app-wait.ts";
import { examples, output, type Start } from "./define-command.ts";
import {
  countFlag,
  durationTextFlag,
  pairFlag,
  positionFlag,
  repeated,
  resourceFlag,
  runFlag,
  wholeNumberFlag,
  wordsFlag,
} from "./parse-flags.ts";
import type { SelectionOptions } from "./select-apps.ts";
import { WAIT_WORDS } from "./wait-conditions.ts";

/** To the state that Git has, or had. */
export function defineAppSyncs(app: Command, start: Start): void {
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
      countFlag,
    )
    .option("--dry-run", "ask the API server, write nothing")
    .option("--preview", "show the differences and ask first")
    .addOption(new Option("--preview-changes", "as --preview").hideHelp().implies({ preview: true }))
    .option("-y, --yes", "do not ask")
    .addOption(new Option("--assumeYes", "as --yes").hideHelp().implies({ yes: true }))
    .option("--revision <revision>", "this branch, tag or commit in place of the application's own")
    .option("--revisions <revision>", "of each source in their order; may be repeated", repeated)
    .option("--source-positions <position>", "whose it is, from 1, one for each --revisions", positionFlag)
    .option("--source-names <name>", "the same by the sources' names", repeated)
    .option(
      "--resource <group:kind:name>",
      "only this object; GROUP:KIND:NAMESPACE/NAME, * globs, ! leaves out; may be repeated",
      resourceFlag,
    )
    .option("--force", "delete and create again where the server refuses a change")
    .option("--replace", "write whole objects in place of server-side apply")
    .option("--server-side", "changes nothing: it is always server-side apply")
    .option("--apply-out-of-sync-only", "leave alone what is in sync")
    .addOption(new Option("--strategy <name>", "apply runs no hooks").choices(["apply", "hook"]))
    .option("--retry-limit <count>", "tries after the first; below 0 without end", wholeNumberFlag)
    .option("--retry-backoff-duration <duration>", "pause before the first of them", durationTextFlag)
    .option("--retry-backoff-max-duration <duration>", "longest pause", durationTextFlag)
    .option("--retry-backoff-factor <factor>", "how the pause grows", countFlag)
    .option("--info <name=value>", "a note that is kept with the operation; may be repeated", pairFlag)
    .option("--async", "do not wait")
    .addOption(
      new Option("--wait <what>", "how long to stay: until the sync has ended, or the application is healthy")
        .choices(["health", "sync", "none"])
        .default("sync"),
    )
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

  one(
    app
      .command("rollback")
      .description("go back to what was deployed once: shows what that would do, asks, and syncs")
      .argument("<app>", APP)
      .argument(
        "[deployment]",
        "its ID in app history, or its commit; without one, the last that went well and differs",
      ),
  )
    .option("--prune", "delete what was not there then")
    .option(
      "--confirm <count>",
      "approve of deleting exactly that many objects, where a guard asks",
      countFlag,
    )
    .option("--dry-run", "ask the API server, write nothing")
    .addOption(
      new Option("--until <when>", "how long an automated application is held there")
        .choices(["lifted", "next-commit"])
        .default("lifted"),
    )
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
    .addOption(output("json", "yaml"))
    .addHelpText(
      "after",
      `${examples("app rollback web", 'app rollback web 3 --reason "checkout is broken"', "app rollback web 3 --until next-commit --yes", "app rollback web 3 --git --branch back/web")}\n\nHooks are not run: what they do, they did forwards. An automated application is held at what it went back to; app unhold ends that.`,
    )
    .action((name: string, deployment: string | undefined, options: AppRollbackOptions) =>
      start(async (context) =>
        (await import("./commands/app-rollback.ts")).appRollback(context, name, deployment, {
          ...options,
          ...defined({ reason: context.flags.reason }),
        }),
      ),
    );

  one(
    app
      .command("unhold")
      .description("let an application go on that a rollback holds at a revision")
      .argument("<app>", APP),
  )
    .option("--dry-run", "show what Git says now would change, and lift nothing")
    .addOption(output("json", "yaml", "name"))
    .addHelpText("after", examples("app unhold web", "app unhold web --dry-run"))
    .action((name: string, options: AppUnholdOptions) =>
      start(async (context) => (await import("./commands/app-unhold.ts")).appUnhold(context, name, options)),
    );

  one(
    app
      .command("undo")
      .description("make again what was deleted and is not in Git: shows it, and asks first")
      .argument("<app>", APP)
      .argument("[run]", "the run that deleted it, as --list shows it; default the newest", runFlag),
  )
    .option("--list", "the runs that deleted what is kept")
    .option("--dry-run", "ask the API server, write nothing")
    .option("-y, --yes", "do not ask")
    .addOption(output("json", "yaml", "wide", "name"))
    .addHelpText("after", examples("app undo web", "app undo web 12 --dry-run", "app undo web --list"))
    .action((name: string, run: number | undefined, options: AppUndoOptions) =>
      start(async (context) => (await import("./commands/app-undo.ts")).appUndo(context, name, run, options)),
    );
}
