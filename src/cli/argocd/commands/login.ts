import { defined } from "../../../lib/defined.ts";
import { CliError } from "../../cli-error.ts";
import { EXIT } from "../../exit-codes.ts";
import { logInElsewhere } from "../../handed/log-in-elsewhere.ts";
import { Refused } from "../../http/refusal.ts";
import { authorities } from "../../http/server-trust.ts";
import { signIn } from "../../sign-in.ts";
import type { ArgoContext } from "../argo-context.ts";
import { changeConfig, configFile, loadConfig } from "../config/config-file.ts";
import {
  type ResolvedContext,
  resolveContext,
  withLogin,
  withoutContext,
  withoutToken,
} from "../config/local-config.ts";
import { type ArgoServer, clientOf, core, reach } from "../connect.ts";
import { ARGO_EXIT } from "../exit-codes.ts";
import { tabTable } from "../words/tab-table.ts";

export interface LoginOptions {
  username?: string;
  password?: string;
  name?: string;
  /** By a browser of this machine. */
  sso?: true;
  /** On which it listens for the answer; default: any that is free. */
  ssoPort?: number;
  /** false: the page's address is printed. */
  ssoLaunchBrowser?: boolean;
}

/** Asks for a session, and keeps its token in argocd's config file. */
export async function login(
  context: ArgoContext,
  address: string | undefined,
  options: LoginOptions,
): Promise<number> {
  const { host, argo } = context;
  const server = address ?? argo.server ?? host.env.ARGOCD_SERVER;
  if (!server) throw new CliError(EXIT.usage, "No server is named.", ["Name it: argocd login SERVER"]);
  const name = options.name ?? (argo.grpcWebRootPath ? `${server}/${argo.grpcWebRootPath}` : server);
  return enter(context, { server, name }, options);
}

/** The same once more for the context that is current, as whom its token names. */
export async function relogin(context: ArgoContext, options: LoginOptions): Promise<number> {
  const { host, argo } = context;
  const config = await loadConfig(configFile(host.env, argo.config));
  const current = resolveContext(config, argo.argocdContext ?? config.current);
  if (current === undefined)
    throw new CliError(EXIT.usage, "There is no context to log in again.", ["Log in: argocd login SERVER"]);
  if (current.core) throw core();
  const bySso = current.sso && options.password === undefined;
  const username = bySso ? undefined : (userOf(current.token) ?? (current.username || undefined));
  return enter(
    context,
    { server: current.server, name: current.name, own: current },
    { ...options, ...defined({ username, sso: bySso ? (true as const) : undefined }) },
  );
}

async function enter(
  context: ArgoContext,
  { server, name, own }: { server: string; name: string; own?: ResolvedContext },
  options: LoginOptions,
): Promise<number> {
  const { host, argo } = context;
  const reached: ArgoServer = { ...(await reach(host, server, argo, own)), token: undefined };
  const { caFile, ...trust } = reached.trust;
  const { token, username } = await proven(context, reached, options);
  const ca = caFile === undefined ? {} : { ca: await authorities(caFile) };
  await changeConfig(configFile(host.env, argo.config), (before) =>
    withLogin(before, {
      name,
      server,
      insecure: reached.verifyTls === "no",
      plaintext: reached.url.startsWith("http:"),
      grpcWeb: false,
      rootPath: argo.grpcWebRootPath ?? own?.rootPath ?? "",
      trust: { ...trust, ...ca },
      sso: options.sso === true,
      username,
      token,
    }),
  );
  const who = options.sso === true ? username : `${username}:login`;
  context.print([`'${who}' logged in successfully`, `Context '${name}' updated`]);
  return ARGO_EXIT.done;
}

/** How long a person may take in a browser. */
const WAIT_MS = 5 * 60_000;

async function proven(
  context: ArgoContext,
  server: ArgoServer,
  { username: named, password: said, sso, ssoPort, ssoLaunchBrowser }: LoginOptions,
): Promise<{ token: string; username: string }> {
  if (sso !== true) {
    const username = named ?? (await answer(context, "Username: ", "--username"));
    const password = said ?? (await secretAnswer(context, "Password: "));
    return { token: await session(context, server, { username, password }), username };
  }
  if (named !== undefined || said !== undefined)
    throw new CliError(EXIT.usage, "--sso logs in by a browser, and a name or a password says otherwise.", [
      "Leave --sso out, or --username and --password.",
    ]);
  const token = await logInElsewhere(context, clientOf(context.host, server), {
    ...{ by: "browser", provider: undefined, waitMs: WAIT_MS },
    opens: ssoLaunchBrowser === false ? "by-hand" : "itself",
    ...defined({ port: ssoPort }),
  });
  const { username = "" } = await clientOf(context.host, { ...server, token }).get<{ username?: string }>(
    "/api/v1/session/userinfo",
  );
  return { token, username };
}

/** `POST /api/v1/session`: `{username, password}` → `{token}`. */
export async function session(
  { host }: ArgoContext,
  server: ArgoServer,
  who: { username: string; password: string },
): Promise<string> {
  try {
    const { token } = await signIn(clientOf(host, server), who, {
      waits: () => host.stderr.write("Many log in at once: waiting for a turn.\n"),
      signal: host.signal,
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
