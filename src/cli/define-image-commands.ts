import type { Command } from "commander";
import type { ImageListOptions } from "./commands/image-list.ts";
import type { ImageUpdateOptions } from "./commands/image-update.ts";
import { examples, output, type Start } from "./define-command.ts";

export function defineImageCommands(program: Command, start: Start): void {
  const image = program
    .command("image")
    .description("images of applications that are kept up to date, and what their registries have");
  image
    .command("list")
    .alias("ls")
    .description("what runs, what would be chosen, and with an application why other tags are out")
    .argument("[app]", "name, or namespace/name; default: all of them")
    .option("-N, --app-namespace <namespace>", "namespace of the application")
    .addOption(output("json", "yaml", "wide"))
    .addHelpText("after", examples("image list", "image list shop", "image list shop -o json"))
    .action((app: string | undefined, options: ImageListOptions) =>
      start(async (context) => (await import("./commands/image-list.ts")).imageList(context, app, options)),
    );
  image
    .command("update")
    .description("ask the registries now, and write what is newer to where each application says")
    .argument("[app]", "name, or namespace/name; default: all of them")
    .option("-N, --app-namespace <namespace>", "namespace of the application")
    .option("--dry-run", "show what would be written, and write nothing")
    .option("-y, --yes", "nothing is asked here: taken as everywhere else")
    .addOption(output("json", "yaml"))
    .addHelpText("after", examples("image update --dry-run", "image update shop"))
    .action((app: string | undefined, options: ImageUpdateOptions) =>
      start(async (context) =>
        (await import("./commands/image-update.ts")).imageUpdate(context, app, options),
      ),
    );
}
