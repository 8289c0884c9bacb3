import type { Application } from "../../core/model/application.ts";
import { repositoryKey } from "../../core/model/repository-key.ts";
import { confirm } from "../confirm.ts";
import type { CliContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { nameOf } from "../words/app-words.ts";
import { andMore, count } from "../words/count.ts";
import type { RepoItem } from "../words/repo-rows.ts";
import { repoPath } from "./repo-path.ts";

export interface RepoRmOptions {
  project?: string;
  yes?: boolean;
}

const MOST_NAMED = 10;

/** The daemon forgets how they are reached; nothing that came from there is touched. */
export async function repoRm(
  context: CliContext,
  urls: readonly string[],
  { project, yes }: RepoRmOptions,
): Promise<ExitCode> {
  const client = await context.client();
  for (const url of urls) {
    const { repo, project: whose = "" } = await client.get<RepoItem>(repoPath(url), { appProject: project });
    const apps = await applicationsOf(context, repo);
    if (apps.length > 0)
      context.note(
        `${count(apps.length, "application")} of it may not be able to read it any more: ${andMore(apps, MOST_NAMED)}`,
      );
    if (yes !== true && !(await confirm(context, `Remove repository ${repo}?`))) {
      context.note(`Repository ${repo} stays.`);
      continue;
    }
    await client.send("DELETE", repoPath(repo), { query: { appProject: project ?? whose } });
    context.print(`${context.out.symbols.done} Repository ${repo} is removed.`);
  }
  return EXIT.done;
}

async function applicationsOf(context: CliContext, repo: string): Promise<string[]> {
  const { items } = await (await context.client()).get<{ items: Application[] | null }>(
    "/api/v1/applications",
  );
  const key = repositoryKey(repo);
  return (items ?? [])
    .filter(({ spec: { source, sources } }) =>
      [source, ...(sources ?? [])].some((each) => each !== undefined && repositoryKey(each.repoURL) === key),
    )
    .map(nameOf);
}
