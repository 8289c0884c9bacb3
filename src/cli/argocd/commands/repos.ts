/** Repositories, by Argo CD's API paths. */
import { defined } from "../../../lib/defined.ts";
import { CliError } from "../../cli-error.ts";
import { EXIT } from "../../exit-codes.ts";
import { printJson, printYamlDocuments } from "../../print-object.ts";
import { type RepoFlags, repoFields } from "../../repo-credentials.ts";
import type { ArgoContext } from "../argo-context.ts";
import { ARGO_EXIT } from "../exit-codes.ts";
import { tabTable } from "../words/tab-table.ts";
import { secretAnswer } from "./login.ts";

export interface RepoAddOptions extends RepoFlags {
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
  holdfast?: { credentials?: string; warnings?: string[] };
}

interface RepoCreds {
  url: string;
  username?: string;
  warnings?: string[];
}

export async function repoAdd(context: ArgoContext, url: string, options: RepoAddOptions): Promise<number> {
  const client = await context.client();
  if ((options.type === "helm" || options.type === "oci") && options.name === undefined)
    throw new CliError(EXIT.usage, `A repository of the type ${options.type} has a name.`, ["Give --name."]);
  const { connectionState, holdfast } = await client.send<Repo>("POST", "/api/v1/repositories", {
    query: { upsert: options.upsert === true ? "true" : undefined },
    body: { repo: url, type: "git", ...(await fieldsOf(context, url, options)) },
  });
  for (const warning of holdfast?.warnings ?? []) context.note(warning);
  // It was there already, as it is given, and was not asked before it was kept.
  if (connectionState?.status === "Failed")
    throw new CliError(
      EXIT.unreachable,
      `Repository '${url}' was there already, and does not answer: ${connectionState.message}.`,
    );
  context.print(`Repository '${url}' added`);
  return ARGO_EXIT.done;
}

/** The password is asked for in Argo CD's words, or stands in the arguments, as its scripts have it. */
async function fieldsOf(
  context: ArgoContext,
  url: string,
  { username, password, ...flags }: RepoFlags,
): Promise<Record<string, unknown>> {
  const fields = await repoFields(context, url, flags);
  const given = password ?? (username === undefined ? undefined : await secretAnswer(context, "Password: "));
  return { ...fields, ...defined({ username, password: given }) };
}

export async function repoCredsAdd(
  context: ArgoContext,
  url: string,
  { upsert, ...flags }: RepoAddOptions,
): Promise<number> {
  const client = await context.client();
  const { warnings = [] } = await client.send<RepoCreds>("POST", "/api/v1/repocreds", {
    query: { upsert: upsert === true ? "true" : undefined },
    body: { url, ...(await fieldsOf(context, url, flags)) },
  });
  for (const warning of warnings) context.note(warning);
  context.print(`Repository credentials for '${url}' added`);
  return ARGO_EXIT.done;
}

export async function repoCredsList(
  context: ArgoContext,
  { output }: { output?: RepoOutput },
): Promise<number> {
  const client = await context.client();
  const { items } = await client.get<{ items: RepoCreds[] | null }>("/api/v1/repocreds");
  const creds = items ?? [];
  if (output === "json") printJson(context, creds);
  else if (output === "yaml") printYamlDocuments(context, [creds]);
  else if (output === "url") context.print(creds.map(({ url }) => url));
  else
    context.print(
      tabTable([
        ["URL PATTERN", "USERNAME", "SSH_CREDS", "TLS_CREDS"],
        // Which keys there are is not told.
        ...creds.map(({ url, username = "" }) => [url, username === "" ? "-" : username, "-", "-"]),
      ]),
    );
  return ARGO_EXIT.done;
}

export async function repoCredsRemove(context: ArgoContext, urls: readonly string[]): Promise<number> {
  const client = await context.client();
  for (const url of urls) {
    await client.send("DELETE", `/api/v1/repocreds/${encodeURIComponent(url)}`);
    context.print(`Repository credentials for '${url}' removed`);
  }
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
          one.inheritedCreds === true ? "inherited" : String(one.holdfast?.credentials === "own"),
          one.connectionState?.status ?? "",
          one.connectionState?.message ?? "",
          one.project ?? "",
        ]),
      ]),
    );
}
