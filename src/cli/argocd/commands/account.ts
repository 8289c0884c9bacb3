import { CliError } from "../../cli-error.ts";
import { EXIT } from "../../exit-codes.ts";
import { printJson, printYamlDocuments } from "../../print-object.ts";
import { sendProven } from "../../prove-login.ts";
import type { ArgoContext } from "../argo-context.ts";
import { changeConfig, configFile, loadConfig } from "../config/config-file.ts";
import { ARGO_EXIT } from "../exit-codes.ts";
import { tabTable } from "../words/tab-table.ts";
import { secretAnswer, session, userOf } from "./login.ts";

export type Output = "json" | "yaml" | "name" | "wide";

interface Account {
  name: string;
  enabled?: boolean;
  capabilities?: string[];
  tokens?: { id: string; issuedAt?: number | string; expiresAt?: number | string }[];
}
interface UserInfo {
  loggedIn?: boolean;
  username?: string;
  iss?: string;
  groups?: string[];
}

export async function accountList(context: ArgoContext, { output }: { output?: Output }): Promise<number> {
  const client = await context.client();
  const { items } = await client.get<{ items: Account[] | null }>("/api/v1/account");
  const accounts = items ?? [];
  if (output === "json") printJson(context, accounts);
  else if (output === "yaml") printYamlDocuments(context, [accounts]);
  else if (output === "name") context.print(accounts.map(({ name }) => name));
  else
    context.print(
      tabTable([
        ["NAME", "ENABLED", "CAPABILITIES"],
        ...accounts.map(({ name, enabled, capabilities = [] }) => [
          name,
          String(enabled === true),
          capabilities.join(", "),
        ]),
      ]),
    );
  return ARGO_EXIT.done;
}

export async function accountGet(
  context: ArgoContext,
  { account, output }: { account?: string; output?: Output },
): Promise<number> {
  const name = account ?? (await whoAmI(context)).username ?? "";
  const client = await context.client();
  const found = await client.get<Account>(`/api/v1/account/${encodeURIComponent(name)}`);
  if (output === "json") printJson(context, found);
  else if (output === "yaml") printYamlDocuments(context, [found]);
  else {
    const tokens = found.tokens ?? [];
    context.print([
      `Name:               ${found.name}`,
      `Enabled:            ${found.enabled === true}`,
      `Capabilities:       ${(found.capabilities ?? []).join(", ")}`,
      "",
      "Tokens:",
      ...(tokens.length === 0
        ? ["NONE"]
        : tabTable([
            ["ID", "ISSUED AT", "EXPIRING AT"],
            ...tokens.map(({ id, issuedAt, expiresAt }) => [id, when(issuedAt), when(expiresAt) || "never"]),
          ])),
    ]);
  }
  return ARGO_EXIT.done;
}

/** Argo CD's clients get seconds since 1970, as a number or a text; 0 is no time. */
function when(seconds: number | string | undefined): string {
  const number = Number(seconds ?? 0);
  return number > 0 ? new Date(number * 1_000).toISOString().replace(/\.\d+Z$/, "Z") : "";
}

export async function accountInfo(context: ArgoContext, { output }: { output?: Output }): Promise<number> {
  const info = await whoAmI(context);
  if (output === "json") printJson(context, info);
  else if (output === "yaml") printYamlDocuments(context, [info]);
  else
    context.print([
      `Logged In: ${info.loggedIn === true}`,
      ...(info.loggedIn === true
        ? [
            `Username: ${info.username ?? ""}`,
            `Issuer: ${info.iss ?? ""}`,
            `Groups: ${(info.groups ?? []).join(",")}`,
          ]
        : []),
    ]);
  return ARGO_EXIT.done;
}

/** Prints yes or no, and ends with 0 either way, as there. */
export async function accountCanI(
  context: ArgoContext,
  action: string,
  resource: string,
  object: string,
): Promise<number> {
  const client = await context.client();
  const path = [resource, action, ...object.split("/")].map(encodeURIComponent).join("/");
  const { value } = await client.get<{ value?: string }>(`/api/v1/account/can-i/${path}`);
  context.print(value ?? "no");
  return ARGO_EXIT.done;
}

export interface PasswordOptions {
  account?: string;
  currentPassword?: string;
  newPassword?: string;
}

export async function accountUpdatePassword(context: ArgoContext, options: PasswordOptions): Promise<number> {
  const { host, argo } = context;
  const server = await context.argoServer();
  const me = userOf(server.token) ?? (await whoAmI(context)).username ?? "";
  const name = options.account ?? me;
  const currentPassword = options.currentPassword ?? (await secretAnswer(context, `Password of ${me}: `));
  const newPassword = options.newPassword ?? (await secretAnswer(context, `New password of ${name}: `));
  const client = await context.client();
  await client.send("PUT", "/api/v1/account/password", { body: { name, currentPassword, newPassword } });
  context.print("Password updated");
  if (name !== me) return ARGO_EXIT.done;
  // Sessions from before it are over: the context is logged in once more.
  const file = configFile(host.env, argo.config);
  const config = await loadConfig(file);
  const current = config.contexts.find(({ name: one }) => one === (argo.argocdContext ?? config.current));
  if (current === undefined || current.server !== server.address || host.env.ARGOCD_AUTH_TOKEN)
    return ARGO_EXIT.done;
  const token = await session(
    context,
    { ...server, token: undefined },
    { username: name, password: newPassword },
  );
  await changeConfig(file, (before) => ({
    ...before,
    users: before.users.map((user) =>
      user.name === current.user ? { ...user, more: { ...user.more, "auth-token": token } } : user,
    ),
  }));
  context.print(`Context '${current.name}' updated`);
  return ARGO_EXIT.done;
}

export interface TokenOptions {
  account?: string;
  /** Milliseconds; 0 for as long as the daemon lets one live. */
  expiresIn: number;
  id?: string;
}

/** Prints the token and nothing else, for `TOKEN=$(…)`. */
export async function accountGenerateToken(context: ArgoContext, options: TokenOptions): Promise<number> {
  const name = options.account ?? (await whoAmI(context)).username ?? "";
  const client = await context.client();
  const { token } = await sendProven<{ token?: string }>(
    context,
    client,
    `/api/v1/account/${encodeURIComponent(name)}/token`,
    { name, expiresIn: Math.round(options.expiresIn / 1_000), id: options.id },
    { instead: "Log in again: argocd login SERVER" },
  );
  if (token === undefined) throw new CliError(EXIT.internal, "The server made no token.");
  context.print(token);
  return ARGO_EXIT.done;
}

export async function accountDeleteToken(
  context: ArgoContext,
  id: string,
  { account }: { account?: string },
): Promise<number> {
  const name = account ?? (await whoAmI(context)).username ?? "";
  const client = await context.client();
  await client.send("DELETE", `/api/v1/account/${encodeURIComponent(name)}/token/${encodeURIComponent(id)}`);
  return ARGO_EXIT.done;
}

export async function accountBcrypt(
  context: ArgoContext,
  { password }: { password?: string },
): Promise<number> {
  const text = password ?? (await secretAnswer(context, "Password: "));
  context.print(await Bun.password.hash(text, { algorithm: "bcrypt", cost: 10 }));
  return ARGO_EXIT.done;
}

async function whoAmI(context: ArgoContext): Promise<UserInfo> {
  return (await context.client()).get<UserInfo>("/api/v1/session/userinfo");
}
