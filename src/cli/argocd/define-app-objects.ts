import { type Command, Option } from "commander";
import { output } from "../define-command.ts";
import { pairFlag, positionFlag, repeated, wholeNumberFlag } from "../parse-flags.ts";
import type { ArgoStart } from "./argo-context.ts";
import type { LogsOptions } from "./commands/app-logs.ts";
import type { ManifestsOptions, ResourcesOptions } from "./commands/app-objects.ts";
import type { GetResourceOptions } from "./commands/app-resource.ts";
import { APP, named } from "./flags/app-flags.ts";
import type { ObjectFlags } from "./flags/object-flags.ts";

export function defineAppObjects(app: Command, start: ArgoStart): void {
  const objects = () => import("./commands/app-objects.ts");
  const resource = () => import("./commands/app-resource.ts");
  named(app.command("resources").description("its objects").argument("<app>", APP))
    .option("--project <name>", "that it must be of")
    .option("--orphaned", "orphans alone")
    .addOption(output("tree", "wide"))
    .action((name: string, options: ResourcesOptions) =>
      start(async (context) => (await objects()).appResources(context, name, options)),
    );

  named(app.command("manifests").description("its manifests").argument("<app>", APP))
    .addOption(
      new Option("--source <where>", "of Git, or of the cluster").choices(["git", "live"]).default("git"),
    )
    .option("--revision <revision>", "of Git: this one in place of the application's own")
    .option("--revisions <revision>", "of each source; may be repeated", repeated)
    .option("--source-positions <position>", "whose it is, from 1; may be repeated", positionFlag)
    .option("--source-names <name>", "the same by the sources' names", repeated)
    .action((name: string, options: ManifestsOptions) =>
      start(async (context) => (await objects()).appManifests(context, name, options)),
    );

  const actions = app.command("actions").description("what can be done to its objects");
  meaning(named(actions.command("list").description("which there are").argument("<app>", APP)), "optional")
    .addOption(output("json", "yaml", "wide"))
    .action((name: string, options: Partial<ObjectFlags>) =>
      start(async (context) => (await objects()).appActionsList(context, name, options)),
    );
  meaning(
    named(actions.command("run").description("do it").argument("<app>", APP).argument("<action>")),
    "needed",
  )
    .option("--all", "to every object that is meant")
    .option("--param <name=value>", "of the action; may be repeated", pairFlag)
    .action(
      (name: string, action: string, options: ObjectFlags & { param?: { name: string; value: string }[] }) =>
        start(async (context) => (await objects()).appActionsRun(context, name, action, options)),
    );

  meaning(
    named(
      app.command("delete-resource").description("delete an object from the cluster").argument("<app>", APP),
    ),
    "needed",
  )
    .option("--all", "every object that is meant")
    .option("--force", "at once")
    .option("--orphan", "what descends from it stays")
    .action((name: string, options: ObjectFlags & { force?: true; orphan?: true }) =>
      start(async (context) => (await resource()).appDeleteResource(context, name, options)),
    );

  meaning(
    named(
      app
        .command("get-resource")
        .description("objects as their cluster has them; values of Secrets are masked")
        .argument("<app>", APP),
    ),
    "needed",
  )
    .option("--filter-fields <fields>", "these alone: a.b,c; may be repeated", repeated)
    .option("--show-managed-fields", "with who set which field")
    .addOption(output("json", "yaml", "wide").default("wide"))
    .action((name: string, options: GetResourceOptions) =>
      start(async (context) => (await resource()).appGetResource(context, name, options)),
    );

  meaning(
    named(
      app.command("patch-resource").description("change an object on its cluster").argument("<app>", APP),
    ),
    "needed",
  )
    .requiredOption("--patch <patch>", "as JSON")
    .option("--patch-type <type>", "merge patch or JSON patch", "application/merge-patch+json")
    .option("--all", "every object that is meant")
    .action((name: string, options: ObjectFlags & { patch: string; patchType: string }) =>
      start(async (context) => (await resource()).appPatchResource(context, name, options)),
    );

  named(app.command("logs").description("logs of its Pods").argument("<app>", APP))
    .option("--group <group>", "of an object")
    .option("--kind <kind>", "of an object")
    .option("--namespace <namespace>", "of an object")
    .option("--name <name>", "of an object")
    .option("-f, --follow", "go on with what comes")
    .option("--tail <lines>", "from its end; 0 is all", wholeNumberFlag)
    .option("--since-seconds <seconds>", "of the last seconds", wholeNumberFlag)
    .option("--until-time <time>", "RFC 3339")
    .option("--filter <text>", "lines with this text alone")
    .option("-c, --container <name>", "of the Pods")
    .option("-p, --previous", "of the container before")
    .option("-m, --match-case", "with --filter: capitals count")
    .action((name: string, options: LogsOptions) =>
      start(async (context) => (await import("./commands/app-logs.ts")).appLogs(context, name, options)),
    );
}

function meaning(command: Command, kind: "needed" | "optional"): Command {
  if (kind === "needed") command.requiredOption("--kind <kind>", "of the object");
  else command.option("--kind <kind>", "of the object");
  return command
    .option("--project <name>", "that the application must be of")
    .option("--group <group>", "of the object")
    .option("--namespace <namespace>", "of the object")
    .option("--resource-name <name>", "of the object");
}
