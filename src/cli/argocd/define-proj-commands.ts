import { type Command, Option } from "commander";
import type { ProjectCreateOptions, ProjectFlags } from "../commands/proj-create.ts";
import { output } from "../define-command.ts";
import { defineProjectEdits } from "../define-project-edits.ts";
import { durationFlag, repeated } from "../parse-flags.ts";
import { type PolicyFlags, policyOf } from "../project/role-edits.ts";
import type { ArgoStart } from "./argo-context.ts";

type Output = { output?: "json" | "yaml" | "name" | "wide" };

export function defineProjCommands(program: Command, start: ArgoStart): void {
  const commands = () => import("./commands/proj.ts");
  const project = program.command("proj").alias("project").description("projects");
  project
    .command("list")
    .alias("ls")
    .description("list projects")
    .addOption(output("json", "yaml", "name", "wide"))
    .action((options: Output) => start(async (context) => (await commands()).projList(context, options)));
  project
    .command("get")
    .description("one project")
    .argument("<project>")
    .addOption(output("json", "yaml", "name", "wide"))
    .action((name: string, options: Output) =>
      start(async (context) => (await commands()).projGet(context, name, options)),
    );
  withFlags(project.command("create").description("make a project").argument("[project]"))
    .option("-f, --file <file>", "an AppProject; - is standard input")
    .option("--upsert", "in place of one of that name")
    .action((name: string | undefined, options: ProjectCreateOptions) =>
      start(async (context) => (await commands()).projMake(context, name, options)),
    );
  withFlags(project.command("set").description("replace lists of a project").argument("<project>")).action(
    (name: string, options: ProjectFlags) =>
      start(async (context) => (await commands()).projChange(context, name, options)),
  );
  project
    .command("edit")
    .description("change a project in an editor")
    .argument("<project>")
    .action((name: string) =>
      start(async (context) =>
        // Closing the editor is the answer, as there.
        (await import("../commands/project-edit.ts")).projectEdit(context, name, { yes: true }),
      ),
    );
  project
    .command("delete")
    .alias("rm")
    .description("delete projects that no application is of")
    .argument("<projects...>")
    .option("-y, --yes", "do not ask")
    .action((names: string[], options: { yes?: true }) =>
      start(async (context) => (await commands()).projDelete(context, names, options)),
    );
  const windows = project.command("windows").alias("window").description("sync windows");
  windows
    .command("list")
    .alias("ls")
    .description("list sync windows")
    .argument("<project>")
    .addOption(output("json", "yaml", "wide"))
    .action((name: string, options: Output) =>
      start(async (context) => (await commands()).windowsList(context, name, options)),
    );
  defineProjectEdits(project, windows, {
    flags: (command) => command,
    run: (name, _options, edit) =>
      start(async (context) => (await commands()).editProject(context, name, edit)),
  });
  defineRoles(project, start);
}

function withFlags(command: Command): Command {
  return command
    .option("--description <text>", "what it is for")
    .option("-d, --dest <server,namespace>", "a destination; may be repeated", repeated)
    .option("-s, --src <repository>", "a repository, or a pattern; may be repeated", repeated)
    .option("--source-namespaces <namespace>", "where its applications may live; may be repeated", repeated)
    .option("--allow-cluster-resource <group/kind>", "may be repeated", repeated)
    .option("--deny-cluster-resource <group/kind>", "may be repeated", repeated)
    .option("--allow-namespaced-resource <group/kind>", "may be repeated", repeated)
    .option("--deny-namespaced-resource <group/kind>", "may be repeated", repeated)
    .option("--orphaned-resources", "look for what is no application's")
    .option("--orphaned-resources-warn", "and warn of it");
}

function defineRoles(project: Command, start: ArgoStart): void {
  const commands = () => import("./commands/proj-roles.ts");
  const roles = project.command("role").description("roles of a project");
  const of = (name: string, text: string): Command =>
    roles.command(name).description(text).argument("<project>").argument("<role>");
  roles
    .command("list")
    .description("list roles")
    .argument("<project>")
    .addOption(output("json", "yaml", "name", "wide"))
    .action((name: string, options: Output) =>
      start(async (context) => (await commands()).roleList(context, name, options)),
    );
  of("get", "one role").action((name: string, role: string) =>
    start(async (context) => (await commands()).roleGet(context, name, role)),
  );
  of("create", "make a role")
    .option("--description <text>", "what it is for")
    .action((name: string, role: string, options: { description?: string }) =>
      start(async (context) => (await commands()).roleCreate(context, name, role, options)),
    );
  of("delete", "delete a role").action((name: string, role: string) =>
    start(async (context) => (await commands()).roleDelete(context, name, role)),
  );
  for (const does of ["add", "remove"] as const) {
    of(`${does}-policy`, `${does} what it permits`)
      .requiredOption("-a, --action <action>", "get, create, update, delete, sync, override …")
      .requiredOption("-o, --object <object>", "an application, or a pattern, without the project")
      .addOption(
        new Option("-p, --permission <word>", "of the line").choices(["allow", "deny"]).default("allow"),
      )
      .option("-r, --resource <resource>", "of what", "applications")
      .action((name: string, role: string, flags: PolicyFlags) =>
        start(async (context) => {
          const { roleEntry } = await commands();
          const text = policyOf(name, role, flags);
          return roleEntry(context, { project: name, role, list: "policies", text }, does);
        }),
      );
    of(`${does}-group`, `${does} a group that has it`)
      .argument("<group>")
      .action((name: string, role: string, text: string) =>
        start(async (context) =>
          (await commands()).roleEntry(context, { project: name, role, list: "groups", text }, does),
        ),
      );
  }
  of("create-token", "make a token that has it")
    .option(
      "-e, --expires-in <duration>",
      "0 for a year, the longest that a token lives here",
      durationFlag,
      0,
    )
    .option("-i, --id <id>", "of the token")
    .option("-t, --token-only", "print the token and nothing else")
    .action((name: string, role: string, options: { expiresIn: number; id?: string; tokenOnly?: true }) =>
      start(async (context) => (await commands()).roleCreateToken(context, name, role, options)),
    );
  of("delete-token", "make a token worth nothing")
    .argument("<issued-at>", "as list-tokens has it")
    .action((name: string, role: string, issuedAt: string) =>
      start(async (context) => (await commands()).roleDeleteToken(context, name, role, issuedAt)),
    );
  of("list-tokens", "its tokens").action((name: string, role: string) =>
    start(async (context) => (await commands()).roleListTokens(context, name, role)),
  );
}
