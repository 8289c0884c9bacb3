import { defined } from "../../../lib/defined.ts";
import { CliError } from "../../cli-error.ts";
import { EXIT } from "../../exit-codes.ts";
import { Refused } from "../../http/refusal.ts";
import type { ArgoContext } from "../argo-context.ts";
import { changeConfig, configFile, loadConfig } from "../config/config-file.ts";
import { resolveContext, withLogin, withoutContext, withoutToken } from "../config/local-config.ts";
import { type ArgoServer, clientOf, core, reach } from "../connect.ts";
import { ARGO_EXIT } from "../exit-codes.ts";
import { tabTable } from "../words/tab-table.ts";

export interface LoginOptions {
  username?: string;
  password?: string;
  name?: string;
}

/** Asks for a session by name and password, and keeps its token in argocd's config file. */
export async function login(
  context: ArgoContext,
  address: string | undefined,
  options: LoginOptions,
): Promise<number> {
  const { host, argo } = context;
  const file = configFile(host.env, argo.config);
  const server = address ?? argo.server ?? host.env.ARGOCD_SERVER;
  if (!server) throw new CliError(EXIT.usage, "No server is named.", ["Name it: argocd login SERVER"]);
  const reached = await reach(host, server, argo);
  const username = options.username ?? (await answer(context, "Username: ", "--username"));
  const password = options.password ?? (await secretAnswer(context, "Password: "));
  const token = await session(context, { ...reached, token: undefined }, { username, password });
  const name = options.name ?? (argo.grpcWebRootPath ? `${server}/${argo.grpcWebRootPath}` : server);
  await changeConfig(file, (before) =>
    withLogin(before, {
      name,
      server,
      insecure: argo.insecure === true,
      plaintext: reached.url.startsWith("http:"),
      grpcWeb: false,
      rootPath: argo.grpcWebRootPath ?? "",
      token,
    }),
  );
  context.print([`'${username}:login' logged in successfully`, `Context '${name}' updated`]);
  return ARGO_EXIT.done;
}

/** The same once more for the context that is current, as whom its token names. */
export async function relogin(context: ArgoContext, { password }: LoginOptions): Promise<number> {
  const { host, argo } = context;
  const config = await loadConfig(configFile(host.env, argo.config));
  const current = resolveContext(config, argo.argocdContext ?? config.current);
  if (current === undefined)
    throw new CliError(EXIT.usage, "There is no context to log in again.", ["Log in: argocd login SERVER"]);
  if (current.core) throw core();
  const username = userOf(current.token) ?? (await answer(context, "Username: ", "--username"));
  const flags = {
    ...argo,
    ...(current.insecure ? { insecure: true as const } : {}),
    ...(current.plaintext ? { plaintext: true as const } : {}),
    ...(current.rootPath === "" ? {} : { grpcWebRootPath: current.rootPath }),
  };
  return login({ ...context, argo: flags }, current.server, {
    username,
    name: current.name,
    ...defined({ password }),
  });
}

/** `POST /api/v1/session`: `{username, password}` → `{token}`. */
export async function session(
  { host }: ArgoContext,
  server: ArgoServer,
  who: { username: string; password: string },
): Promise<string> {
  try {
    const { token } = await clientOf(host, server).send<{ token?: unknown }>("POST", "/api/v1/session", {
      body: who,
    });
    if (typeof token === "string" && token !== "") return token;
    throw new CliError(EXIT.denied, `${server.url} took the login and gave no token.`);
  } catch (cause) {
    if (cause instanceof Refused && cause.status === 501)
      throw new CliError(
        EXIT.denied,
        `${server.url} has no accounts to log in with.`,
        ["Set ARGOCD_SERVER, and ARGOCD_AUTH_TOKEN to what its config has as server.token."],
        { cause },
      );
    if (cause instanceof Refused && cause.status === 401)
      throw new CliError(EXIT.denied, "Invalid username or password.", [], { cause });
    throw cause;
  }
}

export async function logout(context: ArgoContext, name: string): Promise<number> {
  const { host, argo } = context;
  const file = configFile(host.env, argo.config);
  const found = resolveContext(await loadConfig(file), name);
  if (found?.token === undefined)
    throw new CliError(EXIT.usage, `There is no login in context ${JSON.stringify(name)}.`, [
      "See them: argocd context",
    ]);
  try {
    const reached = await reach(host, found.server, argo, found);
    await clientOf(host, { ...reached, token: found.token }).send("DELETE", "/api/v1/session");
  } catch (cause) {
    if (!(cause instanceof CliError)) throw cause;
    // What was kept here goes all the same; a token that is still good elsewhere is worth a word.
    if (!(cause instanceof Refused) || cause.status !== 401)
      context.note(`The server did not end the session: ${cause.message}`);
  }
  await changeConfig(file, (before) => withoutToken(before, name));
  context.print(`Logged out from '${name}'`);
  return ARGO_EXIT.done;
}

export async function contexts(
  context: ArgoContext,
  name: string | undefined,
  { delete: remove }: { delete?: true },
): Promise<number> {
  const { host, argo } = context;
  const file = configFile(host.env, argo.config);
  const config = await loadConfig(file);
  if (name === undefined) {
    if (remove === true)
      throw new CliError(EXIT.usage, "Which context is to go?", ["Name it: argocd context NAME --delete"]);
    context.print(
      tabTable([
        ["CURRENT", "NAME", "SERVER"],
        ...config.contexts.map((one) => [one.name === config.current ? "*" : "", one.name, one.server]),
      ]),
    );
    return ARGO_EXIT.done;
  }
  if (!config.contexts.some((one) => one.name === name))
    throw new CliError(EXIT.usage, `Context ${JSON.stringify(name)} is not there.`, [
      "See them: argocd context",
    ]);
  if (remove === true) {
    await changeConfig(file, (before) => withoutContext(before, name));
    context.print(`Context '${name}' deleted`);
    return ARGO_EXIT.done;
  }
  await changeConfig(file, (before) => ({ ...before, current: name }));
  context.print(name === config.current ? `Already at context '${name}'` : `Switched to context '${name}'`);
  return ARGO_EXIT.done;
}

/** Of a JSON web token, without a look at its signature: for words alone. */
export function userOf(token: string | undefined): string | undefined {
  const [, body = ""] = (token ?? "").split(".");
  try {
    const { sub } = JSON.parse(Buffer.from(body, "base64url").toString("utf8")) as { sub?: unknown };
    return typeof sub === "string" ? sub.replace(/:(login|apiKey)$/, "") : undefined;
  } catch (cause) {
    if (cause instanceof SyntaxError) return undefined;
    throw cause;
  }
}

async function answer({ host }: ArgoContext, question: string, flag: string): Promise<string> {
  if (!host.stdin.isTTY)
    throw new CliError(EXIT.usage, `Nobody can answer: this is no terminal.`, [`Give ${flag}.`]);
  host.stderr.write(question);
  return (await host.stdin.line()).trim();
}

/** On a terminal it is asked for, and nothing of it is shown; else the next line of standard input. */
export async function secretAnswer({ host }: ArgoContext, question: string): Promise<string> {
  if (host.stdin.isTTY) host.stderr.write(question);
  const line = await host.stdin.hiddenLine();
  if (line !== "") return line;
  throw new CliError(EXIT.usage, `${question.replace(/: $/, "")} is missing.`, [
    "Pipe it in, or give it by its flag.",
  ]);
}
