import { CliError } from "../cli-error.ts";
import type { CliContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { type RepoFlags, repoFields } from "../repo-credentials.ts";
import { printRepos, type RepoItem, type RepoOutput, sayKeptIn } from "../words/repo-rows.ts";

export interface RepoAddOptions extends RepoFlags {
  upsert?: true;
  output?: RepoOutput;
}

/** The daemon asks the repository first: what does not answer is not kept. What was there already stays, and it is told. */
export async function repoAdd(context: CliContext, url: string, options: RepoAddOptions): Promise<ExitCode> {
  const body = { repo: url, ...(await repoFields(context, url, options)) };
  const item = await (await context.client()).send<RepoItem>("POST", "/api/v1/repositories", {
    query: { upsert: options.upsert === true ? "true" : undefined },
    body,
  });
  for (const warning of item.holdfast?.warnings ?? [])
    context.note(`${context.err.symbols.warning} ${warning}`);
  const { status, message } = item.connectionState;
  const isRefused = status === "Failed";
  if (options.output !== undefined) printRepos(context, [item], options.output, "one");
  else if (!isRefused) context.print(`${context.out.symbols.done} ${said(item)}.`);
  if (!isRefused) return EXIT.done;
  throw new CliError(EXIT.unreachable, `${said(item)}, and does not answer: ${message}.`, [
    `Ask again: holdfast repo test ${item.repo}`,
    "With other credentials: holdfast repo add URL --username NAME --upsert",
  ]);
}

function said({ repo, connectionState: { status, message }, holdfast }: RepoItem): string {
  const what = { added: "is added", changed: "is changed", same: "was there already, just as it is" }[
    holdfast?.made ?? "added"
  ];
  const saw = status === "Successful" ? ` and answers: ${message}` : "";
  return `Repository ${repo} ${what} (kept ${sayKeptIn(holdfast?.keptIn)})${saw}`;
}
