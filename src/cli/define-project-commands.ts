import type { Command } from "commander";
import type { ProjectCreateOptions, ProjectFlags } from "./commands/proj-create.ts";
import type { WindowListOptions } from "./commands/project-windows.ts";
import { examples, output, type Start } from "./define-command.ts";
import { defineProjectEdits, ownEditPlace } from "./define-project-edits.ts";
import { defineProjectRoles } from "./define-project-roles.ts";
import { repeated } from "./parse-flags.ts";

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
  defineProjectLives(project, start);
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
  const place = ownEditPlace(start);
  defineProjectEdits(project, window, place);
  defineProjectRoles(project, place, start);
}

/** Of projects that live where the daemon keeps what is made through it. */
function defineProjectLives(project: Command, start: Start): void {
  const flags = (command: Command): Command =>
    command
      .option("--description <text>", "what it is for")
      .option("-d, --dest <server,namespace>", "a destination; may be repeated", repeated)
      .option("--src <repository>", "a repository, or a pattern (-s); may be repeated", repeated)
      .option("--source-namespaces <namespace>", "where its applications may live; may be repeated", repeated)
      .option(
        "--allow-cluster-resource <group/kind>",
        "permit this kind of the whole cluster; may be repeated",
        repeated,
      )
      .option(
        "--deny-cluster-resource <group/kind>",
        "deny this kind of the whole cluster; may be repeated",
        repeated,
      )
      .option(
        "--allow-namespaced-resource <group/kind>",
        "permit this kind in namespaces; may be repeated",
        repeated,
      )
      .option(
        "--deny-namespaced-resource <group/kind>",
        "deny this kind in namespaces; may be repeated",
        repeated,
      )
      .option("--orphaned-resources", "look for objects that are no application's")
      .option("--orphaned-resources-warn", "and warn of it");
  flags(project.command("create").description("make a project").argument("[project]", "its name"))
    .option("-f, --file <file>", "an AppProject in YAML or JSON; - is standard input")
    .option("--upsert", "replace one of that name")
    .addHelpText(
      "after",
      examples(
        "project create team -d https://kubernetes.default.svc,team-* -s https://git.example.com/team/*",
        "project create -f team.yaml --upsert",
      ),
    )
    .action((name: string | undefined, options: ProjectCreateOptions) =>
      start(async (context) =>
        (await import("./commands/proj-create.ts")).projCreate(context, name, options),
      ),
    );
  flags(project.command("set").description("replace lists of a project").argument("<project>", "its name"))
    .addHelpText("after", examples("project set team -s https://git.example.com/team/*"))
    .action((name: string, options: ProjectFlags) =>
      start(async (context) => (await import("./commands/proj-create.ts")).projSet(context, name, options)),
    );
  project
    .command("edit")
    .description("edit the manifest of a project that lives where the daemon keeps it, in VISUAL or EDITOR")
    .argument("<project>", "its name")
    .option("-y, --yes", "write what was saved, and do not ask")
    .addHelpText("after", examples("project edit team"))
    .action((name: string, options: { yes?: true }) =>
      start(async (context) =>
        (await import("./commands/project-edit.ts")).projectEdit(context, name, options),
      ),
    );
  project
    .command("delete")
    .alias("rm")
    .description("delete projects that no application is of")
    .argument("<projects...>", "their names")
    .option("-y, --yes", "do not ask")
    .addHelpText("after", examples("project delete team"))
    .action((names: string[], options: { yes?: true }) =>
      start(async (context) =>
        (await import("./commands/proj-create.ts")).projDelete(context, names, options),
      ),
    );
}
