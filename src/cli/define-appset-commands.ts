import type { Command } from "commander";
import type { AppsetGenerateOptions } from "./commands/appset-generate.ts";
import { examples, output, type Start } from "./define-command.ts";

/** What is done with ApplicationSets. */
export function defineAppsetCommands(program: Command, start: Start): void {
  const appset = program.command("appset").description("ApplicationSets: what they make");
  appset
    .command("generate")
    .description("the applications that the ApplicationSets of a file make, without a daemon or a cluster")
    .argument("<file>", "of ApplicationSets")
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
