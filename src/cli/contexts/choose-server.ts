/** Which daemon a command speaks to, and as whom. */
import { defined } from "../../lib/defined.ts";
import { nearest } from "../../lib/nearest.ts";
import { CliError } from "../cli-error.ts";
import { EXIT } from "../exit-codes.ts";
import type { GlobalOptions } from "../global-options.ts";
import type { CliEnv } from "../host.ts";
import type { ServerTrust } from "../http/server-trust.ts";
import { DEFAULT_SERVER, serverUrl } from "../http/server-url.ts";
import { loadContexts } from "./context-file.ts";
import type { Context, Contexts } from "./contexts.ts";

export interface ChosenServer {
  /** As `serverUrl` makes it. */
  url: string;
  token: string | undefined;
  verifyTls: "yes" | "no";
  /** What a flag says in place of the machine's authorities, else what the context keeps. */
  trust: ServerTrust;
  /** That counts here, whichever way its server was named. */
  context?: Context;
}

/**
 * Flag, then environment, then context, then the default; the address and what is shown to it each by itself. A token of
 * a context goes to that context's server alone, and the environment's never to the server of a context that is named by
 * its flag and has one of its own.
 *
 * @param load default: reads the file, which is left alone where flags and environment say it all
 * @throws {CliError} usage where a context is not there, or its file cannot be used
 */
export async function chooseServer(
  env: CliEnv,
  { server, context: named, tokenFile, ...said }: GlobalOptions,
  load: () => Promise<Contexts> = () => loadContexts(env),
): Promise<ChosenServer> {
  const given = server ?? (named === undefined ? env.HOLDFAST_SERVER || undefined : undefined);
  const hasToken = tokenFile !== undefined || (named === undefined && Boolean(env.HOLDFAST_TOKEN));
  const isAll = given !== undefined && named === undefined && hasToken;
  const contexts = isAll ? undefined : await load();
  const url = given === undefined ? undefined : serverUrl(given);
  const context = contexts === undefined ? undefined : contextFor(contexts, env, named, url);
  const chosen = url ?? (context === undefined ? DEFAULT_SERVER : serverUrl(context.server));
  const own = context !== undefined && isSameServer(context, chosen) ? context : undefined;
  return {
    url: chosen,
    ...takenFor(said, own),
    token: await tokenFor(env, { tokenFile, named, own }),
    ...defined({ context: own }),
  };
}

/** By what a server is taken for the right one: a flag's word stands in place of all that a context keeps. */
export function takenFor(
  said: Pick<GlobalOptions, "insecure" | "caFile" | "fingerprint">,
  kept: Pick<Context, "insecure" | "caFile" | "fingerprint"> | undefined,
): { verifyTls: "yes" | "no"; trust: ServerTrust } {
  const isSaid = said.insecure === true || said.caFile !== undefined || said.fingerprint !== undefined;
  const { insecure, caFile, fingerprint } = (isSaid ? said : kept) ?? {};
  return { verifyTls: insecure === true ? "no" : "yes", trust: defined({ caFile, fingerprint }) };
}

/** The context that a flag or the environment names, else that of the server, else the current one. */
function contextFor(
  contexts: Contexts,
  { HOLDFAST_CONTEXT }: CliEnv,
  named: string | undefined,
  url: string | undefined,
): Context | undefined {
  const wanted = named ?? (url === undefined ? HOLDFAST_CONTEXT || undefined : undefined);
  if (wanted !== undefined) return contextNamed(contexts, wanted);
  if (url === undefined)
    return contexts.current === undefined ? undefined : contextNamed(contexts, contexts.current);
  const fitting = contexts.contexts.filter((one) => isSameServer(one, url));
  return fitting.find(({ name }) => name === contexts.current) ?? fitting[0];
}

/** @throws {CliError} usage with the nearest name */
export function contextNamed({ contexts }: Contexts, name: string): Context {
  const found = contexts.find((one) => one.name === name);
  if (found !== undefined) return found;
  const meant = nearest(
    name,
    contexts.map((one) => one.name),
  );
  throw new CliError(EXIT.usage, `There is no context ${JSON.stringify(name)}.`, [
    meant === undefined
      ? "See them: holdfast context list. Make one: holdfast login SERVER"
      : `Did you mean ${meant}?`,
  ]);
}

function isSameServer(context: Context, url: string): boolean {
  return serverUrl(context.server) === url;
}

interface Shown {
  tokenFile: string | undefined;
  /** By its flag. */
  named: string | undefined;
  own: Context | undefined;
}

async function tokenFor(env: CliEnv, { tokenFile, named, own }: Shown): Promise<string | undefined> {
  if (tokenFile !== undefined) return tokenFrom(tokenFile);
  if (named === undefined) return inVariable(env) ?? keptToken(own);
  const kept = await keptToken(own);
  // A token that stands beside another server's address in the environment is that server's.
  const isForOther =
    Boolean(env.HOLDFAST_SERVER) &&
    (own === undefined || !isSameServer(own, serverUrl(env.HOLDFAST_SERVER ?? "")));
  return kept ?? (isForOther ? undefined : inVariable(env));
}

/** A pipeline whose secret is missing must not run as whoever is logged in. @throws {CliError} usage where it is empty */
function inVariable({ HOLDFAST_TOKEN }: CliEnv): string | undefined {
  if (HOLDFAST_TOKEN?.trim() !== "") return HOLDFAST_TOKEN;
  throw new CliError(EXIT.usage, "HOLDFAST_TOKEN is set, and empty.", [
    "Give it a token; or unset it, and the context's token counts: unset HOLDFAST_TOKEN",
  ]);
}

/** What a context shows its server. @throws {CliError} usage where its file is not there */
export async function keptToken(context: Context | undefined): Promise<string | undefined> {
  return context?.tokenFile === undefined ? context?.token : tokenFrom(context.tokenFile);
}

/** @throws {CliError} usage */
export async function tokenFrom(path: string): Promise<string> {
  const file = Bun.file(path);
  if (!(await file.exists()))
    throw new CliError(EXIT.usage, `The token file ${path} is not there.`, [
      "Name another one with --token-file, or set HOLDFAST_TOKEN.",
    ]);
  const token = (await file.text()).trim();
  if (token === "") throw new CliError(EXIT.usage, `The token file ${path} is empty.`);
  return token;
}
