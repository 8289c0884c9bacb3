import { resolve } from "node:path";
import { defined } from "../../lib/defined.ts";
import { ask } from "../ask.ts";
import { CliError } from "../cli-error.ts";
import type { CliContext } from "../context.ts";
import { contextNamed, keptToken, takenFor, tokenFrom } from "../contexts/choose-server.ts";
import { changeContexts, loadContexts } from "../contexts/context-file.ts";
import { type Context, withContext } from "../contexts/contexts.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { type Elsewhere, logInElsewhere } from "../handed/log-in-elsewhere.ts";
import { greeting } from "../http/greeting.ts";
import { Refused } from "../http/refusal.ts";
import { isLoopback, serverUrl } from "../http/server-url.ts";
import { printJson, printYamlDocuments } from "../print-object.ts";
import { signIn } from "../sign-in.ts";
import { plainText } from "../terminal/plain-text.ts";
import { contextName, keptTrust, tokenFromInput } from "./context.ts";

export interface LoginOptions {
  name?: string;
  /** true: asked for. A text is refused: arguments can be read by everybody on the machine. */
  token?: true | string;
  tokenStdin?: true;
  username?: string;
  password?: string;
  passwordStdin?: true;
  /** By a browser of this machine. */
  sso?: true;
  provider?: string;
  /** false: its address is printed. */
  browser?: boolean;
  /** By a browser of any machine. */
  device?: true;
}

/** `/api/v1/session/userinfo`, in Argo CD's shape. */
interface UserInfo {
  loggedIn?: boolean;
  username?: string;
  iss?: string;
  groups?: string[];
}

/** How long a person may take in a browser. */
const WAIT_MS = 5 * 60_000;

/** What proves who is logging in. */
type Proof =
  | { is: "token"; token: string; tokenFile?: string }
  | { is: "password"; username: string; password: string }
  | { is: "elsewhere"; how: Elsewhere; waitMs: number };

/** Proves who it is to the server, and only then keeps what it was proven by; that context counts from then on. */
export async function login(
  context: CliContext,
  server: string | undefined,
  options: LoginOptions,
): Promise<ExitCode> {
  const { url, kept } = await meant(context, server, options);
  const taken = takenFor(context.flags, kept);
  const proof = await proofOf(context, options);
  const token = await tokenBy(context, context.clientOf({ url, token: undefined, ...taken }), proof);
  const who = await userOf(context.clientOf({ url, token, ...taken }));
  const name = contextName(options.name ?? context.flags.context ?? nameFor(url));
  const made: Context = {
    name,
    server: url,
    ...(proof.is === "token" && proof.tokenFile !== undefined ? { tokenFile: proof.tokenFile } : { token }),
    // What was said once to know this server by counts until something else is said.
    ...(isSaid(context) ? keptTrust(context) : trustIn(kept)),
  };
  let before: string | undefined;
  await changeContexts(context.host.env, (contexts) => {
    before = contexts.contexts.find((one) => one.name === name)?.server;
    return { ...withContext(contexts, made), current: name };
  });
  const as = who === undefined ? "" : ` as ${plainText(who)}`;
  const instead = before === undefined || before === url ? "" : `, in place of ${before}`;
  context.print(
    `${context.out.symbols.done} Logged in to ${url}${as}. The current context is ${name}${instead}.`,
  );
  return EXIT.done;
}

/** Which server, and the context that is there of it: the one that will be written over, or another one. */
async function meant(
  context: CliContext,
  server: string | undefined,
  { name }: LoginOptions,
): Promise<{ url: string; kept: Context | undefined }> {
  if (server === undefined) {
    const { url, context: kept } = await context.server();
    return { url, kept };
  }
  const isTls = isLoopback(server) && (await greeting(server, context.signal)) === "tls";
  const url = serverUrl(isTls ? `https://${server}` : server);
  const { contexts } = await loadContexts(context.host.env);
  const fitting = contexts.filter((one) => serverUrl(one.server) === url);
  const wanted = name ?? context.flags.context ?? nameFor(url);
  return { url, kept: fitting.find((one) => one.name === wanted) ?? fitting[0] };
}

function isSaid({ flags: { insecure, caFile, fingerprint } }: CliContext): boolean {
  return [insecure, caFile, fingerprint].some((flag) => flag !== undefined);
}

function trustIn(kept: Context | undefined): ReturnType<typeof keptTrust> {
  const { insecure, caFile, fingerprint } = kept ?? {};
  return defined({ insecure, caFile, fingerprint });
}

/** Ends the session on the server where it is one, and forgets the token here whatever the server says. */
export async function logout(context: CliContext, name: string | undefined): Promise<ExitCode> {
  const { env } = context.host;
  const contexts = await loadContexts(env);
  const wanted = name ?? context.flags.context ?? (env.HOLDFAST_CONTEXT || contexts.current);
  if (wanted === undefined)
    throw new CliError(EXIT.usage, "No context counts now: there is nothing to log out of.", [
      "Name one: holdfast logout CONTEXT. See them: holdfast context list",
    ]);
  const byServer = contexts.contexts.find((one) => one.name !== wanted && one.server === addressOf(wanted));
  const one =
    contexts.contexts.some((other) => other.name === wanted) || byServer === undefined
      ? contextNamed(contexts, wanted)
      : byServer;
  if (one.token === undefined && one.tokenFile === undefined) {
    context.note(`${one.name} holds no token: nobody is logged in.`);
    return EXIT.done;
  }
  const ended = await endSession(context, one);
  await changeContexts(env, (before) => {
    const { token: _, tokenFile: __, ...rest } = contextNamed(before, one.name);
    return withContext(before, rest);
  });
  context.print(
    `${context.out.symbols.done} Logged out of ${one.server}: ${one.name} holds no token any more.`,
  );
  if (ended !== undefined) context.note(ended);
  return EXIT.done;
}

export type WhoamiOutput = "json" | "yaml" | "name";
export const WHOAMI_OUTPUTS: readonly WhoamiOutput[] = ["json", "yaml", "name"];

/** Who the server takes us for. */
export async function whoami(context: CliContext, { output }: { output?: WhoamiOutput }): Promise<ExitCode> {
  const { url, token, context: used } = await context.server();
  const who = await infoOf(await context.client());
  const groups = who?.groups ?? [];
  const found = {
    ...defined({ context: used?.name }),
    server: url,
    loggedIn: who?.loggedIn ?? true,
    ...defined({ username: who?.username, issuer: who?.iss }),
    groups,
  };
  if (output === "json") printJson(context, found);
  else if (output === "yaml") printYamlDocuments(context, [found]);
  if (output === "json" || output === "yaml") return EXIT.done;
  if (who?.loggedIn === false)
    throw new CliError(EXIT.denied, `Nobody is logged in to ${url}.`, [`Run: holdfast login ${url}`]);
  const named = plainText(
    who?.username ??
      (token === undefined ? "anybody on the daemon's machine" : "whoever has the daemon's token"),
  );
  if (output === "name") context.print(named);
  else
    context.print([
      `Server    ${url}`,
      ...(used === undefined ? [] : [`Context   ${used.name}`]),
      `User      ${named}`,
      ...(who?.iss === undefined || OURS.has(who.iss) ? [] : [`Issuer    ${plainText(who.iss)}`]),
      ...(groups.length === 0 ? [] : [`Groups    ${plainText(groups.join(", "))}`]),
    ]);
  return EXIT.done;
}

/** Who says it is nobody else than the server. */
const OURS: ReadonlySet<string> = new Set(["argocd", "holdfast", ""]);

async function tokenBy(
  context: CliContext,
  client: ReturnType<CliContext["clientOf"]>,
  proof: Proof,
): Promise<string> {
  switch (proof.is) {
    case "token":
      return proof.token;
    case "password":
      return sessionOf(context, client, client.url, proof);
    case "elsewhere":
      return logInElsewhere(context, client, { ...proof.how, waitMs: proof.waitMs });
  }
}

/** @returns undefined where neither is asked for */
function elsewhere({ sso, device, provider, browser }: LoginOptions): Elsewhere | undefined {
  if (device === true) return { by: "device" };
  const isMeant = sso === true || provider !== undefined || browser === false;
  return isMeant ? { by: "browser", provider, opens: browser === false ? "by-hand" : "itself" } : undefined;
}

const SAFER = "Use --password-stdin, or leave it out and be asked.";

async function proofOf(context: CliContext, options: LoginOptions): Promise<Proof> {
  const { token, tokenStdin, username, password, passwordStdin } = options;
  const { tokenFile } = context.flags;
  const how = elsewhere(options);
  const isTwice = options.device === true && [options.sso, options.provider].some((way) => way !== undefined);
  const ways = [token, tokenStdin, tokenFile, how].filter((way) => way !== undefined).length;
  const byPassword = [username, password, passwordStdin].some((way) => way !== undefined);
  if (isTwice || ways > 1 || (ways === 1 && byPassword) || (password !== undefined && passwordStdin === true))
    throw new CliError(EXIT.usage, "The flags say several ways to log in.", [
      "Take one of --sso, --device, --username, --token-stdin, --token-file and --token.",
    ]);
  if (how !== undefined && context.flags.input === false)
    throw new CliError(
      EXIT.usage,
      "Whoever logs in by a browser is asked there, and --no-input forbids it.",
      ["Say --username NAME and --password-stdin, or --token-stdin, or --token-file FILE."],
    );
  if (how !== undefined) return { is: "elsewhere", how, waitMs: context.limitMs(WAIT_MS) };
  if (typeof token === "string")
    throw new CliError(EXIT.usage, "A token is no argument: everybody on this machine can read those.", [
      "Use --token-stdin or --token-file FILE; --token alone asks for it.",
    ]);
  if (tokenFile !== undefined)
    return { is: "token", token: await tokenFrom(tokenFile), tokenFile: resolve(tokenFile) };
  if (tokenStdin === true) return { is: "token", token: await tokenFromInput(context) };
  if (token === true)
    return {
      is: "token",
      token: (await ask(context, "Token", "hidden", "Use --token-stdin or --token-file FILE.")).trim(),
    };
  const user =
    username ??
    (await ask(
      context,
      "Username",
      "shown",
      "Say --username NAME and --password-stdin, or --token-stdin, or --token-file FILE.",
    ));
  if (password !== undefined) {
    context.note(`A password in the arguments can be read by everybody on this machine. ${SAFER}`);
    return { is: "password", username: user, password };
  }
  const given =
    passwordStdin === true
      ? (await context.host.stdin.text()).replace(/\r?\n$/, "")
      : await ask(context, "Password", "hidden", "Say --password-stdin.");
  if (given === "") throw new CliError(EXIT.usage, "Standard input is empty: a password was expected.");
  return { is: "password", username: user, password: given };
}

async function sessionOf(
  context: CliContext,
  client: ReturnType<CliContext["clientOf"]>,
  url: string,
  { username, password }: { username: string; password: string },
): Promise<string> {
  try {
    const { token } = await signIn(
      client,
      { username, password },
      {
        waits: () => context.note("Many log in at once: waiting for a turn."),
        signal: context.host.signal,
      },
    );
    if (typeof token === "string" && token !== "") return token;
  } catch (cause) {
    if (cause instanceof Refused && cause.status === 401)
      throw new CliError(EXIT.denied, `${url} does not take this name and this password.`, [], { cause });
    if (cause instanceof Refused && cause.status === 501)
      throw new CliError(EXIT.usage, `${url} has no accounts to log in to by password.`, [
        "Log in with the token of its config (server.token): holdfast login SERVER --token-stdin",
      ]);
    throw cause;
  }
  throw new CliError(EXIT.unreachable, `${url} answered a login without a token: it is no Holdfast.`);
}

/** A token that opens nothing is not kept. @returns a user's name, where the server knows users */
async function userOf(client: ReturnType<CliContext["clientOf"]>): Promise<string | undefined> {
  const who = await infoOf(client);
  if (who?.loggedIn === false)
    throw new CliError(EXIT.denied, `${client.url} does not take this token.`, [
      "Make another one there, or log in by password: holdfast login SERVER --username NAME",
    ]);
  return who?.username || undefined;
}

/** undefined: the server has one token and no users, and takes what it was shown. */
async function infoOf(client: ReturnType<CliContext["clientOf"]>): Promise<UserInfo | undefined> {
  try {
    return await client.get<UserInfo>("/api/v1/session/userinfo");
  } catch (cause) {
    // Who asks has been let in by then.
    if (cause instanceof Refused && (cause.status === 501 || cause.status === 404)) return undefined;
    throw cause;
  }
}

/** @returns a sentence about what is left on the server, if anything is */
async function endSession(context: CliContext, one: Context): Promise<string | undefined> {
  try {
    const token = await keptToken(one);
    await context
      .clientOf({ url: serverUrl(one.server), token, ...takenFor(context.flags, one) })
      .send("DELETE", "/api/v1/session");
    return undefined;
  } catch (cause) {
    if (cause instanceof Refused && cause.status === 401) return undefined;
    if (cause instanceof Refused)
      return `The token itself still counts at ${one.server}: it is no session that could be ended.`;
    if (cause instanceof CliError)
      return `${cause.message} The token itself counts there until it expires or somebody revokes it.`;
    throw cause;
  }
}

/** Of an address: its host, with the port where it says one. */
function nameFor(url: string): string {
  const { host, pathname } = new URL(url);
  return `${host}${pathname.replace(/\/+$/, "")}`.replace(/[^\w.:@/-]/g, "-");
}

/** undefined: it is a name. */
function addressOf(text: string): string | undefined {
  try {
    return serverUrl(text);
  } catch (cause) {
    if (cause instanceof CliError) return undefined;
    throw cause;
  }
}
