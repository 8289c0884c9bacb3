/** Repositories, by Argo CD's API paths. */
import { defined } from "../../../lib/defined.ts";
import { CliError } from "../../cli-error.ts";
import { EXIT } from "../../exit-codes.ts";
import { printJson, printYamlDocuments } from "../../print-object.ts";
import { readInput } from "../../read-input.ts";
import type { ArgoContext } from "../argo-context.ts";
import { ARGO_EXIT } from "../exit-codes.ts";
import { tabTable } from "../words/tab-table.ts";
import { secretAnswer } from "./login.ts";

export interface RepoAddOptions {
  type?: string;
  name?: string;
  project?: string;
  username?: string;
  password?: string;
  bearerToken?: string;
  sshPrivateKeyPath?: string;
  tlsClientCertPath?: string;
  tlsClientCertKeyPath?: string;
  githubAppId?: string;
  githubAppInstallationId?: string;
  githubAppPrivateKeyPath?: string;
  githubAppEnterpriseBaseUrl?: string;
  insecureSkipServerVerification?: true;
  insecureIgnoreHostKey?: true;
  enableLfs?: true;
  enableOci?: true;
  forceHttpBasicAuth?: true;
  proxy?: string;
  noproxy?: string;
  upsert?: true;
}

interface Repo {
  repo: string;
  type?: string;
  name?: string;
  project?: string;
  username?: string;
  insecure?: boolean;
  enableOCI?: boolean;
  enableLfs?: boolean;
  inheritedCreds?: boolean;
  connectionState?: { status?: string; message?: string };
}

export async function repoAdd(context: ArgoContext, url: string, options: RepoAddOptions): Promise<number> {
  const client = await context.client();
  const file = async (path: string | undefined): Promise<string | undefined> =>
    path === undefined ? undefined : readInput(context, path);
  if ((options.type === "helm" || options.type === "oci") && options.name === undefined)
    throw new CliError(EXIT.usage, `A repository of the type ${options.type} has a name.`, ["Give --name."]);
  const password =
    options.password ??
    (options.username === undefined ? undefined : await secretAnswer(context, "Password: "));
  await client.send("POST", "/api/v1/repositories", {
    query: { upsert: options.upsert === true ? "true" : undefined },
    body: defined({
      repo: url,
      type: options.type ?? "git",
      name: options.name,
      project: options.project,
      username: options.username,
      password,
      bearerToken: options.bearerToken,
      sshPrivateKey: await file(options.sshPrivateKeyPath),
      tlsClientCertData: await file(options.tlsClientCertPath),
      tlsClientCertKey: await file(options.tlsClientCertKeyPath),
      githubAppID: options.githubAppId,
      githubAppInstallationID: options.githubAppInstallationId,
      githubAppPrivateKey: await file(options.githubAppPrivateKeyPath),
      githubAppEnterpriseBaseUrl: options.githubAppEnterpriseBaseUrl,
      insecure: options.insecureSkipServerVerification ?? options.insecureIgnoreHostKey,
      enableLfs: options.enableLfs,
      enableOCI: options.enableOci,
      forceHttpBasicAuth: options.forceHttpBasicAuth,
      proxy: options.proxy,
      noProxy: options.noproxy,
    }),
  });
  context.print(`Repository '${url}' added`);
  return ARGO_EXIT.done;
}

export type RepoOutput = "json" | "yaml" | "wide" | "url";

export async function repoList(
  context: ArgoContext,
  { output, refresh }: { output?: RepoOutput; refresh?: string },
): Promise<number> {
  const client = await context.client();
  const forceRefresh = refresh === "hard" ? "true" : undefined;
  const { items } = await client.get<{ items: Repo[] | null }>("/api/v1/repositories", { forceRefresh });
  print(context, items ?? [], output, "list");
  return ARGO_EXIT.done;
}

export async function repoGet(
  context: ArgoContext,
  url: string,
  { output, project }: { output?: RepoOutput; project?: string },
): Promise<number> {
  const client = await context.client();
  const path = `/api/v1/repositories/${encodeURIComponent(url)}`;
  print(context, [await client.get<Repo>(path, { appProject: project })], output, "one");
  return ARGO_EXIT.done;
}

export async function repoRemove(
  context: ArgoContext,
  urls: readonly string[],
  { project }: { project?: string },
): Promise<number> {
  const client = await context.client();
  for (const url of urls) {
    await client.send("DELETE", `/api/v1/repositories/${encodeURIComponent(url)}`, {
      query: { appProject: project },
    });
    context.print(`Repository '${url}' removed`);
  }
  return ARGO_EXIT.done;
}

function print(
  context: ArgoContext,
  repos: readonly Repo[],
  output: RepoOutput | undefined,
  as: "one" | "list",
): void {
  if (output === "json") printJson(context, as === "one" ? repos[0] : repos);
  else if (output === "yaml") printYamlDocuments(context, as === "one" ? repos : [repos]);
  else if (output === "url") context.print(repos.map(({ repo }) => repo));
  else
    context.print(
      tabTable([
        ["TYPE", "NAME", "REPO", "INSECURE", "OCI", "LFS", "CREDS", "STATUS", "MESSAGE", "PROJECT"],
        ...repos.map((one) => [
          one.type ?? "git",
          one.name ?? "",
          one.repo,
          String(one.insecure === true),
          String(one.enableOCI === true),
          String(one.enableLfs === true),
          one.inheritedCreds === true ? "inherited" : String((one.username ?? "") !== ""),
          one.connectionState?.status ?? "",
          one.connectionState?.message ?? "",
          one.project ?? "",
        ]),
      ]),
    );
}
