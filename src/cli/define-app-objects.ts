import { type Command, Option } from "commander";
import { APP, choosingObjects } from "./app-flags.ts";
import type { AppDeleteResourceOptions } from "./commands/app-delete-resource.ts";
import type { AppGetResourceOptions } from "./commands/app-get-resource.ts";
import type { AppOpenOptions } from "./commands/app-open.ts";
import type { AppPatchResourceOptions } from "./commands/app-patch-resource.ts";
import { examples, output, type Start } from "./define-command.ts";
import { PATCH_TYPES } from "./objects/patch-types.ts";

/** Single objects as their cluster has them. */
export function defineAppObjects(app: Command, start: Start): void {
  choosingObjects(
    app
      .command("get-resource")
      .description("objects as their cluster has them; values of Secrets are masked")
      .argument("<app>", APP),
  )
    .option("--show-managed-fields", "also who set which field")
    .addOption(output("json", "yaml", "name"))
    .addHelpText(
      "after",
      examples("app get-resource web --kind Deployment", "app get-resource web --kind Pod -o name"),
    )
    .action((name: string, options: AppGetResourceOptions) =>
      start(async (context) =>
        (await import("./commands/app-get-resource.ts")).appGetResource(context, name, options),
      ),
    );

  choosingObjects(
    app
      .command("patch-resource")
      .description("change objects on their cluster, and show what the server made of it")
      .argument("<app>", APP),
  )
    .requiredOption("-p, --patch <patch>", "fields, or a list of operations, as JSON")
    .addOption(
      new Option("--patch-type <type>", "merge (RFC 7396) or json (RFC 6902)")
        .choices(PATCH_TYPES)
        .default("merge"),
    )
    .option("--all", "every object that is meant")
    .addOption(output("json", "yaml"))
    .addHelpText(
      "after",
      `${examples(
        'app patch-resource web --kind Deployment --resource-name web -p \'{"spec":{"paused":true}}\'',
      )}\n\nWhat Git sets is refused where self-heal would put it back.`,
    )
    .action((name: string, options: AppPatchResourceOptions) =>
      start(async (context) =>
        (await import("./commands/app-patch-resource.ts")).appPatchResource(context, name, options),
      ),
    );

  choosingObjects(
    app
      .command("delete-resource")
      .description("delete objects from their cluster: shows what comes of it, and asks first")
      .argument("<app>", APP),
  )
    .option("--all", "every object that is meant")
    .option("--orphan", "what they own stays")
    .option("--force", "at once: what runs gets no time to end")
    .option("--wait", "until they are gone")
    .option("-y, --yes", "do not ask")
    .addHelpText(
      "after",
      examples(
        "app delete-resource web --kind Pod --resource-name web-5d4f8-x2",
        "app delete-resource web --kind Job --all --yes --wait",
      ),
    )
    .action((name: string, options: AppDeleteResourceOptions) =>
      start(async (context) =>
        (await import("./commands/app-delete-resource.ts")).appDeleteResource(context, name, options),
      ),
    );

  choosingObjects(
    app
      .command("open")
      .description(
        "open the page of an application, or of one of its objects, in a browser; prints the address",
      )
      .argument("<app>", APP),
  )
    .option("--print", "only the address, as a pipe gets it")
    .addHelpText(
      "after",
      examples("app open web", "app open web --kind Deployment --resource-name api", "app open web --print"),
    )
    .action((name: string, options: AppOpenOptions) =>
      start(async (context) => (await import("./commands/app-open.ts")).appOpen(context, name, options)),
    );
}
