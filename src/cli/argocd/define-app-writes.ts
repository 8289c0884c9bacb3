import { type Command, Option } from "commander";
import { output } from "../define-command.ts";
import { repeated, wholeNumberFlag } from "../parse-flags.ts";
import type { ArgoStart } from "./argo-context.ts";
import type { AddSourceOptions, RemoveSourceOptions } from "./commands/app-sources.ts";
import type { CreateOptions, PatchOptions, SetOptions, UnsetOptions } from "./commands/app-write.ts";
import { APP, listFlag, named, withSpecFlags } from "./flags/app-flags.ts";

export function defineAppWrites(app: Command, start: ArgoStart): void {
  const writes = () => import("./commands/app-write.ts");
  withSpecFlags(named(app.command("create").description("make an application").argument("[name]")))
    .option("--name <name>", "in place of the argument")
    .option("-f, --file <file>", "a manifest, or several; - is standard input")
    .option("--upsert", "in place of one of that name")
    .option("--no-validate", "without asking its repository whether it can be rendered")
    .addOption(new Option("--validate", "so it is anyway").hideHelp())
    .option("-l, --label <key=value>", "of the application; may be repeated", listFlag)
    .option("--annotations <key=value>", "of the application; may be repeated", repeated)
    .option("--set-finalizer", "its objects go with it, however it is deleted")
    .addOption(output("json", "yaml"))
    .action((name: string | undefined, options: CreateOptions) =>
      start(async (context) => (await writes()).appCreate(context, name, options)),
    );

  withSpecFlags(named(app.command("set").description("change an application").argument("<app>", APP)))
    .option("--source-name <name>", "which of several sources, by its name")
    .option("--no-validate", "without asking its repository whether it can be rendered")
    .addOption(new Option("--validate", "so it is anyway").hideHelp())
    .action((name: string, options: SetOptions) =>
      start(async (context) => (await writes()).appSet(context, name, options)),
    );

  named(app.command("unset").description("take settings out of an application").argument("<app>", APP))
    .option("-p, --parameter <name>", "may be repeated", repeated)
    .option("--values <file>", "value file; may be repeated", repeated)
    .option("--values-literal", "values in the application")
    .option("--ignore-missing-value-files", "the switch")
    .option("--pass-credentials", "the switch")
    .option("--nameprefix", "of Kustomize")
    .option("--namesuffix", "of Kustomize")
    .option("--kustomize-version", "of Kustomize")
    .option("--kustomize-namespace", "of Kustomize")
    .option("--kustomize-image <name>", "may be repeated", repeated)
    .option("--kustomize-replica <name>", "may be repeated", repeated)
    .option("--plugin-env <name>", "may be repeated", repeated)
    .option("--ref", "by which other sources mean this one")
    .option("--source-position <number>", "which of several sources; 1 is the first", wholeNumberFlag)
    .option("--source-name <name>", "the same by its name")
    .action((name: string, options: UnsetOptions) =>
      start(async (context) => (await writes()).appUnset(context, name, options)),
    );

  const sources = () => import("./commands/app-sources.ts");
  withSpecFlags(
    named(
      app.command("add-source").description("one more of an application's sources").argument("<app>", APP),
    ),
  )
    .option("--source-name <name>", "its name among them")
    .option("--no-validate", "without asking its repository whether it can be rendered")
    .addOption(new Option("--validate", "so it is anyway").hideHelp())
    .action((name: string, options: AddSourceOptions) =>
      start(async (context) => (await sources()).appAddSource(context, name, options)),
    );
  named(app.command("remove-source").description("one of its sources less").argument("<app>", APP))
    .option("--source-position <number>", "which; 1 is the first", wholeNumberFlag)
    .option("--source-name <name>", "the same by its name")
    .action((name: string, options: RemoveSourceOptions) =>
      start(async (context) => (await sources()).appRemoveSource(context, name, options)),
    );
  named(app.command("edit").description("change an application in an editor").argument("<app>", APP))
    .option("--no-validate", "without asking its repository whether it can be rendered")
    .addOption(new Option("--validate", "so it is anyway").hideHelp())
    .action((name: string, options: { appNamespace?: string; validate?: boolean }) =>
      start(async (context) => (await sources()).appEdit(context, name, options)),
    );

  named(app.command("patch").description("patch an application").argument("<app>", APP))
    .requiredOption("--patch <text>", "JSON")
    .addOption(new Option("--type <type>", "of the patch").choices(["json", "merge"]).default("json"))
    .option("--no-validate", "without asking its repository whether it can be rendered")
    .addOption(new Option("--validate", "so it is anyway").hideHelp())
    .action((name: string, options: PatchOptions) =>
      start(async (context) => (await writes()).appPatch(context, name, options)),
    );
}
