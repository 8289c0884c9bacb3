import { type Command, Option } from "commander";
import { APP, APPS, choosingObjects, one, selecting } from "./app-flags.ts";
import type { AppDiffOptions } from "./commands/app-diff.ts";
import type { AppEventsOptions } from "./commands/app-events.ts";
import type { AppGetOptions } from "./commands/app-get.ts";
import type { AppHistoryOptions } from "./commands/app-history.ts";
import type { AppListOptions } from "./commands/app-list.ts";
import type { AppLogsOptions } from "./commands/app-logs.ts";
import type { AppManifestsOptions } from "./commands/app-manifests.ts";
import type { AppRefreshOptions } from "./commands/app-refresh.ts";
import type { AppValuesOptions } from "./commands/app-values.ts";
import { examples, output, type Start } from "./define-command.ts";
import { countFlag, durationFlag, positionFlag, repeated, wordsFlag } from "./parse-flags.ts";
import type { SelectionOptions } from "./select-apps.ts";

/** What there is, and what differs. */
export function defineAppViews(app: Command, start: Start): void {
  selecting(app.command("list").alias("ls").description("list applications, and why they are not well"))
    .option("-c, --cluster <name>", "only of this destination: name or address")
    .option("-P, --path <path>", "only of this folder in the repository")
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
    .option(
      "--source-position <position>",
      "of its sources this one alone, from 1, with what it says",
      countFlag,
    )
    .option("--source-name <name>", "the same by the source's name")
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
    .option(
      "--revision <revision>",
      "what is there with this branch, tag or commit in place of the application's own",
    )
    .option("--revisions <revision>", "of each source in their order; may be repeated", repeated)
    .option("--source-positions <position>", "whose it is, from 1, one for each --revisions", positionFlag)
    .option("--against <revision>", "with --revision: not with what is there, but with Git at this one")
    .option("--name-only", "only what would be done to which object")
    .option("--no-exit-code", "end with 0 although something differs")
    .addOption(new Option("--exit-code", "end with 1 where something differs (so it is anyway)").hideHelp())
    .addOption(output("json"))
    .addHelpText(
      "after",
      examples("app diff web", "app diff web --refresh --name-only", "app diff web --revision my-branch"),
    )
    .action((name: string, options: AppDiffOptions) =>
      start(async (context) => (await import("./commands/app-diff.ts")).appDiff(context, name, options)),
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
      .command("manifests")
      .description("the manifests that Git gives, or those in the cluster")
      .argument("<app>", APP),
  )
    .option("--revision <revision>", "at this branch, tag or commit")
    .option("--revisions <revision>", "of each source in their order; may be repeated", repeated)
    .option("--source-positions <position>", "whose it is, from 1, one for each --revisions", positionFlag)
    .option("--source-names <name>", "the same by the sources' names", repeated)
    .addOption(new Option("--source <where>", "git or live").choices(["git", "live"]).default("git"))
    .addOption(output("json", "yaml"))
    .addHelpText("after", examples("app manifests web", "app manifests web --source live"))
    .action((name: string, options: AppManifestsOptions) =>
      start(async (context) =>
        (await import("./commands/app-manifests.ts")).appManifests(context, name, options),
      ),
    );

  one(
    app
      .command("values")
      .description("what charts are given as values, and where each comes from")
      .argument("<app>", APP),
  )
    .option("--changed", "only what is another one than the chart's default")
    .addOption(output("json", "wide"))
    .addHelpText("after", examples("app values web --changed", "app values web -o wide"))
    .action((name: string, options: AppValuesOptions) =>
      start(async (context) => (await import("./commands/app-values.ts")).appValues(context, name, options)),
    );

  one(
    app
      .command("why")
      .description("why it is in the state that it is in, and what to type next")
      .argument("<app>", APP),
  )
    .addOption(output("json"))
    .addHelpText("after", examples("app why shop/web"))
    .action((name: string, options: SelectionOptions & { output?: "json" }) =>
      start(async (context) => (await import("./commands/app-why.ts")).appWhy(context, name, options)),
    );

  one(
    app
      .command("logs")
      .description("what its Pods wrote, all of them or those of one object")
      .argument("<app>", APP)
      .argument("[pod]", "this Pod alone"),
  )
    .option("--kind <kind>", "only Pods of objects of this kind")
    .option("--group <group>", "and of this API group")
    .option("--name <name>", "and of this name")
    .option("--namespace <namespace>", "only Pods in this namespace")
    .option("-c, --container <name>", "default: the one that the Pod's annotation names, else its first")
    .option("-f, --follow", "go on as they write")
    .option("--tail <count>", "only this many lines of each, the last ones", countFlag)
    .option("--since <duration>", "not older than 90s, 10m, 2h", durationFlag)
    .option("--all-containers", "of each Pod, those that set it up too")
    .option("-p, --previous", "of the container before its last restart")
    .option("--grep <text>", "only lines that hold this text, in any case; !text for those that do not")
    .option("--timestamps", "when each was written")
    .option("--no-prefix", "no name of the Pod before each line")
    .addOption(output("json"))
    .addHelpText(
      "after",
      examples(
        "app logs shop/web -f",
        "app logs web --kind Deployment --name api --since 10m",
        "app logs web web-5d4f8-x2 -c proxy --tail 100",
      ),
    )
    .action((name: string, pod: string | undefined, options: AppLogsOptions) =>
      start(async (context) => (await import("./commands/app-logs.ts")).appLogs(context, name, pod, options)),
    );

  choosingObjects(
    app
      .command("events")
      .description("what Kubernetes tells of its objects, the newest last")
      .argument("<app>", APP),
  )
    .addOption(output("json", "yaml", "wide"))
    .addHelpText("after", examples("app events web", "app events shop/web --kind Pod -o wide"))
    .action((name: string, options: AppEventsOptions) =>
      start(async (context) => (await import("./commands/app-events.ts")).appEvents(context, name, options)),
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
}

const HEALTH_WORDS = ["healthy", "progressing", "degraded", "suspended", "missing", "unknown"];
const SYNC_WORDS = ["synced", "outofsync", "unknown"];
