import type { Command } from "commander";
import { FACET_NAMES, FACET_VALUES, type Facet } from "../core/model/app-query.ts";
import { CliError } from "./cli-error.ts";
import { EXIT, EXIT_MEANINGS } from "./exit-codes.ts";
import { DEFAULT_SERVER } from "./http/server-url.ts";
import { commandOf } from "./usage-error.ts";
import { elsewhere } from "./verbs-elsewhere.ts";

const QUERY_WORDS: Readonly<Record<Facet, string>> = {
  ...{ project: "its project", cluster: "where it goes, by name", namespace: "where its objects go" },
  label: "a label's name, or name=value",
  annotation: "the same of an annotation of at most 120 characters",
  is: valuesOf("is"),
  health: valuesOf("health"),
  sync: valuesOf("sync"),
  run: `its last operation: ${valuesOf("run")}`,
  policy: valuesOf("policy"),
};

function valuesOf(facet: Facet): string {
  return (FACET_VALUES[facet] ?? []).join(", ");
}

/** `holdfast help TOPIC`, beside the help of the commands. */
export const HELP_TOPICS: Readonly<Record<string, () => string>> = {
  "exit-codes": () =>
    [
      "How a command ends:",
      ...EXIT_MEANINGS.map(([code, meaning]) => `  ${String(code).padStart(3)}   ${meaning}`),
    ].join("\n"),
  output: () =>
    [
      "Data goes to stdout; progress, notes and errors go to stderr.",
      "  -o json   one document; lists are {apiVersion: cli/v1, kind, items}. With --watch one event a line",
      "  -o yaml   manifests that may be applied again",
      "  -o name   namespace/name, one a line",
      "  -o wide   every column, nothing cut off",
      "On a terminal columns are cut to fit; in a pipe nothing is cut, coloured, redrawn or asked.",
    ].join("\n"),
  query: () =>
    [
      "A line for -Q, --query, as the list of the page takes it. Words stand behind one another, and each narrows; several",
      "values of one name are alternatives. Capitals do not count.",
      '  shop "two words"   texts in its name, project, states, repository, folder, cluster, namespace, revision, images',
      "  /^argocd.team-/    a regular expression over the same",
      ...FACET_NAMES.map((name) => `  ${`${name}:`.padEnd(17)}  ${QUERY_WORDS[name]}`),
      "  -project:pay       all but these; so with texts and expressions",
      "  a OR b, a | b      alternatives, before the words around them narrow; health:degraded|missing too",
      "  proj: ns: op:      for project:, namespace: and run:",
      "A word that means nothing is refused here: what is found may be synced or deleted.",
    ].join("\n"),
  env: () =>
    [
      `  HOLDFAST_SERVER   the daemon's address; default: that of the current context, else ${DEFAULT_SERVER}`,
      "  HOLDFAST_TOKEN    a token, or what the daemon's config has as server.token",
      "  HOLDFAST_CONTEXT  name of the context to use: holdfast context list",
      "  HOLDFAST_TIMEOUT  as --timeout: how long a command waits, and for each answer; 90s, 5m; 0 has no end",
      "  HOLDFAST_REPO_PASSWORD  of repo add and repocreds add with --username, in place of a question",
      "  XDG_CONFIG_HOME   contexts are in holdfast/contexts.yaml there; default ~/.config",
      "A flag counts before a variable, that before a context. A context's token goes to its own server alone.",
      "  ARGOCD_SERVER, ARGOCD_AUTH_TOKEN   not read: they may mean an Argo CD",
      "  VISUAL, EDITOR    what app edit and project edit open a manifest in; default on a terminal: vi",
      "  NO_COLOR          no colour; CLICOLOR_FORCE=1: colour in a pipe too; TERM=dumb: no colour, nothing redrawn",
      "  LC_ALL, LC_CTYPE, LANG   signs are ASCII where the locale is not UTF-8",
    ].join("\n"),
};

/**
 * What `holdfast help …` asks for: a topic's text, or the command line that prints a command's help.
 * @param words behind `help`
 * @throws {CliError} usage where they name neither
 */
export function askedHelp(words: readonly string[], program: Command): { text: string } | { argv: string[] } {
  const topic = HELP_TOPICS[words[0] ?? ""];
  if (topic !== undefined) return { text: topic() };
  const { path, next } = commandOf(words, program);
  if (next === undefined) return { argv: [...path.slice(1), "--help"] };
  const known = elsewhere(path.slice(1), next);
  throw new CliError(EXIT.usage, `There is no command or topic "${words.join(" ")}".`, [
    ...(known === undefined ? [] : [`${known}.`]),
    `Topics: ${Object.keys(HELP_TOPICS).join(", ")}. Commands: holdfast --help`,
  ]);
}
