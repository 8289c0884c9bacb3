import { defined } from "../lib/defined.ts";
import { parseDurationMs } from "../lib/duration.ts";
import { CliError } from "./cli-error.ts";
import { type ChosenServer, chooseServer } from "./contexts/choose-server.ts";
import { EXIT } from "./exit-codes.ts";
import type { GlobalOptions } from "./global-options.ts";
import type { CliHost } from "./host.ts";
import { type Client, HttpClient } from "./http/client.ts";
import { createTerminal, type Terminal } from "./terminal/terminal.ts";

/** What a command works with. */
export interface CliContext {
  host: CliHost;
  signal: AbortSignal;
  /** For data. */
  out: Terminal;
  /** For progress, notes and errors. */
  err: Terminal;
  /** Milliseconds since 1970. */
  now(): number;
  /** Made at its first use: offline verbs need no address. @throws {CliError} usage */
  client(): Promise<Client>;
  /** Which daemon that is, and what it is shown. @throws {CliError} usage */
  server(): Promise<ChosenServer>;
  /** Of another daemon than flags and environment say, or with another token. */
  clientOf(server: Pick<ChosenServer, "url" | "token" | "verifyTls" | "trust">): Client;
  /** As they were typed. */
  flags: GlobalOptions;
  /** Lines of data to stdout. */
  print(lines: string | readonly string[]): void;
  /** A line to stderr, for people; nothing with --quiet. */
  note(text: string): void;
  isQuiet: boolean;
  /**
   * How long a wait may take by --timeout or HOLDFAST_TIMEOUT, ms; 0: without end.
   * @param usual where neither says anything
   * @throws {CliError} usage where the variable is none
   */
  limitMs(usual: number): number;
}

export function createContext(host: CliHost, options: GlobalOptions): CliContext {
  const color = options.color ?? "auto";
  const out = createTerminal(host.stdout, host.env, color);
  const err = createTerminal(host.stderr, host.env, color);
  const isQuiet = options.quiet === true;
  let chosen: Promise<ChosenServer> | undefined;
  let client: Promise<Client> | undefined;
  const note = (text: string): void => {
    if (!isQuiet) host.stderr.write(`${text}\n`);
  };
  const server = (): Promise<ChosenServer> => (chosen ??= choose(host, options, note));
  const clientOf: CliContext["clientOf"] = ({ url, token, verifyTls, trust }) =>
    new HttpClient({
      ...{ url, token, verifyTls, trust, signal: host.signal },
      ...defined({ reason: options.reason, limitMs: said() }),
    });
  const said = (): number | undefined => options.timeout ?? inVariable(host.env);
  return {
    host,
    out,
    err,
    isQuiet,
    signal: host.signal,
    now: host.now ?? Date.now,
    flags: options,
    server,
    clientOf,
    client: () => (client ??= server().then(clientOf)),
    print(lines) {
      const text = typeof lines === "string" ? lines : lines.join("\n");
      if (typeof lines === "string" || lines.length > 0) host.stdout.write(`${text}\n`);
    },
    note,
    limitMs: (usual) => Math.min(said() ?? usual, LONGEST_MS),
  };
}

/** Of a timer: about 24 days. */
const LONGEST_MS = 2 ** 31 - 1;

function inVariable({ HOLDFAST_TIMEOUT: text }: CliHost["env"]): number | undefined {
  if (text === undefined || text === "") return undefined;
  const ms = parseDurationMs(text);
  if (ms === undefined)
    throw new CliError(EXIT.usage, `HOLDFAST_TIMEOUT is ${JSON.stringify(text)}, and no duration.`, [
      "Set it to seconds, or a duration such as 90s or 5m; 0 has no end.",
    ]);
  return ms;
}

const HERE: Readonly<Record<string, string>> = {
  ARGOCD_SERVER: "HOLDFAST_SERVER",
  ARGOCD_AUTH_TOKEN: "HOLDFAST_TOKEN",
};

async function choose(
  { env }: CliHost,
  options: GlobalOptions,
  note: CliContext["note"],
): Promise<ChosenServer> {
  const chosen = await chooseServer(env, options);
  const { server, tokenFile } = options;
  // It may name an Argo CD, whose API takes the same requests: a sync must not go there because of a habit.
  const isNamed = server !== undefined || Boolean(env.HOLDFAST_SERVER) || chosen.context !== undefined;
  const hasToken = tokenFile !== undefined || Boolean(env.HOLDFAST_TOKEN) || chosen.token !== undefined;
  const unread = [
    ...(!isNamed && env.ARGOCD_SERVER ? ["ARGOCD_SERVER"] : []),
    ...(!hasToken && env.ARGOCD_AUTH_TOKEN ? ["ARGOCD_AUTH_TOKEN"] : []),
  ];
  if (unread.length > 0)
    note(
      `Not read: ${unread.join(", ")}. Set ${unread.map((name) => HERE[name]).join(" and ")} for a Holdfast.`,
    );
  return chosen;
}
