import { CliError } from "./cli-error.ts";
import { EXIT } from "./exit-codes.ts";
import type { CliHost } from "./host.ts";
import { type Client, HttpClient } from "./http/client.ts";
import { DEFAULT_SERVER, serverUrl } from "./http/server-url.ts";
import { type ColorChoice, createTerminal, type Terminal } from "./terminal/terminal.ts";

/** Flags that every command takes. */
export interface GlobalOptions {
  server?: string;
  tokenFile?: string;
  insecure?: true;
  color?: ColorChoice;
  quiet?: true;
  verbose?: true;
}

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
  /** Lines of data to stdout. */
  print(lines: string | readonly string[]): void;
  /** A line to stderr, for people; nothing with --quiet. */
  note(text: string): void;
  isQuiet: boolean;
}

export function createContext(host: CliHost, options: GlobalOptions): CliContext {
  const color = options.color ?? "auto";
  const out = createTerminal(host.stdout, host.env, color);
  const err = createTerminal(host.stderr, host.env, color);
  const isQuiet = options.quiet === true;
  let client: Promise<Client> | undefined;
  const note = (text: string): void => {
    if (!isQuiet) host.stderr.write(`${text}\n`);
  };
  return {
    host,
    out,
    err,
    isQuiet,
    signal: host.signal,
    now: host.now ?? Date.now,
    client: () => (client ??= connect(host, options, note)),
    print(lines) {
      const text = typeof lines === "string" ? lines : lines.join("\n");
      if (typeof lines === "string" || lines.length > 0) host.stdout.write(`${text}\n`);
    },
    note,
  };
}

const HERE: Readonly<Record<string, string>> = {
  ARGOCD_SERVER: "HOLDFAST_SERVER",
  ARGOCD_AUTH_TOKEN: "HOLDFAST_TOKEN",
};

/** Flag, then environment, then the default. */
async function connect(
  { env, signal }: CliHost,
  { server, tokenFile, insecure }: GlobalOptions,
  note: CliContext["note"],
): Promise<Client> {
  // It may name an Argo CD, whose API takes the same requests: a sync must not go there because of a habit.
  const unread = [
    ...(server === undefined && !env.HOLDFAST_SERVER && env.ARGOCD_SERVER ? ["ARGOCD_SERVER"] : []),
    ...(tokenFile === undefined && !env.HOLDFAST_TOKEN && env.ARGOCD_AUTH_TOKEN ? ["ARGOCD_AUTH_TOKEN"] : []),
  ];
  if (unread.length > 0)
    note(
      `Not read: ${unread.join(", ")}. Set ${unread.map((name) => HERE[name]).join(" and ")} for a Holdfast.`,
    );
  return new HttpClient({
    url: serverUrl(server ?? (env.HOLDFAST_SERVER || DEFAULT_SERVER)),
    token: tokenFile === undefined ? env.HOLDFAST_TOKEN || undefined : await tokenFrom(tokenFile),
    verifyTls: insecure === true ? "no" : "yes",
    signal,
  });
}

async function tokenFrom(path: string): Promise<string> {
  const file = Bun.file(path);
  if (!(await file.exists()))
    throw new CliError(EXIT.usage, `The token file ${path} is not there.`, [
      "Name another one with --token-file, or set HOLDFAST_TOKEN.",
    ]);
  const token = (await file.text()).trim();
  if (token === "") throw new CliError(EXIT.usage, `The token file ${path} is empty.`);
  return token;
}
