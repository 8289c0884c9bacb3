import { CliError } from "../cli-error.ts";
import type { CliContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { type RepoFlags, repoFields } from "../repo-credentials.ts";
import { printRepos, type RepoItem, type RepoOutput } from "../words/repo-rows.ts";
import { repoPath } from "./repo-path.ts";

export async function repoList(
  context: CliContext,
  { output, refresh }: { output?: RepoOutput; refresh?: true },
): Promise<ExitCode> {
  const { items } = await (await context.client()).get<{ items: RepoItem[] }>("/api/v1/repositories", {
    forceRefresh: refresh === true ? "true" : undefined,
  });
  printRepos(context, items, output);
  return EXIT.done;
}

export async function repoGet(
  context: CliContext,
  url: string,
  { output = "yaml", project }: { output?: RepoOutput; project?: string },
): Promise<ExitCode> {
  const item = await (await context.client()).get<RepoItem>(repoPath(url), { appProject: project });
  printRepos(context, [item], output, "one");
  return EXIT.done;
}

/** One that is there is asked as it is; with flags of who asks, or where there is none, as these say, and nothing is kept. */
export async function repoTest(
  context: CliContext,
  url: string,
  { output, ...flags }: RepoFlags & { output?: "json" },
): Promise<ExitCode> {
  const client = await context.client();
  const { project, ...how } = flags;
  if (Object.keys(how).length > 0) {
    const body = await repoFields(context, url, flags);
    const { holdfast } = await client.send<{ holdfast: { saw: string } }>(
      "POST",
      `${repoPath(url)}/validate`,
      {
        body,
      },
    );
    if (output === "json") context.print(JSON.stringify({ repo: url, saw: holdfast.saw }, undefined, 2));
    else context.print(`${context.out.symbols.done} Repository ${url} answers: ${holdfast.saw}.`);
    return EXIT.done;
  }
  const item = await client.get<RepoItem>(repoPath(url), { appProject: project, forceRefresh: "true" });
  const { status, message } = item.connectionState;
  const answers = status === "Successful";
  if (output === "json") printRepos(context, [item], output, "one");
  else if (answers) context.print(`${context.out.symbols.done} Repository ${item.repo} answers: ${message}.`);
  if (answers) return EXIT.done;
  throw new CliError(
    EXIT.unreachable,
    `Repository ${item.repo} ${status === "Failed" ? "does not answer" : "has not answered yet"}${message === "" ? "" : `: ${message}`}.`,
    ["With other credentials, which are not kept: holdfast repo test URL --username NAME"],
  );
}
