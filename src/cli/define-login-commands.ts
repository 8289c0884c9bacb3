import { Argument, type Command } from "commander";
import type { Shell } from "./commands/completion.ts";
import { CONTEXT_OUTPUTS, type ContextAddOptions, type ContextOutput } from "./commands/context.ts";
import { type LoginOptions, WHOAMI_OUTPUTS, type WhoamiOutput } from "./commands/login.ts";
import { examples, output, type Start } from "./define-command.ts";

export function defineCompletion(program: Command, start: Start): void {
  program
    .command("completion")
    .description("a script that has a shell complete commands, flags and names of applications")
    .addArgument(new Argument("<shell>", "which one").choices(["bash", "zsh", "fish", "powershell"]))
    .addHelpText(
      "after",
      `\nExamples:\n  $ source <(holdfast completion bash)\n  $ holdfast completion zsh > "\${fpath[1]}/_holdfast"\n  $ holdfast completion fish > ~/.config/fish/completions/holdfast.fish\n  $ holdfast completion powershell | Out-String | Invoke-Expression`,
    )
    .action((shell: Shell) =>
      start(async (context) => (await import("./commands/completion.ts")).completion(context, shell)),
    );
}

/** The program itself, for the machine that it is on. */
export function defineMan(program: Command, start: Start): void {
  program
    .command("man")
    .description("the manual page: every command, flag and exit code")
    .addHelpText("after", examples("man | man -l -", "man > ~/.local/share/man/man1/holdfast.1"))
    .action(() => start(async (context) => (await import("./commands/man.ts")).man(context, program)));
}

/** Which daemon is spoken to, and as whom. */
export function defineLoginCommands(program: Command, start: Start): void {
  program
    .command("login")
    .description("log in to a daemon, and keep it as a context")
    .argument("[server]", "its address; default: that of the current context")
    .option("--name <name>", "name of the context; default: the server's host")
    .option("--sso", "by a browser of this machine: a provider's page, or name and password on the daemon's")
    .option("--provider <name>", "with --sso: the one to sign in at, where there are several")
    .option("--no-browser", "with --sso: print the address, and open nothing")
    .option("--device", "by a browser of any machine, with a code that is shown here")
    .option("--username <name>", "name of an account; asked for where nothing else is said")
    .option("--password-stdin", "the password comes by standard input; else it is asked for")
    .option("--password <password>", "the same in the arguments, where everybody on this machine can read it")
    .option("--token-stdin", "a token comes by standard input")
    .option("--token [never]", "a token is asked for")
    .addHelpText(
      "after",
      `${examples(
        "login cd.example.com",
        "login cd.example.com --sso",
        "login cd.example.com --device",
        "login cd.example.com --username ann --password-stdin < password",
        "login cd.example.com --name prod --token-file ~/.secrets/holdfast",
      )}\n\nWith --token-file that file is read at each command, and its content is kept nowhere else. With --sso and --device it waits five minutes, or as --timeout says.`,
    )
    .action((server: string | undefined, options: LoginOptions) =>
      start(async (context) => (await import("./commands/login.ts")).login(context, server, options)),
    );
  program
    .command("logout")
    .description("end the session, and forget the token here")
    .argument("[context]", "its name or its server; default: the current one")
    .addHelpText("after", examples("logout", "logout cd.example.com"))
    .action((name: string | undefined) =>
      start(async (context) => (await import("./commands/login.ts")).logout(context, name)),
    );
  program
    .command("whoami")
    .description("who the daemon takes you for")
    .addOption(output(...WHOAMI_OUTPUTS))
    .addHelpText("after", examples("whoami", "whoami -o json"))
    .action((options: { output?: WhoamiOutput }) =>
      start(async (context) => (await import("./commands/login.ts")).whoami(context, options)),
    );
  defineContextCommands(program, start);
}

function defineContextCommands(program: Command, start: Start): void {
  const context = program
    .command("context")
    .description("daemons that are kept by name, and which of them is current");
  context
    .command("list")
    .alias("ls")
    .description("list contexts")
    .addOption(output(...CONTEXT_OUTPUTS))
    .addHelpText("after", examples("context list", "context list -o name"))
    .action((options: { output?: ContextOutput }) =>
      start(async (cli) => (await import("./commands/context.ts")).contextList(cli, options)),
    );
  context
    .command("show")
    .alias("get")
    .description("one context; never its token")
    .argument("[name]", "default: the current one")
    .addOption(output(...CONTEXT_OUTPUTS))
    .addHelpText("after", examples("context show", "context show prod -o json"))
    .action((name: string | undefined, options: { output?: ContextOutput }) =>
      start(async (cli) => (await import("./commands/context.ts")).contextShow(cli, name, options)),
    );
  context
    .command("use")
    .description("make a context the current one")
    .argument("<name>", "of a context")
    .addHelpText("after", examples("context use prod"))
    .action((name: string) =>
      start(async (cli) => (await import("./commands/context.ts")).contextUse(cli, name)),
    );
  context
    .command("add")
    .description("keep a daemon by name, without asking it anything")
    .argument("<name>", "as --context takes it")
    .argument("<server>", "its address")
    .option(
      "--token-stdin",
      "a token comes by standard input; --token-file names a file that stays where it is",
    )
    .option("--use", "make it the current one, as the first one is anyway")
    .option("--upsert", "replace one of that name")
    .addHelpText("after", examples("context add prod cd.example.com --token-file ~/.secrets/holdfast --use"))
    .action((name: string, server: string, options: ContextAddOptions) =>
      start(async (cli) => (await import("./commands/context.ts")).contextAdd(cli, name, server, options)),
    );
  context
    .command("remove")
    .alias("rm")
    .alias("delete")
    .description("forget contexts; a session on the server is ended by logout, not by this")
    .argument("<names...>", "of contexts")
    .addHelpText("after", examples("context remove staging"))
    .action((names: string[]) =>
      start(async (cli) => (await import("./commands/context.ts")).contextRemove(cli, names)),
    );
}
