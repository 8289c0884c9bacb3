import type { Command } from "commander";
import type { WindowListOptions } from "./commands/project-windows.ts";
import { examples, output, type Start } from "./define-command.ts";
import { defineProjectEdits } from "./define-project-edits.ts";

type ProjectOutput = "json" | "yaml" | "name" | "wide";

export function defineProjectCommands(program: Command, start: Start): void {
  const project = program.command("project").alias("proj").description("projects");
  project
    .command("list")
    .alias("ls")
    .description("list projects")
    .addOption(output("json", "yaml", "name", "wide"))
    .addHelpText("after", examples("project list"))
    .action((options: { output?: ProjectOutput }) =>
      start(async (context) => (await import("./commands/proj-list.ts")).projList(context, options)),
    );
  project
    .command("get")
    .description("what one project permits: its own rules, and those of global projects")
    .argument("<project>", "its name")
    .addOption(output("json", "yaml", "name", "wide"))
    .addHelpText("after", examples("project get team", "project get team -o yaml"))
    .action((name: string, options: { output?: ProjectOutput }) =>
      start(async (context) => (await import("./commands/proj-get.ts")).projGet(context, name, options)),
    );
  const window = project
    .command("window")
    .alias("windows")
    .description("when applications of a project may be synced");
  window
    .command("list")
    .alias("ls")
    .description("list sync windows: which are open, and what opens or closes when")
    .argument("[project]", "default: all that have some")
    .addOption(output("json", "wide"))
    .addHelpText("after", examples("project window list", "project window list team -o wide"))
    .action((name: string | undefined, options: WindowListOptions) =>
      start(async (context) =>
        (await import("./commands/project-windows.ts")).windowList(context, name, options),
      ),
    );
  defineProjectEdits(project, window, start);
}
