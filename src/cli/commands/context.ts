import { resolve } from "node:path";
import { defined } from "../../lib/defined.ts";
import { CliError } from "../cli-error.ts";
import type { CliContext } from "../context.ts";
import { contextNamed, tokenFrom } from "../contexts/choose-server.ts";
import { changeContexts, contextFile, loadContexts } from "../contexts/context-file.ts";
import { type Context, type Contexts, withContext, withoutContexts } from "../contexts/contexts.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { serverUrl } from "../http/server-url.ts";
import { printJson, printJsonList, printYamlDocuments } from "../print-object.ts";
import { table } from "../terminal/table.ts";

export type ContextOutput = "json" | "yaml" | "name";
export const CONTEXT_OUTPUTS: readonly ContextOutput[] = ["json", "yaml", "name"];

/** What may be shown of a context: never its token. */
interface ShownContext {
  name: string;
  server: string;
  current: boolean;
  /** Where its token is: in the file of contexts, in one of its own, or there is none. */
  token: "kept" | "file" | "none";
  tokenFile?: string;
  insecure?: true;
  caFile?: string;
  fingerprint?: string;
}

export async function contextList(
  context: CliContext,
  { output }: { output?: ContextOutput },
): Promise<ExitCode> {
  const contexts = await loadContexts(context.host.env);
  const items = contexts.contexts.map((one) => shown(one, contexts));
  if (output === "json") printJsonList(context, "ContextList", { items });
  else if (output === "yaml") printYamlDocuments(context, [items]);
  else if (output === "name") context.print(items.map(({ name }) => name));
  else if (items.length > 0) {
    const rows = items.map((one) => [one.current ? "*" : "", one.name, one.server, tokenWords(one)]);
    const columns = [
      { head: "" },
      { head: "NAME" },
      { head: "SERVER", least: 20, shrinks: 1 },
      { head: "TOKEN" },
    ];
    context.print(table(context.out, columns, rows));
  }
  if (items.length === 0) context.note("There are no contexts yet. Make one: holdfast login SERVER");
  return EXIT.done;
}

/** One of them, or the one that counts now, whichever way it was chosen. */
export async function contextShow(
  context: CliContext,
  name: string | undefined,
  { output }: { output?: ContextOutput },
): Promise<ExitCode> {
  const { env } = context.host;
  const contexts = await loadContexts(env);
  const chosen = name ?? context.flags.context ?? (env.HOLDFAST_CONTEXT || contexts.current);
  if (chosen === undefined)
    throw new CliError(EXIT.notFound, "No context counts now.", [
      "Choose one: holdfast context use NAME. Make one: holdfast login SERVER",
    ]);
  const item = shown(contextNamed(contexts, chosen), contexts);
  if (output === "json") printJson(context, item);
  else if (output === "yaml") printYamlDocuments(context, [item]);
  else if (output === "name") context.print(item.name);
  else
    context.print([
      `Context   ${item.name}${item.current ? " (current)" : ""}`,
      `Server    ${item.server}`,
      `Token     ${tokenWords(item)}`,
      ...(item.insecure === true ? ["TLS       any certificate is taken"] : []),
      ...(item.caFile === undefined ? [] : [`CA file   ${item.caFile}`]),
      ...(item.fingerprint === undefined ? [] : [`Taken by  ${item.fingerprint}`]),
      `File      ${contextFile(env)}`,
    ]);
  return EXIT.done;
}

export async function contextUse(context: CliContext, name: string): Promise<ExitCode> {
  const { contexts } = await changeContexts(context.host.env, (before) => ({
    ...before,
    current: contextNamed(before, name).name,
  }));
  const server = contexts.find((one) => one.name === name)?.server;
  context.print(`${context.out.symbols.done} ${name} is the current context: ${server}`);
  return EXIT.done;
}

export interface ContextAddOptions {
  tokenStdin?: true;
  use?: true;
  upsert?: true;
}

/** What the flags say of how a server is known, as a context keeps it. */
export function keptTrust({ flags }: CliContext): Pick<Context, "insecure" | "caFile" | "fingerprint"> {
  const { insecure, caFile, fingerprint } = flags;
  return defined({ insecure, caFile: caFile === undefined ? undefined : resolve(caFile), fingerprint });
}

/** Nothing is asked of the server: `login` does. */
export async function contextAdd(
  context: CliContext,
  name: string,
  server: string,
  { tokenStdin, use, upsert }: ContextAddOptions,
): Promise<ExitCode> {
  const { tokenFile } = context.flags;
  if (tokenStdin === true && tokenFile !== undefined)
    throw new CliError(EXIT.usage, "--token-stdin and --token-file say two tokens.");
  const token = tokenStdin === true ? await tokenFromInput(context) : undefined;
  // A file that is not there is a slip of the pen.
  if (tokenFile !== undefined) await tokenFrom(tokenFile);
  const made: Context = {
    name: contextName(name),
    server: serverUrl(server),
    ...defined({ token }),
    ...(tokenFile === undefined ? {} : { tokenFile: resolve(tokenFile) }),
    ...keptTrust(context),
  };
  const after = await changeContexts(context.host.env, (before) => {
    if (upsert !== true && before.contexts.some((one) => one.name === name))
      throw new CliError(EXIT.conflict, `There is a context ${name} already.`, [
        "Write over it with --upsert, or take another name.",
      ]);
    const next = withContext(before, made);
    return use === true || next.contexts.length === 1 ? { ...next, current: name } : next;
  });
  context.print(
    `${context.out.symbols.done} ${name}: ${made.server}${after.current === name ? ", the current context" : ""}`,
  );
  return EXIT.done;
}

export async function contextRemove(context: CliContext, names: readonly string[]): Promise<ExitCode> {
  const left = { current: undefined as string | undefined };
  const after = await changeContexts(context.host.env, (before) => {
    for (const name of names) contextNamed(before, name);
    left.current = before.current;
    return withoutContexts(before, names);
  });
  context.print(names.map((name) => `${context.out.symbols.done} ${name} is forgotten`));
  if (left.current !== undefined && after.current === undefined)
    context.note(
      after.contexts.length === 0
        ? "There are no contexts any more."
        : "No context counts now. Choose one: holdfast context use NAME",
    );
  return EXIT.done;
}

/** @throws {CliError} usage: it is typed, and printed in tables */
export function contextName(name: string): string {
  if (/^[\w.:@/-]{1,200}$/.test(name)) return name;
  throw new CliError(EXIT.usage, `${JSON.stringify(name)} is no name of a context.`, [
    "Take letters, digits and . : @ / _ -, at most 200 of them.",
  ]);
}

/** @throws {CliError} usage where nothing comes, or more than one line */
export async function tokenFromInput({ host }: CliContext): Promise<string> {
  const token = (await host.stdin.text()).trim();
  if (/^\S+$/.test(token)) return token;
  throw new CliError(
    EXIT.usage,
    token === ""
      ? "Standard input is empty: a token was expected."
      : "What standard input brings is no token.",
  );
}

function shown(
  { name, server, token, tokenFile, insecure, caFile, fingerprint }: Context,
  { current }: Contexts,
): ShownContext {
  return {
    name,
    server,
    current: name === current,
    token: tokenFile !== undefined ? "file" : token !== undefined ? "kept" : "none",
    ...defined({ tokenFile, insecure, caFile, fingerprint }),
  };
}

function tokenWords({ token, tokenFile = "" }: ShownContext): string {
  return token === "kept" ? "kept here" : token === "file" ? tokenFile : "none";
}
