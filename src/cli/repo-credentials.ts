/** Flags that say how a repository is reached, as fields of Argo CD's API. Secrets come from files, variables and people. */
import { type Command, Option } from "commander";
import { defined } from "../lib/defined.ts";
import { tellsSecret } from "../lib/url-userinfo.ts";
import { ask } from "./ask.ts";
import { CliError } from "./cli-error.ts";
import type { CliContext } from "./context.ts";
import { EXIT } from "./exit-codes.ts";
import { readInput } from "./read-input.ts";

export interface RepoCredentialFlags {
  type?: string;
  project?: string;
  username?: string;
  password?: string;
  passwordStdin?: true;
  passwordFile?: string;
  bearerToken?: string;
  bearerTokenFile?: string;
  sshPrivateKeyPath?: string;
  sshKnownHostsPath?: string;
  caPath?: string;
  tlsClientCertPath?: string;
  tlsClientCertKeyPath?: string;
  githubAppId?: string;
  githubAppInstallationId?: string;
  githubAppPrivateKeyPath?: string;
  githubAppEnterpriseBaseUrl?: string;
  gcpServiceAccountKeyPath?: string;
  azureServicePrincipalClientId?: string;
  azureServicePrincipalTenantId?: string;
  azureServicePrincipalClientSecret?: string;
  azureServicePrincipalClientSecretFile?: string;
  azureActiveDirectoryEndpoint?: string;
  useAzureWorkloadIdentity?: true;
  enableOci?: true;
  insecureOciForceHttp?: true;
  forceHttpBasicAuth?: true;
  proxy?: string;
  noproxy?: string;
}

export interface RepoFlags extends RepoCredentialFlags {
  name?: string;
  insecureSkipServerVerification?: true;
  insecureIgnoreHostKey?: true;
  enableLfs?: true;
}

/** Of `repo` and `repocreds`. */
export function withCredentialFlags(command: Command): Command {
  return command
    .addOption(new Option("--type <type>", "what lies there; default: git").choices(["git", "helm", "oci"]))
    .option("--project <project>", "applications of this project alone may use it")
    .option("--username <name>", "for HTTP; the password is asked for, or HOLDFAST_REPO_PASSWORD")
    .option(
      "--password <password>",
      "better one of the next two: everybody on this machine can read arguments",
    )
    .option("--password-stdin", "the password from standard input")
    .option("--password-file <file>", "the password from a file")
    .option("--bearer-token-file <file>", "in place of user name and password; - is standard input")
    .option("--ssh-private-key-path <file>", "for ssh; - is standard input")
    .option("--ssh-known-hosts-path <file>", "for ssh: which hosts are right, as ssh-keyscan prints them")
    .option("--ca-path <file>", "PEM of the authority, in place of the machine's")
    .option("--tls-client-cert-path <file>", "PEM, shown to chart repositories and registries")
    .option("--tls-client-cert-key-path <file>", "PEM of its key")
    .option("--github-app-id <id>", "id of a GitHub App that asks")
    .option(
      "--github-app-installation-id <id>",
      "id of the App's installation; default: GitHub is asked for it",
    )
    .option("--github-app-private-key-path <file>", "PEM of the App's private key")
    .option("--github-app-enterprise-base-url <url>", "the API of a GitHub Enterprise server")
    .option("--gcp-service-account-key-path <file>", "JSON of a service account of Google Cloud")
    .option("--azure-service-principal-client-id <id>", "client id of a service principal of Azure that asks")
    .option("--azure-service-principal-tenant-id <id>", "id of its tenant")
    .option("--azure-service-principal-client-secret-file <file>", "its secret; - is standard input")
    .option("--azure-active-directory-endpoint <url>", "where another Azure cloud signs in")
    .option(
      "--use-azure-workload-identity",
      "refused: the identity of the daemon's Pod is written in its config",
    )
    .option("--enable-oci", "the charts are in an OCI registry")
    .option("--insecure-oci-force-http", "ask a registry unencrypted")
    .option("--force-http-basic-auth", "changes nothing: it is always so")
    .option("--proxy <url>", "proxy that it is asked through")
    .option("--noproxy <hosts>", "hosts that are asked without the proxy");
}

export function withRepoFlags(command: Command): Command {
  return withCredentialFlags(command)
    .option("--name <name>", "name of a chart repository, as @name in a chart's dependencies")
    .option("--insecure-skip-server-verification", "take whoever answers for the right one; better --ca-path")
    .option("--insecure-ignore-host-key", "changes nothing: keys of ssh hosts are looked at")
    .option("--enable-lfs", "changes nothing: large files are not fetched");
}

/**
 * The fields without the address.
 * @throws {CliError} usage for an address that tells a secret, for two ways of one thing, and where nothing can be read
 */
export async function repoFields(
  context: CliContext,
  url: string,
  flags: RepoFlags,
): Promise<Record<string, unknown>> {
  if (tellsSecret(url))
    throw new CliError(EXIT.usage, "The address holds a password or a token, which is sent nowhere.", [
      "Leave it out of the address, and say --username NAME with --password-stdin or --password-file FILE.",
    ]);
  if (flags.useAzureWorkloadIdentity === true)
    throw new CliError(
      EXIT.usage,
      "--use-azure-workload-identity lends who the daemon itself is, and the API lends that to nobody.",
      [
        "Write it into the daemon's config: repositories: [{ url: URL, useAzureWorkloadIdentity: true }], or as a Secret by kubectl. Here: --azure-service-principal-client-id ID with its secret",
      ],
    );
  const stdin = Object.entries(flags).filter(([key, value]) => value === "-" || key === "passwordStdin");
  if (stdin.length > 1)
    throw new CliError(EXIT.usage, "Standard input can be one thing alone.", ["Name files for all others."]);
  const file = async (path: string | undefined): Promise<string | undefined> => {
    if (path === undefined) return undefined;
    const text = (await readInput(context, path)).replace(/\r?\n$/, "");
    if (text.trim() === "")
      throw new CliError(EXIT.usage, `${path === "-" ? "Standard input" : path} is empty.`, [
        "Name a file with the key or the password in it.",
      ]);
    return text;
  };
  const { githubAppId: app, githubAppInstallationId: installation } = flags;
  return defined({
    type: flags.type,
    name: flags.name,
    project: flags.project,
    username: flags.username,
    password: await passwordOf(context, flags, file),
    bearerToken: flags.bearerToken ?? (await file(flags.bearerTokenFile)),
    sshPrivateKey: withLastBreak(await file(flags.sshPrivateKeyPath)),
    sshKnownHosts: await file(flags.sshKnownHostsPath),
    ca: await file(flags.caPath),
    tlsClientCertData: withLastBreak(await file(flags.tlsClientCertPath)),
    tlsClientCertKey: withLastBreak(await file(flags.tlsClientCertKeyPath)),
    githubAppID: app,
    githubAppInstallationID: installation,
    githubAppPrivateKey: withLastBreak(await file(flags.githubAppPrivateKeyPath)),
    githubAppEnterpriseBaseUrl: flags.githubAppEnterpriseBaseUrl,
    gcpServiceAccountKey: await file(flags.gcpServiceAccountKeyPath),
    azureServicePrincipalClientId: flags.azureServicePrincipalClientId,
    azureServicePrincipalTenantId: flags.azureServicePrincipalTenantId,
    azureServicePrincipalClientSecret:
      flags.azureServicePrincipalClientSecret ?? (await file(flags.azureServicePrincipalClientSecretFile)),
    azureActiveDirectoryEndpoint: flags.azureActiveDirectoryEndpoint,
    enableOCI: flags.enableOci,
    insecureOCIForceHttp: flags.insecureOciForceHttp,
    forceHttpBasicAuth: flags.forceHttpBasicAuth,
    insecure: flags.insecureSkipServerVerification,
    insecureIgnoreHostKey: flags.insecureIgnoreHostKey,
    enableLfs: flags.enableLfs,
    proxy: flags.proxy,
    noProxy: flags.noproxy,
  });
}

/** OpenSSH refuses a key whose last line does not end. */
function withLastBreak(text: string | undefined): string | undefined {
  return text === undefined ? undefined : `${text}\n`;
}

async function passwordOf(
  context: CliContext,
  { username, password, passwordStdin, passwordFile }: RepoFlags,
  file: (path: string | undefined) => Promise<string | undefined>,
): Promise<string | undefined> {
  const ways = [password, passwordStdin, passwordFile].filter((way) => way !== undefined);
  if (ways.length > 1)
    throw new CliError(EXIT.usage, "The flags say the password twice.", [
      "Keep one of --password-stdin, --password-file and --password.",
    ]);
  if (password !== undefined) {
    context.note(
      "A password in the arguments can be read by everybody on this machine. Use --password-stdin or --password-file.",
    );
    return password;
  }
  if (passwordStdin === true) return file("-");
  if (passwordFile !== undefined) return file(passwordFile);
  if (username === undefined) return undefined;
  const inVariable = context.host.env.HOLDFAST_REPO_PASSWORD;
  if (inVariable !== undefined && inVariable !== "") return inVariable;
  return ask(
    context,
    "Password",
    "hidden",
    "Say --password-stdin or --password-file FILE, or set HOLDFAST_REPO_PASSWORD.",
  );
}
