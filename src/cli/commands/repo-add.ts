import type { CliContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { type RepoFlags, repoFields } from "../repo-credentials.ts";
import { printRepos, type RepoItem, type RepoOutput, sayKeptIn } from "../words/repo-rows.ts";

export interface RepoAddOptions extends RepoFlags {
  upsert?: true;
  output?: RepoOutput;
}

/** The daemon asks the repository first: what does not answer is not kept. */
export async function repoAdd(context: CliContext, url: string, options: RepoAddOptions): Promise<ExitCode> {
  const body = { repo: url, ...(await repoFields(context, url, options)) };
  const item = await (await context.client()).send<RepoItem>("POST", "/api/v1/repositories", {
    query: { upsert: options.upsert === true ? "true" : undefined },
    body,
  });
  for (const warning of item.holdfast?.warnings ?? [])
    context.note(`${context.err.symbols.warning} ${warning}`);
  if (options.output !== undefined) printRepos(context, [item], options.output, "one");
  else context.print(said(context, item));
  return EXIT.done;
}

function said({ out }: CliContext, { repo, connectionState, holdfast }: RepoItem): string {
  const what = { added: "is added", changed: "is changed", same: "was there already, just as it is" }[
    holdfast?.made ?? "added"
  ];
  const saw = connectionState.message === "" ? "" : ` and answers: ${connectionState.message}`;
  return `${out.symbols.done} Repository ${repo} ${what} (kept ${sayKeptIn(holdfast?.keptIn)})${saw}.`;
}
