/** Accounts, their passwords, tokens and sessions, as whoever is logged in may see and change them. */
import { defined } from "../../lib/defined.ts";
import { ask } from "../ask.ts";
import { CliError } from "../cli-error.ts";
import type { CliContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import type { Client } from "../http/client.ts";
import { printJson, printJsonList, printYamlDocuments } from "../print-object.ts";
import { PIPE_IT, sendProven } from "../prove-login.ts";
import { plainText } from "../terminal/plain-text.ts";
import { table } from "../terminal/table.ts";

export type AccountOutput = "json" | "yaml" | "name";
export const ACCOUNT_OUTPUTS: readonly AccountOutput[] = ["json", "yaml", "name"];

interface AccountToken {
  id: string;
  /** Seconds since 1970, as text; 0 never expires. */
  issuedAt?: string;
  expiresAt?: string;
  hint?: string;
  createdBy?: string;
  lastUsed?: string;
}
interface Account {
  name: string;
  enabled?: boolean;
  capabilities?: string[];
  tokens?: AccountToken[];
}
interface SessionItem {
  id: string;
  account: string;
  issuer?: string;
  carried: string;
  address: string;
  agent: string;
  since: string;
  lastUsed: string;
  own?: string;
}
interface Shows {
  output?: AccountOutput;
}
interface OfAccount extends Shows {
  account?: string;
}

export async function accountList(context: CliContext, { output }: Shows): Promise<ExitCode> {
  const { items } = await (await context.client()).get<{ items: Account[] | null }>("/api/v1/account");
  const accounts = items ?? [];
  if (output !== undefined) return printed(context, output, "AccountList", accounts, ({ name }) => name);
  const rows = accounts.map(({ name, enabled, capabilities = [], tokens = [] }) => [
    name,
    enabled === true ? "yes" : "no",
    capabilities.join(", "),
    String(tokens.length),
  ]);
  const columns = [{ head: "NAME" }, { head: "ENABLED" }, { head: "MAY" }, { head: "TOKENS" }];
  if (rows.length > 0) context.print(table(context.out, columns, rows));
  else context.note("There is no account that you may see.");
  return EXIT.done;
}

export async function accountGet(
  context: CliContext,
  name: string | undefined,
  { output }: Shows,
): Promise<ExitCode> {
  const client = await context.client();
  const found = await accountOf(client, name ?? (await ownName(client)));
  if (output === "json") printJson(context, found);
  else if (output === "yaml") printYamlDocuments(context, [found]);
  else if (output === "name") context.print(plainText(found.name));
  else {
    context.print([
      `Name      ${plainText(found.name)}`,
      `Enabled   ${found.enabled === true ? "yes" : "no"}`,
      `May       ${(found.capabilities ?? []).join(", ") || "nothing"}`,
    ]);
    printTokens(context, found.tokens ?? []);
  }
  return EXIT.done;
}

/** Prints yes or no, and ends with 0 or 1. */
export async function accountCanI(
  context: CliContext,
  action: string,
  resource: string,
  object: string | undefined,
  { output }: { output?: "json" },
): Promise<ExitCode> {
  const path = [resource, action, ...(object ?? "*").split("/")].map(encodeURIComponent).join("/");
  const { value } = await (await context.client()).get<{ value?: string }>(`/api/v1/account/can-i/${path}`);
  const may = value === "yes" ? "yes" : "no";
  if (output === "json")
    printJson(context, { action, resource, object: object ?? "*", allowed: may === "yes" });
  else context.print(may);
  return may === "yes" ? EXIT.done : EXIT.differs;
}

export interface PasswordOptions {
  account?: string;
  stdin?: true;
}

/** Two lines of standard input, or two answers: the password of whoever asks, and the new one. */
export async function accountUpdatePassword(
  context: CliContext,
  { account, stdin }: PasswordOptions,
): Promise<ExitCode> {
  const client = await context.client();
  const me = await ownName(client);
  const name = account ?? me;
  const said = async (question: string): Promise<string> => {
    if (stdin !== true) return ask(context, question, "hidden", "Say --stdin, and pipe two lines in.");
    const line = (await context.host.stdin.hiddenLine()).replace(/\r$/, "");
    if (line === "") throw new CliError(EXIT.usage, `${question}: standard input has no line of it.`);
    return line;
  };
  const currentPassword = await said(`Password of ${me}`);
  const newPassword = await said(`New password of ${name}`);
  // Nobody sees what they typed.
  if (stdin !== true && (await said("Once more")) !== newPassword)
    throw new CliError(EXIT.usage, "The two are not the same: nothing was changed.");
  await client.send("PUT", "/api/v1/account/password", { body: { name, currentPassword, newPassword } });
  context.print(`${context.out.symbols.done} ${name} has another password. Other sessions of it are over.`);
  return EXIT.done;
}

export interface TokenOptions extends OfAccount {
  /** Milliseconds. */
  expiresIn?: number;
  id?: string;
  scope?: readonly string[];
  passwordStdin?: true;
}

/** Prints the token and nothing else, for `TOKEN=$(…)`. */
export async function accountTokenCreate(context: CliContext, options: TokenOptions): Promise<ExitCode> {
  const { account, expiresIn, id, scope, output, passwordStdin } = options;
  const client = await context.client();
  const name = account ?? (await ownName(client));
  const wanted = {
    ...defined({ id }),
    ...(expiresIn === undefined ? {} : { expiresIn: Math.ceil(expiresIn / 1_000) }),
    ...(scope === undefined ? {} : { scopes: scope.map(scopeOf) }),
  };
  const proof = { ...defined({ passwordStdin }), instead: PIPE_IT };
  const path = `${pathOf(name)}/token`;
  const { token } = await sendProven<{ token?: string }>(context, client, path, wanted, proof);
  if (token === undefined) throw new CliError(EXIT.internal, "The daemon made no token.");
  const made = { account: name, ...defined({ id }), token };
  if (output === "json") printJson(context, made);
  else if (output === "yaml") printYamlDocuments(context, [made]);
  else context.print(token);
  return EXIT.done;
}

export async function accountTokenList(
  context: CliContext,
  { account, output }: OfAccount,
): Promise<ExitCode> {
  const client = await context.client();
  const { tokens = [] } = await accountOf(client, account ?? (await ownName(client)));
  if (output !== undefined) return printed(context, output, "TokenList", tokens, ({ id }) => id);
  printTokens(context, tokens);
  if (tokens.length === 0) context.note("There are none.");
  return EXIT.done;
}

export async function accountTokenRevoke(
  context: CliContext,
  id: string,
  { account }: { account?: string },
): Promise<ExitCode> {
  const client = await context.client();
  const name = account ?? (await ownName(client));
  await client.send("DELETE", `${pathOf(name)}/token/${encodeURIComponent(id)}`);
  context.print(`${context.out.symbols.done} Token ${id} of ${name} opens nothing any more.`);
  return EXIT.done;
}

export async function accountSessionList(
  context: CliContext,
  { account, output }: OfAccount,
): Promise<ExitCode> {
  const { items } = await (await context.client()).get<{ items: SessionItem[] }>("/api/holdfast/v1/sessions");
  const sessions = items.filter((one) => account === undefined || one.account === account);
  if (output !== undefined) return printed(context, output, "SessionList", sessions, ({ id }) => id);
  const rows = sessions.map((one) => [
    one.own === "yes" ? "*" : "",
    one.id,
    plainText(one.account),
    one.since,
    one.lastUsed,
    one.address,
    plainText(one.agent),
  ]);
  const columns = [
    ...["", "ID", "ACCOUNT", "SINCE", "LAST USED", "FROM"].map((head) => ({ head })),
    { head: "WITH", least: 10, shrinks: 1 },
  ];
  if (rows.length > 0) context.print(table(context.out, columns, rows));
  else context.note("There is none that you may see.");
  return EXIT.done;
}

export async function accountSessionRevoke(context: CliContext, ids: readonly string[]): Promise<ExitCode> {
  const client = await context.client();
  for (const id of ids) {
    await client.send("DELETE", `/api/holdfast/v1/sessions/${encodeURIComponent(id)}`);
    context.print(`${context.out.symbols.done} Session ${id} is over.`);
  }
  return EXIT.done;
}

/** `applications:get:team-a/*`. */
function scopeOf(text: string): { resource: string; action: string; object: string } {
  const [resource = "", action = "", ...object] = text.split(":");
  if (resource === "" || action === "" || object.length === 0)
    throw new CliError(EXIT.usage, `--scope ${JSON.stringify(text)} is none.`, [
      "Write RESOURCE:ACTION:OBJECT, such as applications:sync:team-a/*",
    ]);
  return { resource, action, object: object.join(":") };
}

function printTokens(context: CliContext, tokens: readonly AccountToken[]): void {
  if (tokens.length === 0) return;
  const rows = tokens.map((one) => [
    plainText(one.id),
    when(one.issuedAt),
    when(one.expiresAt) || "never",
    one.lastUsed ?? "never",
    plainText(one.createdBy ?? ""),
  ]);
  const columns = ["TOKEN", "MADE", "EXPIRES", "LAST USED", "BY"].map((head) => ({ head }));
  context.print(table(context.out, columns, rows));
}

/** Argo CD's clients get seconds since 1970 as text; 0 is no time. */
function when(seconds: string | undefined): string {
  const number = Number(seconds ?? 0);
  return number > 0 ? new Date(number * 1_000).toISOString().replace(/\.\d+Z$/, "Z") : "";
}

function printed<T>(
  context: CliContext,
  output: AccountOutput,
  kind: string,
  items: readonly T[],
  nameOf: (item: T) => string,
): ExitCode {
  if (output === "json") printJsonList(context, kind, { items });
  else if (output === "yaml") printYamlDocuments(context, [items]);
  else context.print(items.map((item) => plainText(nameOf(item))));
  return EXIT.done;
}

function pathOf(account: string): string {
  return `/api/v1/account/${encodeURIComponent(account)}`;
}

async function accountOf(client: Client, name: string): Promise<Account> {
  return client.get<Account>(pathOf(name));
}

/** @throws {CliError} denied where nobody is logged in */
async function ownName(client: Client): Promise<string> {
  const who = await client.get<{ loggedIn?: boolean; username?: string }>("/api/v1/session/userinfo");
  if (who.loggedIn === true && who.username !== undefined) return who.username;
  throw new CliError(EXIT.denied, `Nobody is logged in to ${client.url}.`, [
    `Run: holdfast login ${client.url}`,
  ]);
}
