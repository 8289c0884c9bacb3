import type { Command } from "commander";
import type { RepoAddOptions } from "./commands/repo-add.ts";
import type { RepoRmOptions } from "./commands/repo-rm.ts";
import { examples, output, type Start } from "./define-command.ts";
import {
  type RepoCredentialFlags,
  type RepoFlags,
  withCredentialFlags,
  withRepoFlags,
} from "./repo-credentials.ts";
import { REPO_OUTPUTS, type RepoOutput } from "./words/repo-rows.ts";

export function defineRepoCommands(program: Command, start: Start): void {
  defineRepos(program, start);
  defineCredentials(program, start);
}

function defineRepos(program: Command, start: Start): void {
  const repo = program.command("repo").description("repositories: Git, charts and registries");
  repo
    .command("list")
    .alias("ls")
    .description("list repositories, and whether they answer")
    .option("--refresh", "ask them now")
    .addOption(output(...REPO_OUTPUTS))
    .addHelpText("after", examples("repo list", "repo list --refresh -o wide"))
    .action((options: { output?: RepoOutput; refresh?: true }) =>
      start(async (context) => (await import("./commands/repo-list.ts")).repoList(context, options)),
    );
  repo
    .command("get")
    .description("one repository; never its credentials")
    .argument("<repository>", "its address")
    .option("--project <project>", "whose it is, where several have it")
    .addOption(output(...REPO_OUTPUTS))
    .addHelpText("after", examples("repo get https://git.example.com/team/shop"))
    .action((url: string, options: { output?: RepoOutput; project?: string }) =>
      start(async (context) => (await import("./commands/repo-list.ts")).repoGet(context, url, options)),
    );
  withRepoFlags(
    repo
      .command("test")
      .description("whether the daemon reaches a repository, as it is or as flags say; ends with 5 where not")
      .argument("<repository>", "its address"),
  )
    .addOption(output("json"))
    .addHelpText(
      "after",
      examples(
        "repo test https://git.example.com/team/shop",
        "repo test git@git.example.com:team/shop --ssh-private-key-path ./id_ed25519",
      ),
    )
    .action((url: string, options: RepoFlags & { output?: "json" }) =>
      start(async (context) => (await import("./commands/repo-list.ts")).repoTest(context, url, options)),
    );
  withRepoFlags(
    repo
      .command("add")
      .description("have the daemon keep a repository, once it answers with these credentials")
      .argument("<repository>", "its address, without a user name or a password"),
  )
    .option("--upsert", "replace one of that address")
    .addOption(output(...REPO_OUTPUTS))
    .addHelpText(
      "after",
      examples(
        "repo add https://git.example.com/team/shop --username ci --password-stdin < token",
        "repo add git@git.example.com:team/shop --ssh-private-key-path ./id_ed25519 --ssh-known-hosts-path ./known_hosts",
        "repo add https://charts.example.com/shop --type helm --name shop",
        "repo add oci://registry.example.com/team/shop --type oci --username ci --password-file ./token",
        "repo add https://github.com/team/shop --github-app-id 1 --github-app-private-key-path ./app.pem",
      ),
    )
    .action((url: string, options: RepoAddOptions) =>
      start(async (context) => (await import("./commands/repo-add.ts")).repoAdd(context, url, options)),
    );
  repo
    .command("rm")
    .alias("delete")
    .description("forget repositories that were added; what applications brought from there stays")
    .argument("<repositories...>", "addresses")
    .option("--project <project>", "whose they are, where several have them")
    .option("-y, --yes", "do not ask")
    .addHelpText("after", examples("repo rm https://git.example.com/team/shop"))
    .action((urls: string[], options: RepoRmOptions) =>
      start(async (context) => (await import("./commands/repo-rm.ts")).repoRm(context, urls, options)),
    );
}

function defineCredentials(program: Command, start: Start): void {
  const commands = () => import("./commands/repocreds.ts");
  const creds = program
    .command("repocreds")
    .description("credentials for all repositories whose addresses begin alike");
  creds
    .command("list")
    .alias("ls")
    .description("list credentials; never what is secret of them")
    .addOption(output(...REPO_OUTPUTS))
    .addHelpText("after", examples("repocreds list"))
    .action((options: { output?: RepoOutput }) =>
      start(async (context) => (await commands()).repoCredsList(context, options)),
    );
  withCredentialFlags(
    creds
      .command("add")
      .description("have the daemon keep credentials")
      .argument("<address>", "what the addresses begin with"),
  )
    .option("--upsert", "replace those of that address")
    .addHelpText(
      "after",
      examples("repocreds add https://git.example.com/team/ --username ci --password-stdin < token"),
    )
    .action((url: string, options: RepoCredentialFlags & { upsert?: true }) =>
      start(async (context) => (await commands()).repoCredsAdd(context, url, options)),
    );
  creds
    .command("rm")
    .alias("delete")
    .description("forget credentials that were added")
    .argument("<addresses...>", "what the addresses begin with")
    .option("--project <project>", "whose they are, where several have them")
    .option("-y, --yes", "do not ask")
    .addHelpText("after", examples("repocreds rm https://git.example.com/team/"))
    .action((urls: string[], options: { project?: string; yes?: boolean }) =>
      start(async (context) => (await commands()).repoCredsRm(context, urls, options)),
    );
}
