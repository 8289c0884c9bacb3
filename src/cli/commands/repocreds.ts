import { confirm } from "../confirm.ts";
import type { CliContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { type RepoCredentialFlags, repoFields } from "../repo-credentials.ts";
import { printRepoCreds, type RepoCredsItem, type RepoOutput, sayKeptIn } from "../words/repo-rows.ts";

const PATH = "/api/v1/repocreds";

export async function repoCredsAdd(
  context: CliContext,
  url: string,
  options: RepoCredentialFlags & { upsert?: true },
): Promise<ExitCode> {
  const body = { url, ...(await repoFields(context, url, options)) };
  const item = await (await context.client()).send<RepoCredsItem>("POST", PATH, {
    query: { upsert: options.upsert === true ? "true" : undefined },
    body,
  });
  for (const warning of item.warnings ?? []) context.note(`${context.err.symbols.warning} ${warning}`);
  context.print(
    `${context.out.symbols.done} Credentials for ${item.url} are kept, ${sayKeptIn(item.holdfast?.keptIn)}. Whether they open a repository there: holdfast repo test URL`,
  );
  return EXIT.done;
}

export async function repoCredsList(
  context: CliContext,
  { output }: { output?: RepoOutput },
): Promise<ExitCode> {
  const { items } = await (await context.client()).get<{ items: RepoCredsItem[] }>(PATH);
  printRepoCreds(context, items, output);
  return EXIT.done;
}

export async function repoCredsRm(
  context: CliContext,
  urls: readonly string[],
  { project, yes }: { project?: string; yes?: boolean },
): Promise<ExitCode> {
  const client = await context.client();
  for (const url of urls) {
    if (
      yes !== true &&
      !(await confirm(context, `Remove the credentials for ${url}, which every repository below it may use?`))
    ) {
      context.note(`The credentials for ${url} stay.`);
      continue;
    }
    await client.send("DELETE", `${PATH}/${encodeURIComponent(url)}`, { query: { appProject: project } });
    context.print(`${context.out.symbols.done} The credentials for ${url} are removed.`);
  }
  return EXIT.done;
}
