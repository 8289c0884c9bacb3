import { type Command, Option } from "commander";
import { output } from "../define-command.ts";
import { durationFlag, portFlag } from "../parse-flags.ts";
import type { ArgoStart } from "./argo-context.ts";
import type { Output, PasswordOptions, TokenOptions } from "./commands/account.ts";
import type { LoginOptions } from "./commands/login.ts";
import type { VersionOptions } from "./commands/version.ts";

/** Who one is, and where. */
export function defineSessionCommands(program: Command, start: ArgoStart): void {
  const loggingIn = () => import("./commands/login.ts");
  program
    .command("login")
    .description("log in to a server, and keep the login as a context")
    .argument("[server]")
    .option("--username <name>")
    .option("--password <password>", "without it: from standard input")
    .option("--name <context>", "of the context; default: the server")
    .option("--skip-test-tls", "nothing is tested")
    .option("--sso", "by a browser: a provider's page, or name and password on the daemon's")
    .option("--sso-port <port>", "on which the answer is listened for; default: any that is free", portFlag)
    .option("--sso-launch-browser", "so it is anyway; --sso-launch-browser=false prints the address")
    .addOption(new Option("--no-sso-launch-browser").hideHelp())
    .action((server: string | undefined, options: LoginOptions) =>
      start(async (context) => (await loggingIn()).login(context, server, options)),
    );
  program
    .command("relogin")
    .description("log in to the current context again")
    .option("--password <password>")
    .option("--sso-port <port>", "where the login was by --sso", portFlag)
    .option("--sso-launch-browser", "so it is anyway; --sso-launch-browser=false prints the address")
    .addOption(new Option("--no-sso-launch-browser").hideHelp())
    .action((options: LoginOptions) =>
      start(async (context) => (await loggingIn()).relogin(context, options)),
    );
  program
    .command("logout")
    .description("forget a context's login")
    .argument("<context>")
    .action((name: string) => start(async (context) => (await loggingIn()).logout(context, name)));
  program
    .command("context")
    .alias("ctx")
    .description("list contexts, or go to one")
    .argument("[context]")
    .option("--delete", "that one is no more")
    .action((name: string | undefined, options: { delete?: true }) =>
      start(async (context) => (await loggingIn()).contexts(context, name, options)),
    );
  program
    .command("version")
    .description("versions of this program and of the server")
    .option("--client", "of this program alone")
    .option("--short", "one line each")
    .addOption(output("json", "yaml", "short", "wide"))
    .action((options: VersionOptions) =>
      start(async (context) => (await import("./commands/version.ts")).version(context, options)),
    );
  defineAccount(program, start);
}

function defineAccount(program: Command, start: ArgoStart): void {
  const commands = () => import("./commands/account.ts");
  const account = program.command("account").description("accounts");
  account
    .command("list")
    .description("list accounts")
    .addOption(output("json", "yaml", "name", "wide"))
    .action((options: { output?: Output }) =>
      start(async (context) => (await commands()).accountList(context, options)),
    );
  account
    .command("get")
    .description("one account, and its tokens")
    .option("-a, --account <name>", "default: one's own")
    .addOption(output("json", "yaml", "name", "wide"))
    .action((options: { account?: string; output?: Output }) =>
      start(async (context) => (await commands()).accountGet(context, options)),
    );
  account
    .command("get-user-info")
    .description("who one is")
    .addOption(output("json", "yaml"))
    .action((options: { output?: Output }) =>
      start(async (context) => (await commands()).accountInfo(context, options)),
    );
  account
    .command("can-i")
    .description("whether one may: prints yes or no")
    .argument("<action>")
    .argument("<resource>")
    .argument("<object>")
    .action((action: string, resource: string, object: string) =>
      start(async (context) => (await commands()).accountCanI(context, action, resource, object)),
    );
  account
    .command("update-password")
    .description("set a password")
    .option("--account <name>", "default: one's own")
    .option("--current-password <password>", "of whoever asks; without it: from standard input")
    .option("--new-password <password>", "without it: from standard input")
    .action((options: PasswordOptions) =>
      start(async (context) => (await commands()).accountUpdatePassword(context, options)),
    );
  account
    .command("generate-token")
    .description("make a token, and print it")
    .option("-a, --account <name>", "default: one's own")
    .option(
      "-e, --expires-in <duration>",
      "0 for a year, the longest that a token lives here",
      durationFlag,
      0,
    )
    .option("--id <id>", "of the token")
    .action((options: TokenOptions) =>
      start(async (context) => (await commands()).accountGenerateToken(context, options)),
    );
  account
    .command("delete-token")
    .description("make a token worth nothing")
    .argument("<id>")
    .option("-a, --account <name>", "default: one's own")
    .action((id: string, options: { account?: string }) =>
      start(async (context) => (await commands()).accountDeleteToken(context, id, options)),
    );
  account
    .command("bcrypt")
    .description("the bcrypt hash of a password")
    .option("--password <password>", "without it: from standard input")
    .action((options: { password?: string }) =>
      start(async (context) => (await commands()).accountBcrypt(context, options)),
    );
}
