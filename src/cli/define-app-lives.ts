import { type Command, Option } from "commander";
import { APP, APPS, one, selecting } from "./app-flags.ts";
import type { AppConfirmDeletionOptions } from "./commands/app-confirm-deletion.ts";
import type { AppCreateOptions } from "./commands/app-create.ts";
import type { AppDeleteOptions } from "./commands/app-delete.ts";
import type { AppEditOptions } from "./commands/app-edit.ts";
import type { AppForgetOptions } from "./commands/app-forget.ts";
import type { AppPatchOptions } from "./commands/app-patch.ts";
import type { AppSetOptions } from "./commands/app-set.ts";
import { examples, output, type Start } from "./define-command.ts";
import { repeated, wholeNumberFlag } from "./parse-flags.ts";

/** Made, deleted, let go of. */
export function defineAppLives(app: Command, start: Start): void {
  app
    .command("create")
    .description("make an application without a file")
    .argument("[name]", "without --file")
    .option("-f, --file <file>", "a manifest, or several; - is standard input")
    .option("--upsert", "replace one of that name")
    .option("-N, --app-namespace <namespace>", "namespace of the application")
    .option("--project <name>", "its project")
    .option("--repo <url>", "repository")
    .option("--path <path>", "folder in it")
    .option("--revision <revision>", "branch, tag or commit")
    .option("--dest-server <url>", "cluster by its address")
    .option("--dest-name <name>", "cluster by its name")
    .option("--dest-namespace <namespace>", "namespace for objects that name none")
    .addOption(
      new Option("--sync-policy <policy>", "automated syncs by itself").choices([
        "automated",
        "auto",
        "none",
        "manual",
      ]),
    )
    .option("--auto-prune", "with automated: delete what left Git")
    .option("--self-heal", "with automated: undo changes in the cluster")
    .option(
      "--sync-option <option>",
      "such as CreateNamespace=true, which makes the namespace where it is not there; may be repeated",
      repeated,
    )
    .option("--directory-recurse", "a plain folder with all below it")
    .option("--no-validate", "make it without asking its repository whether it can be rendered")
    .addOption(new Option("--validate", "so it is anyway").hideHelp())
    .addOption(output("json", "yaml"))
    .addHelpText(
      "after",
      examples(
        "app create -f web.yaml",
        "app create web --repo https://git.example.com/shop.git --path web --dest-namespace shop --sync-option CreateNamespace=true",
      ),
    )
    .action((name: string | undefined, options: AppCreateOptions) =>
      start(async (context) => (await import("./commands/app-create.ts")).appCreate(context, name, options)),
    );

  one(
    app
      .command("set")
      .description("change fields of an application that no file holds")
      .argument("<app>", APP),
  )
    .option("--project <name>", "its project")
    .option("--repo <url>", "repository")
    .option("--path <path>", "folder in it")
    .option("--revision <revision>", "branch, tag or commit")
    .option("-p, --parameter <name=value>", "a value of its Helm chart; may be repeated", repeated)
    .option("--helm-set <name=value>", "the same, several by commas; may be repeated", repeated)
    .option("--helm-set-string <name=value>", "the same, always as text; may be repeated", repeated)
    .option("--source-position <number>", "which of several sources; 1 is the first", wholeNumberFlag)
    .option("--dest-server <url>", "cluster by its address")
    .option("--dest-name <name>", "cluster by its name")
    .option("--dest-namespace <namespace>", "namespace for objects that name none")
    .addOption(
      new Option("--sync-policy <policy>", "automated syncs by itself").choices([
        "automated",
        "auto",
        "none",
        "manual",
      ]),
    )
    .option("--auto-prune", "with automated: delete what left Git")
    .option("--no-auto-prune", "with automated: keep what left Git")
    .option("--self-heal", "with automated: undo changes in the cluster")
    .option("--no-self-heal", "with automated: leave changes in the cluster")
    .option(
      "--sync-option <option>",
      "such as CreateNamespace=true, or !CreateNamespace=true to take it out; may be repeated",
      repeated,
    )
    .option("--no-validate", "change it without asking its repository whether it can be rendered")
    .addOption(new Option("--validate", "so it is anyway").hideHelp())
    .addOption(output("json", "yaml", "name"))
    .addHelpText(
      "after",
      examples(
        "app set web --revision v2",
        "app set web -p image.tag=v2",
        "app set web --sync-policy automated --self-heal",
      ),
    )
    .action((name: string, options: AppSetOptions) =>
      start(async (context) => (await import("./commands/app-set.ts")).appSet(context, name, options)),
    );

  one(
    app
      .command("edit")
      .description("edit the manifest of an application that no file holds, in VISUAL or EDITOR")
      .argument("<app>", APP),
  )
    .option("-y, --yes", "write what was saved, and do not ask")
    .option("--no-validate", "change it without asking its repository whether it can be rendered")
    .addOption(new Option("--validate", "so it is anyway").hideHelp())
    .addOption(output("json", "yaml", "name"))
    .addHelpText(
      "after",
      `${examples("app edit web", "app edit shop/web --yes -o yaml")}\n\nIt shows what the edit changes and what comes of it, and asks. Nothing is written where somebody else changed it meanwhile; what was typed is kept in a file then.`,
    )
    .action((name: string, options: AppEditOptions) =>
      start(async (context) => (await import("./commands/app-edit.ts")).appEdit(context, name, options)),
    );

  one(
    app
      .command("patch")
      .description("change an application that no file holds by a patch")
      .argument("<app>", APP),
  )
    .requiredOption("-p, --patch <json>", "what is changed")
    .addOption(
      new Option("--type <type>", "a merge patch (RFC 7396), or operations (RFC 6902)")
        .choices(["merge", "json"])
        .default("merge"),
    )
    .option("--no-validate", "change it without asking its repository whether it can be rendered")
    .addOption(new Option("--validate", "so it is anyway").hideHelp())
    .addOption(output("json", "yaml", "name"))
    .addHelpText("after", examples(`app patch web -p '{"spec": {"source": {"targetRevision": "v2"}}}'`))
    .action((name: string, options: AppPatchOptions) =>
      start(async (context) => (await import("./commands/app-patch.ts")).appPatch(context, name, options)),
    );

  one(
    app
      .command("pause")
      .description("leave an application alone: it is compared, and nothing of it is written to a cluster")
      .argument("<app>", APP),
  )
    .addHelpText(
      "after",
      `${examples("app pause web --reason 'under repair'")}\n\nOf one that no file holds. It sets the annotation argocd.argoproj.io/skip-reconcile, which a file may have, too.`,
    )
    .action((name: string, options: { appNamespace?: string }) =>
      start(async (context) => (await import("./commands/app-patch.ts")).appPause(context, name, options)),
    );

  one(app.command("resume").description("end what app pause began").argument("<app>", APP))
    .addHelpText("after", examples("app resume web"))
    .action((name: string, options: { appNamespace?: string }) =>
      start(async (context) => (await import("./commands/app-patch.ts")).appResume(context, name, options)),
    );

  selecting(
    app
      .command("delete")
      .alias("rm")
      .description("delete applications that no file holds, and their objects")
      .argument("[apps...]", APPS),
  )
    .option("--no-cascade", "leave the objects in the cluster")
    .addOption(new Option("--cascade", "delete the objects too (so it is anyway)").hideHelp())
    .addOption(
      new Option(
        "-p, --propagation-policy <policy>",
        "what is deleted first: what objects own, or the objects",
      ).choices(["foreground", "background"]),
    )
    .option("--skip-hooks", "run none of the hooks around the deletion (PreDelete, PostDelete)")
    .option("-y, --yes", "do not ask")
    .option("--wait", "until they are gone, and show each step")
    .addHelpText(
      "after",
      `${examples("app delete web", "app delete web --wait --yes", "app delete web --cascade=false --yes")}\n\nOnce more, it tries again what failed.`,
    )
    .action((names: string[], options: AppDeleteOptions) =>
      start(async (context) => (await import("./commands/app-delete.ts")).appDelete(context, names, options)),
    );

  one(
    app
      .command("confirm-deletion")
      .description("approve of the objects that an application's deletion asks about (Delete=confirm)")
      .argument("<app>", APP),
  )
    .option("-y, --yes", "do not ask")
    .addHelpText("after", examples("app confirm-deletion web", "app confirm-deletion web --yes"))
    .action((name: string, options: AppConfirmDeletionOptions) =>
      start(async (context) =>
        (await import("./commands/app-confirm-deletion.ts")).appConfirmDeletion(context, name, options),
      ),
    );

  selecting(
    app
      .command("forget")
      .description(
        "let go of applications without touching their objects, also where a cluster is unreachable",
      )
      .argument("[apps...]", APPS),
  )
    .option("-y, --yes", "do not ask")
    .addHelpText(
      "after",
      `${examples("app forget web", "app forget web --yes")}\n\nNo hook runs and nothing is deleted, also in the middle of a deletion. It is app delete --cascade=false.`,
    )
    .action((names: string[], options: AppForgetOptions) =>
      start(async (context) => (await import("./commands/app-forget.ts")).appForget(context, names, options)),
    );
}
