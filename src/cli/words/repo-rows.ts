import type { CliContext } from "../context.ts";
import { printJson, printJsonList, printYamlDocuments } from "../print-object.ts";
import { table } from "../terminal/table.ts";

/** A repository as the API shows it. */
export interface RepoItem {
  repo: string;
  type?: string;
  name?: string;
  project?: string;
  username?: string;
  insecure?: boolean;
  inheritedCreds?: boolean;
  connectionState: { status: string; message: string };
  holdfast?: { keptIn?: string; credentials?: string; made?: string; warnings?: string[] };
}

/** Credentials for several, as the API shows them. */
export interface RepoCredsItem {
  url: string;
  type?: string;
  project?: string;
  username?: string;
  warnings?: string[];
  holdfast?: { keptIn?: string };
}

export type RepoOutput = "json" | "yaml" | "url" | "wide";
export const REPO_OUTPUTS: readonly RepoOutput[] = ["json", "yaml", "url", "wide"];

export function printRepos(
  context: CliContext,
  items: readonly RepoItem[],
  output: RepoOutput | undefined,
  as: "list" | "one" = "list",
): void {
  if (output === "json") {
    if (as === "one") printJson(context, items[0]);
    else printJsonList(context, "RepositoryList", { items });
  } else if (output === "yaml") printYamlDocuments(context, as === "one" ? items : [items]);
  else if (output === "url") context.print(items.map(({ repo }) => repo));
  else if (items.length === 0 && context.out.output.isTTY)
    context.note("There are no repositories yet that you may see. Add one: holdfast repo add URL");
  else printTable(context, items, output === "wide" ? "wide" : "narrow");
}

function printTable(context: CliContext, items: readonly RepoItem[], how: "wide" | "narrow"): void {
  const isWide = how === "wide";
  const rows = items.map((item) => [
    item.type ?? "git",
    item.repo,
    ...(isWide ? [item.name ?? "", item.username ?? ""] : []),
    item.holdfast?.credentials ?? "",
    item.project ?? "",
    item.holdfast?.keptIn ?? "",
    context.out.state(item.connectionState.status),
    item.connectionState.message,
  ]);
  const columns = [
    { head: "TYPE" },
    { head: "REPOSITORY", least: 24, shrinks: 2 },
    ...(isWide ? [{ head: "NAME" }, { head: "USER" }] : []),
    { head: "CREDENTIALS", hides: 3 },
    { head: "PROJECT", hides: 1 },
    { head: "KEPT IN", hides: 2 },
    { head: "STATUS" },
    { head: "SAW", least: 16, shrinks: 1 },
  ];
  context.print(table(context.out, columns, rows, { fit: isWide ? "whole" : "terminal" }));
}

export function printRepoCreds(
  context: CliContext,
  items: readonly RepoCredsItem[],
  output: RepoOutput | undefined,
): void {
  if (output === "json") return printJsonList(context, "RepositoryCredentialsList", { items });
  if (output === "yaml") return printYamlDocuments(context, [items]);
  if (output === "url") return context.print(items.map(({ url }) => url));
  if (items.length === 0 && context.out.output.isTTY)
    return context.note(
      "There are no credentials for several repositories that you may see. Add some: holdfast repocreds add URL",
    );
  const rows = items.map((item) => [
    item.url,
    item.type ?? "",
    item.username ?? "",
    item.project ?? "",
    item.holdfast?.keptIn ?? "",
  ]);
  const columns = [
    { head: "BEGINS WITH", least: 24, shrinks: 1 },
    { head: "TYPE" },
    { head: "USER" },
    { head: "PROJECT" },
    { head: "KEPT IN" },
  ];
  context.print(table(context.out, columns, rows, { fit: output === "wide" ? "whole" : "terminal" }));
}

/** As sentences have it. */
export function sayKeptIn(keptIn: string | undefined): string {
  return keptIn === "data"
    ? "in the daemon's data folder"
    : keptIn === "config"
      ? "in the daemon's config"
      : `in ${keptIn ?? "the daemon"}`;
}
