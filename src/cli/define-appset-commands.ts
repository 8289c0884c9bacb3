import type { Command } from "commander";
import type { AppsetApproveOptions } from "./commands/appset-approve.ts";
import type { AppsetCreateOptions } from "./commands/appset-create.ts";
import type { AppsetDeleteOptions } from "./commands/appset-delete.ts";
import type { AppsetGenerateOptions } from "./commands/appset-generate.ts";
import type { AppsetGetOptions } from "./commands/appset-get.ts";
import type { AppsetListOptions } from "./commands/appset-list.ts";
import type { AppsetPreviewOptions } from "./commands/appset-preview.ts";
import { examples, output, type Start } from "./define-command.ts";
import { repeated, wholeNumberFlag } from "./parse-flags.ts";
import type { SetSelection } from "./sets/choose-sets.ts";

const SET = "name, or namespace/name";

/** What is done with ApplicationSets. The flags are those of `argocd appset`. */
export function defineAppsetCommands(program: Command, start: Start): void {
  const appset = program
    .command("appset")
    .alias("appsets")
    .description("ApplicationSets: what they make, and what they would");
  defineViews(appset, start);
  defineLives(appset, start);
  defineGenerate(appset, start);
}

function ofNamespace(command: Command): Command {
  return command.option("-N, --appset-namespace <namespace>", "namespace of the ApplicationSet");
}

function defineViews(appset: Command, start: Start): void {
  ofNamespace(appset.command("list").alias("ls").description("list ApplicationSets, and which have errors"))
    .option("-p, --project <name>", "only of this project; may be repeated", repeated)
    .option("-l, --selector <labels>", "only with these labels: a=b,c!=d,e in (f,g)")
    .addOption(output("json", "yaml", "wide", "name", "table"))
    .addHelpText("after", examples("appset list", "appset list -p team -o wide"))
    .action((options: AppsetListOptions) =>
      start(async (context) => (await import("./commands/appset-list.ts")).appsetList(context, options)),
    );
  ofNamespace(
    appset
      .command("get")
      .description("one ApplicationSet: where it is written, its applications, what is wrong, what waits")
      .argument("<set>", SET),
  )
    .option("--show-params", "what its template gives Helm")
    .addOption(output("json", "yaml", "wide", "name"))
    .addHelpText("after", examples("appset get shops", "appset get shops -o yaml"))
    .action((name: string, options: AppsetGetOptions) =>
      start(async (context) => (await import("./commands/appset-get.ts")).appsetGet(context, name, options)),
    );
  ofNamespace(
    appset
      .command("preview")
      .description(
        "what would be created, changed, deleted and held, with the difference of each; writes nothing",
      )
      .argument("[set]", `${SET}: one that is there, as it is`),
  )
    .option("-f, --file <file>", "ApplicationSets as they would be written; - is standard input")
    .option("--name-only", "only what would be done to which application")
    .option("--no-exit-code", "end with 0 although something would change")
    .addOption(output("json"))
    .addHelpText("after", examples("appset preview -f sets/shops.yaml", "appset preview shops --name-only"))
    .action((name: string | undefined, options: AppsetPreviewOptions) =>
      start(async (context) =>
        (await import("./commands/appset-preview.ts")).appsetPreview(context, name, options),
      ),
    );
}

function defineLives(appset: Command, start: Start): void {
  appset
    .command("create")
    .description("make ApplicationSets that live with the daemon")
    .argument("[files...]", "files of ApplicationSets; - is standard input")
    .option("-f, --file <file>", "the same; may be repeated", repeated)
    .option("--upsert", "replace one of that name")
    .option("--dry-run", "only say what it would make; appset preview says more")
    .addOption(output("json", "yaml", "name"))
    .addHelpText("after", examples("appset create -f sets/shops.yaml --upsert"))
    .action((files: string[], options: AppsetCreateOptions) =>
      start(async (context) =>
        (await import("./commands/appset-create.ts")).appsetCreate(context, files, options),
      ),
    );
  appset
    .command("apply")
    .description("make ApplicationSets that live with the daemon, or replace those that are there")
    .argument("[files...]", "files of ApplicationSets; - is standard input")
    .option("-f, --file <file>", "the same; may be repeated", repeated)
    .option("--dry-run", "only say what it would make; appset preview says more")
    .addOption(output("json", "yaml", "name"))
    .addHelpText("after", examples("appset apply -f sets/shops.yaml", "appset apply -f - < sets.yaml"))
    .action((files: string[], options: AppsetCreateOptions) =>
      start(async (context) =>
        (await import("./commands/appset-create.ts")).appsetCreate(context, files, {
          ...options,
          upsert: true,
        }),
      ),
    );
  ofNamespace(
    appset
      .command("delete")
      .alias("rm")
      .description("delete ApplicationSets with their applications")
      .argument("<sets...>", SET),
  )
    .option("-y, --yes", "do not ask")
    .option("--wait", "until their applications are gone")
    .addHelpText("after", examples("appset delete shops", "appset delete shops --yes --wait"))
    .action((names: string[], options: AppsetDeleteOptions) =>
      start(async (context) =>
        (await import("./commands/appset-delete.ts")).appsetDelete(context, names, options),
      ),
    );
  ofNamespace(
    appset
      .command("approve")
      .description(
        "approve of deleting applications that an ApplicationSet makes no more, where they are many at once",
      )
      .argument("<set>", SET),
  )
    .option("-y, --yes", "do not ask")
    .option(
      "--confirm <number>",
      "how many you have seen: others than these are not approved",
      wholeNumberFlag,
    )
    .addHelpText("after", examples("appset approve shops", "appset approve shops --confirm 12"))
    .action((name: string, options: AppsetApproveOptions) =>
      start(async (context) =>
        (await import("./commands/appset-approve.ts")).appsetApprove(context, name, options),
      ),
    );
  ofNamespace(
    appset
      .command("refresh")
      .description("have the generators of an ApplicationSet ask again, and wait for what comes of it")
      .argument("<set>", SET),
  )
    .addHelpText("after", examples("appset refresh shops"))
    .action((name: string, options: SetSelection) =>
      start(async (context) =>
        (await import("./commands/appset-approve.ts")).appsetRefresh(context, name, options),
      ),
    );
}

function defineGenerate(appset: Command, start: Start): void {
  appset
    .command("generate")
    .description("the applications that the ApplicationSets of a file make, without a daemon or a cluster")
    .argument("<file>", "a file of ApplicationSets")
    .option("--source <folder>", "in place of the repositories of its Git generators")
    .option("--clusters <file>", "the clusters that there are, for its cluster generators")
    .option(
      "--config <file>",
      "the config: repositories and their credentials, the namespace of what names none",
    )
    .addOption(output("json", "yaml", "name"))
    .addHelpText(
      "after",
      examples(
        "appset generate sets/web.yaml",
        "appset generate sets/web.yaml --source . --clusters clusters.yaml",
      ),
    )
    .action((file: string, options: AppsetGenerateOptions) =>
      start(async (context) =>
        (await import("./commands/appset-generate.ts")).appsetGenerate(context, file, options),
      ),
    );
}
