import { type Command, Option } from "commander";
import type { ProjectEditOptions } from "./commands/proj-edit.ts";
import type { RoleOutput, RoleTokenOptions } from "./commands/project-roles.ts";
import { examples, output, type Start } from "./define-command.ts";
import type { EditPlace } from "./define-project-edits.ts";
import { durationFlag } from "./parse-flags.ts";
import { addRole, changeRole, type PolicyFlags, policyOf, removeRole } from "./project/role-edits.ts";

/** Who may do what with the applications of one project, and the tokens that have a role of it. */
export function defineProjectRoles(project: Command, { run, flags }: EditPlace, start: Start): void {
  const commands = () => import("./commands/project-roles.ts");
  const roles = project.command("role").alias("roles").description("roles of a project");
  roles
    .command("list")
    .alias("ls")
    .description("list roles")
    .argument("<project>", "its name")
    .addOption(output("json", "yaml", "name"))
    .addHelpText("after", examples("project role list team"))
    .action((name: string, options: { output?: RoleOutput }) =>
      start(async (context) => (await commands()).roleList(context, name, options)),
    );
  const of = (under: Command, word: string, text: string): Command =>
    under
      .command(word)
      .description(text)
      .argument("<project>", "its name")
      .argument("<role>", "the role's name");
  of(roles, "get", "what one role permits, and which groups have it")
    .addOption(output("json", "yaml"))
    .addHelpText("after", examples("project role get team ci"))
    .action((name: string, role: string, options: { output?: "json" | "yaml" }) =>
      start(async (context) => (await commands()).roleGet(context, name, role, options)),
    );
  flags(of(roles, "create", "make a role"), "project role create team ci")
    .option("--description <text>", "what it is for")
    .action((name: string, role: string, options: ProjectEditOptions & { description?: string }) =>
      run(name, options, (one) => addRole(one, role, options.description)),
    );
  flags(of(roles, "delete", "delete a role").alias("rm"), "project role delete team ci").action(
    (name: string, role: string, options: ProjectEditOptions) =>
      run(name, options, (one) => removeRole(one, role)),
  );
  for (const does of ["add", "remove"] as const) {
    flags(
      of(
        roles,
        `${does}-policy`,
        does === "add" ? "permit or deny something to a role" : "take a line out of a role",
      ),
      `project role ${does}-policy team ci -a sync --object '*'`,
    )
      .requiredOption("-a, --action <action>", "get, create, update, delete, sync, override, …")
      .requiredOption("--object <object>", "an application, or a pattern, without the project")
      .addOption(
        new Option("-p, --permission <word>", "whether the line permits or denies")
          .choices(["allow", "deny"])
          .default("allow"),
      )
      .option("-r, --resource <resource>", "what the object is one of", "applications")
      .action((name: string, role: string, options: PolicyFlags & ProjectEditOptions) =>
        run(name, options, (one) =>
          changeRole(one, { role, list: "policies", text: policyOf(name, role, options) }, does),
        ),
      );
    flags(
      of(roles, `${does}-group`, does === "add" ? "give a role to a group" : "take a role from a group"),
      `project role ${does}-group team ci my-org:team`,
    )
      .argument("<group>", "as the provider of the sign-on names it")
      .action((name: string, role: string, text: string, options: ProjectEditOptions) =>
        run(name, options, (one) => changeRole(one, { role, list: "groups", text }, does)),
      );
  }
  defineTokens(roles, of, start);
}

function defineTokens(
  roles: Command,
  of: (under: Command, word: string, text: string) => Command,
  start: Start,
): void {
  const commands = () => import("./commands/project-roles.ts");
  of(roles, "create-token", "make a token that has a role, and print it, once")
    .option("-e, --expires-in <duration>", "24h, 30d; default: 90 days; 0: a year, the longest", durationFlag)
    .option("-i, --id <name>", "name of the token")
    .option(
      "--password-stdin",
      "your own password by standard input, where your login is older than 15 minutes",
    )
    .addOption(output("json"))
    .addHelpText("after", examples("project role create-token team ci -e 720h --id pipeline"))
    .action((name: string, role: string, options: RoleTokenOptions) =>
      start(async (context) => (await commands()).roleTokenCreate(context, name, role, options)),
    );
  of(roles, "list-tokens", "list the tokens of a role by name; never a token itself")
    .addOption(output("json", "yaml"))
    .addHelpText("after", examples("project role list-tokens team ci"))
    .action((name: string, role: string, options: { output?: "json" | "yaml" }) =>
      start(async (context) => (await commands()).roleTokenList(context, name, role, options)),
    );
  of(roles, "delete-token", "revoke a token: it opens nothing any more")
    .argument("<token>", "its name, as list-tokens has it")
    .option("-y, --yes", "do not ask")
    .addHelpText("after", examples("project role delete-token team ci pipeline"))
    .action((name: string, role: string, token: string, options: { yes?: true }) =>
      start(async (context) => (await commands()).roleTokenDelete(context, name, role, token, options)),
    );
}
