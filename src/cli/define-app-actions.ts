import type { Command } from "commander";
import { APP, choosingObjects } from "./app-flags.ts";
import { CliError } from "./cli-error.ts";
import type { AppActionsListOptions, AppActionsRunOptions } from "./commands/app-actions.ts";
import { examples, output, type Start } from "./define-command.ts";
import { EXIT } from "./exit-codes.ts";
import type { ObjectSelection } from "./objects/choose-objects.ts";
import { pairFlag } from "./parse-flags.ts";

const OBJECT = "one object, such as Deployment/web; in place of --kind and --resource-name";

/** @throws {CliError} usage where it is no kind and name, or flags say something else */
function named<T extends ObjectSelection>(object: string | undefined, options: T): T {
  if (object === undefined) return options;
  const [, kind, resourceName] = /^([\w.-]+)\/([^/\s]+)$/.exec(object) ?? [];
  if (kind === undefined || resourceName === undefined)
    throw new CliError(EXIT.usage, `${object} names no object.`, [
      "Write it as kind/name, such as Deployment/web.",
    ]);
  if (options.kind !== undefined || options.resourceName !== undefined)
    throw new CliError(
      EXIT.usage,
      `The object is named twice: ${object}, and by --kind or --resource-name.`,
      ["Leave one of them out."],
    );
  return { ...options, kind, resourceName };
}

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
      .description("what can be done to the objects of an application now")
      .argument("<app>", APP)
      .argument("[kind/name]", OBJECT),
  )
    .addOption(output("json", "yaml", "wide"))
    .addHelpText("after", examples("app actions list web", "app actions list web Deployment/web"))
    .action((name: string, object: string | undefined, options: AppActionsListOptions) =>
      start(async (context) =>
        (await import("./commands/app-actions.ts")).appActionsList(context, name, named(object, options)),
      ),
    );
  choosingObjects(
    actions
      .command("run")
      .description("do one of these to an object, and print what was written")
      .argument("<app>", APP)
      .argument("<action>", "such as restart; app actions list shows them")
      .argument("[kind/name]", OBJECT),
  )
    .option("--all", "to every object that is meant and has the action")
    .option("--param <name=value>", "a parameter of the action; may be repeated", pairFlag)
    .addHelpText(
      "after",
      examples(
        "app actions run web restart Deployment/web",
        "app actions run web scale --kind StatefulSet --resource-name db --param replicas=3",
      ),
    )
    .action((name: string, action: string, object: string | undefined, options: AppActionsRunOptions) =>
      start(async (context) =>
        (await import("./commands/app-actions.ts")).appActionsRun(
          context,
          name,
          action,
          named(object, options),
        ),
      ),
    );
}
