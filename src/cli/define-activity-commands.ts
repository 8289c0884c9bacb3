import { type Command, InvalidArgumentError, Option } from "commander";
import { parseDurationMs } from "../lib/duration.ts";
import type {
  ActivityFilter,
  ActivityListOptions,
  ActivityVerifyOptions,
  Moment,
} from "./commands/activity.ts";
import type { TransitionsOptions } from "./commands/transitions.ts";
import { examples, output, type Start } from "./define-command.ts";
import { countFlag } from "./parse-flags.ts";

/** Who did what: the verbs of the audit. */
export function defineActivityCommands(program: Command, start: Start): void {
  const activity = program.command("activity").description("who did what, when, from where, and why");

  filtered(activity.command("list").description("entries, the newest first"))
    .option("--limit <count>", "at most this many", countFlag, 20)
    .addOption(output("json", "yaml"))
    .addHelpText(
      "after",
      examples(
        "activity list",
        "activity list --app shop/web --since 24h",
        "activity list --outcome refused",
      ),
    )
    .action((options: ActivityListOptions) =>
      start(async (context) => (await import("./commands/activity.ts")).activityList(context, options)),
    );

  activity
    .command("show")
    .description("one entry whole, with what was before and after")
    .argument("<entry>", "its number", countFlag)
    .addOption(output("json", "yaml"))
    .addHelpText("after", examples("activity show 1024"))
    .action((entry: number, options: { output?: "json" | "yaml" }) =>
      start(async (context) =>
        (await import("./commands/activity.ts")).activityShow(context, entry, options),
      ),
    );

  filtered(activity.command("export").description("entries as NDJSON, the oldest first, each with its hash"))
    .addHelpText("after", examples("activity export > activity.ndjson", "activity export --since 24h"))
    .action((options: ActivityFilter) =>
      start(async (context) => (await import("./commands/activity.ts")).activityExport(context, options)),
    );

  activity
    .command("transitions")
    .description("what became of applications and clusters: health, drift, syncs, holds, connections")
    .option("--app <app>", "only of this application")
    .option("--cluster <name>", "only of this cluster")
    .option("--kind <kinds>", "of these only, with commas: health-degraded,sync-failed")
    .option("--since <when>", "from this time on: 24h, or 2026-11-23T04:00:00Z", momentFlag)
    .option("--until <when>", "before this time", momentFlag)
    .option("--limit <count>", "at most this many", countFlag, 20)
    .addOption(output("json", "yaml"))
    .addHelpText(
      "after",
      examples(
        "activity transitions",
        "activity transitions --app shop/web --since 24h",
        "activity transitions --kind sync-failed,health-degraded",
      ),
    )
    .action((options: TransitionsOptions) =>
      start(async (context) => (await import("./commands/transitions.ts")).transitions(context, options)),
    );

  activity
    .command("verify")
    .description("whether entries are as they were written: none changed, none gone, none between")
    .option("--data <folder>", "read this data folder, with no daemon in between")
    .option("--file <file>", "read what activity export wrote without filters")
    .option("--anchor <head>", "a head that was noted elsewhere, SEQ:HASH: it must be there still")
    .addOption(output("json"))
    .addHelpText(
      "after",
      `${examples("activity verify", "activity verify --data /var/lib/holdfast", "activity verify --anchor 1024:9f86d081…")}\n\nIt ends with 1 where something is broken.`,
    )
    .action((options: ActivityVerifyOptions) =>
      start(async (context) => (await import("./commands/activity.ts")).activityVerify(context, options)),
    );
}

function filtered(command: Command): Command {
  return command
    .option("--since <when>", "from this time on: 24h, or 2026-11-23T04:00:00Z", momentFlag)
    .option("--until <when>", "before this time", momentFlag)
    .option("--actor <name>", "only what this one did, as entries call it")
    .option("--action <word>", "only of this kind")
    .option("--app <app>", "only of this application")
    .option("--project <name>", "only of this project")
    .addOption(new Option("--outcome <word>", "only what ended so").choices(["done", "refused", "failed"]))
    .option("--text <text>", "only entries that say this somewhere");
}

function momentFlag(text: string): Moment {
  const ago = parseDurationMs(text);
  if (ago !== undefined) return { ago };
  const at = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(at))
    throw new InvalidArgumentError("Write a duration such as 24h, or a time such as 2026-11-23T04:00:00Z.");
  return { at };
}
