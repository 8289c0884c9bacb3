import type { Command } from "commander";
import {
  ACCOUNT_OUTPUTS,
  type AccountOutput,
  type PasswordOptions,
  type TokenOptions,
} from "./commands/account.ts";
import { examples, output, type Start } from "./define-command.ts";
import { durationFlag, repeated } from "./parse-flags.ts";

interface OfAccount {
  account?: string;
  output?: AccountOutput;
}

/** Who there is, and what opens the daemon for them. */
export function defineAccountCommands(program: Command, start: Start): void {
  const commands = () => import("./commands/account.ts");
  const account = program.command("account").description("accounts, their tokens and their sessions");
  account
    .command("list")
    .alias("ls")
    .description("list accounts that you may see: your own, or all")
    .addOption(output(...ACCOUNT_OUTPUTS))
    .addHelpText("after", examples("account list", "account list -o name"))
    .action((options: OfAccount) =>
      start(async (context) => (await commands()).accountList(context, options)),
    );
  account
    .command("get")
    .description("one account, and its tokens by name; never a token itself")
    .argument("[account]", "default: your own")
    .addOption(output(...ACCOUNT_OUTPUTS))
    .addHelpText("after", examples("account get", "account get ci -o json"))
    .action((name: string | undefined, options: OfAccount) =>
      start(async (context) => (await commands()).accountGet(context, name, options)),
    );
  account
    .command("can-i")
    .description("whether you may: prints yes or no, and ends with 0 or 1")
    .argument("<action>", "get, create, update, delete, sync, …")
    .argument("<resource>", "applications, projects, clusters, …")
    .argument("[object]", "PROJECT/NAME of an application; default: every one")
    .addOption(output("json"))
    .addHelpText("after", examples("account can-i sync applications team-a/web"))
    .action((action: string, resource: string, object: string | undefined, options: { output?: "json" }) =>
      start(async (context) => (await commands()).accountCanI(context, action, resource, object, options)),
    );
  account
    .command("update-password")
    .description("set your password, or another account's where you may")
    .option("--account <name>", "default: your own")
    .option("--stdin", "two lines come by standard input: your password, and the new one")
    .addHelpText("after", examples("account update-password", "account update-password --account bob"))
    .action((options: PasswordOptions) =>
      start(async (context) => (await commands()).accountUpdatePassword(context, options)),
    );
  defineTokens(account, start);
  defineSessions(account, start);
}

function defineTokens(account: Command, start: Start): void {
  const commands = () => import("./commands/account.ts");
  const token = account.command("token").description("tokens of an account, for programs");
  token
    .command("create")
    .description("make a token, and print it, this once")
    .option("--account <name>", "default: your own")
    .option("--expires-in <duration>", "24h, 30d; default: 90 days; 0: a year, the longest", durationFlag)
    .option("--id <name>", "its name in lists")
    .option("--scope <RESOURCE:ACTION:OBJECT>", "all that it may do; may be repeated", repeated)
    .option(
      "--password-stdin",
      "your own password by standard input, where your login is older than 15 minutes",
    )
    .addOption(output(...ACCOUNT_OUTPUTS))
    .addHelpText(
      "after",
      examples("account token create --account ci --expires-in 24h --scope 'applications:sync:team-a/*'"),
    )
    .action((options: TokenOptions) =>
      start(async (context) => (await commands()).accountTokenCreate(context, options)),
    );
  token
    .command("list")
    .alias("ls")
    .description("list tokens by name; never a token itself")
    .option("--account <name>", "default: your own")
    .addOption(output(...ACCOUNT_OUTPUTS))
    .addHelpText("after", examples("account token list --account ci"))
    .action((options: OfAccount) =>
      start(async (context) => (await commands()).accountTokenList(context, options)),
    );
  token
    .command("revoke")
    .aliases(["delete", "rm"])
    .description("revoke a token: it opens nothing any more")
    .argument("<id>", "as the list shows it")
    .option("--account <name>", "default: your own")
    .addHelpText("after", examples("account token revoke ci-2026 --account ci --reason 'it leaked'"))
    .action((id: string, options: OfAccount) =>
      start(async (context) => (await commands()).accountTokenRevoke(context, id, options)),
    );
}

function defineSessions(account: Command, start: Start): void {
  const commands = () => import("./commands/account.ts");
  const session = account.command("session").description("who is signed in");
  session
    .command("list")
    .alias("ls")
    .description("list sessions that you may see: your own, or all")
    .option("--account <name>", "only of this account")
    .addOption(output(...ACCOUNT_OUTPUTS))
    .addHelpText("after", examples("account session list"))
    .action((options: OfAccount) =>
      start(async (context) => (await commands()).accountSessionList(context, options)),
    );
  session
    .command("revoke")
    .aliases(["delete", "rm"])
    .description("end sessions, at once")
    .argument("<ids...>", "as the list shows them")
    .addHelpText("after", examples("account session revoke 7c0f… --reason 'a laptop is lost'"))
    .action((ids: string[]) =>
      start(async (context) => (await commands()).accountSessionRevoke(context, ids)),
    );
}
