import type { Command } from "commander";
import { APP, choosingObjects } from "./app-flags.ts";
import type { AppActionsListOptions, AppActionsRunOptions } from "./commands/app-actions.ts";
import { examples, output, type Start } from "./define-command.ts";
import { pairFlag } from "./parse-flags.ts";

/** To single objects. */
export function defineAppActions(app: Command, start: Start): void {
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
    .option("--all", "to every object that is meant and has the action")
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
