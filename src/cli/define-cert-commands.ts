import { type Command, Option } from "commander";
import type { CertAddOptions, CertListOptions, CertRmOptions } from "./commands/cert.ts";
import { examples, output, type Start } from "./define-command.ts";

export function defineCertCommands(program: Command, start: Start): void {
  const commands = () => import("./commands/cert.ts");
  const cert = program
    .command("cert")
    .description("certificates and keys of ssh hosts by which servers of repositories are believed");
  cert
    .command("list")
    .alias("ls")
    .description("list certificates and keys, also those of entries of repositories")
    .option("--hostname-pattern <pattern>", "only of these hosts; quote it")
    .addOption(certType("only of this type"))
    .addOption(output("json", "yaml", "wide"))
    .addHelpText(
      "after",
      examples("cert list", "cert list --cert-type ssh --hostname-pattern '*.example.com'"),
    )
    .action((options: CertListOptions) =>
      start(async (context) => (await commands()).certList(context, options)),
    );
  adding(
    cert
      .command("add-tls")
      .description(
        "have the daemon believe a certificate, or those of an authority, for a host at every port",
      )
      .argument("<host>", "without a port"),
    "PEM",
  )
    .addHelpText("after", examples("cert add-tls git.example.com --from ca.pem"))
    .action((host: string, options: CertAddOptions) =>
      start(async (context) => (await commands()).certAddTls(context, host, options)),
    );
  adding(
    cert
      .command("add-ssh")
      .description("have the daemon believe keys of ssh hosts, all of them or none")
      .option("--batch", "changes nothing: it is always many"),
    "lines of a known_hosts file",
  )
    .addHelpText("after", examples("cert add-ssh --from known_hosts", "cert add-ssh --batch < known_hosts"))
    .action((options: CertAddOptions) =>
      start(async (context) => (await commands()).certAddSsh(context, options)),
    );
  cert
    .command("rm")
    .alias("delete")
    .description("forget certificates and keys that were added; what an entry of repositories says stays")
    .argument("<hosts>", "a host, or a pattern in quotes")
    .addOption(certType("only of this type"))
    .option("--cert-sub-type <type>", "only keys of this type: ssh-ed25519")
    .option("-y, --yes", "do not ask")
    .addHelpText("after", examples("cert rm git.example.com", "cert rm '*.example.com' --cert-type ssh"))
    .action((hosts: string, options: CertRmOptions) =>
      start(async (context) => (await commands()).certRm(context, hosts, options)),
    );
}

function adding(command: Command, what: string): Command {
  return command
    .option("--from <file>", `${what}; default: standard input`)
    .option("--upsert", "replace others of the same hosts")
    .addOption(output("json"));
}

function certType(says: string): Option {
  return new Option("--cert-type <type>", says).choices(["ssh", "https"]);
}
