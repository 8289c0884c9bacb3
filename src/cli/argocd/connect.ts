/** Which server a command of argocd speaks to, and what it is shown. */
import { defined } from "../../lib/defined.ts";
import { CliError } from "../cli-error.ts";
import { EXIT } from "../exit-codes.ts";
import type { CliHost } from "../host.ts";
import { HttpClient } from "../http/client.ts";
import { greeting } from "../http/greeting.ts";
import type { ServerTrust } from "../http/server-trust.ts";
import { isLoopback, serverUrl } from "../http/server-url.ts";
import { configFile, loadConfig } from "./config/config-file.ts";
import { type ResolvedContext, resolveContext } from "./config/local-config.ts";
import type { ArgoFlags } from "./flags/global-flags.ts";
import { CORE_REFUSED } from "./refusals.ts";

export interface ArgoServer {
  /** As the config file names it: without a scheme where none was given. */
  address: string;
  url: string;
  token: string | undefined;
  verifyTls: "yes" | "no";
  trust: ServerTrust;
  headers: Readonly<Record<string, string>>;
}

/**
 * Flag, environment, context, in this order; the address and the token each by itself. A context's token goes to that
 * context's server alone, which Argo CD does not hold to.
 * @throws {CliError} where no server is named, or the file cannot be used
 */
export async function chooseServer(host: CliHost, flags: ArgoFlags): Promise<ArgoServer> {
  const { env } = host;
  const named = flags.server ?? (env.ARGOCD_SERVER || undefined);
  const config = await loadConfig(configFile(env, flags.config));
  const wanted =
    flags.argocdContext ??
    (named === undefined ||
    config.contexts.some(({ name, server }) => name === config.current && server === named)
      ? config.current
      : (config.contexts.find(({ server }) => server === named)?.name ?? ""));
  const context = wanted === "" ? undefined : resolveContext(config, wanted);
  if (context === undefined && flags.argocdContext !== undefined)
    throw new CliError(EXIT.usage, `There is no context ${JSON.stringify(flags.argocdContext)}.`, [
      "See them: argocd context",
    ]);
  const address = named ?? context?.server;
  if (address === undefined || address === "")
    throw new CliError(EXIT.usage, "No server is named.", [
      "Log in: argocd login SERVER. Or name it with --server or ARGOCD_SERVER.",
    ]);
  const own = context?.server === address ? context : undefined;
  if (own?.core === true) throw core();
  const token = flags.authToken ?? (env.ARGOCD_AUTH_TOKEN || own?.token);
  return { ...(await reach(host, address, flags, own)), token };
}

/** There is no program without a daemon. */
export function core(): CliError {
  return new CliError(EXIT.usage, CORE_REFUSED.what, [CORE_REFUSED.instead]);
}

/**
 * The address as a URL. Without a scheme it is HTTPS, or HTTP with --plaintext; on this machine it is whichever of both
 * answers, because a daemon on loopback may speak either.
 */
export async function reach(
  host: CliHost,
  address: string,
  flags: ArgoFlags,
  own?: Pick<ResolvedContext, "insecure" | "plaintext" | "rootPath" | "trust">,
): Promise<Omit<ArgoServer, "token">> {
  const rootPath = (flags.grpcWebRootPath ?? own?.rootPath ?? "").replace(/^\/+|\/+$/g, "");
  const below = rootPath === "" ? "" : `/${rootPath}`;
  const said = trustSaid(flags);
  const takesAny = flags.insecure === true || (said === undefined && own?.insecure === true);
  const hasScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(address);
  const isPlain = flags.plaintext === true || own?.plaintext === true;
  const scheme = hasScheme
    ? ""
    : isPlain
      ? "http://"
      : isLoopback(address) && (await greeting(address, host.signal)) === "plain"
        ? "http://"
        : "https://";
  return {
    address,
    url: `${serverUrl(scheme + address)}${below}`,
    verifyTls: takesAny ? "no" : "yes",
    trust: takesAny ? {} : (said ?? own?.trust ?? {}),
    headers: Object.fromEntries(
      (flags.header ?? []).map((text) => {
        const colon = text.indexOf(":");
        return [text.slice(0, colon).trim(), text.slice(colon + 1).trim()];
      }),
    ),
  };
}

/** @throws {CliError} usage where the flags say that any will do, and which one */
function trustSaid({ insecure, serverCrt, fingerprint }: ArgoFlags): ServerTrust | undefined {
  if (serverCrt === undefined && fingerprint === undefined) return undefined;
  if (insecure === true)
    throw new CliError(EXIT.usage, "--insecure takes any certificate, and another flag says which one.", [
      "Leave --insecure out, or --server-crt and --fingerprint.",
    ]);
  return defined({ caFile: serverCrt, fingerprint });
}

export function clientOf(host: CliHost, server: ArgoServer): HttpClient {
  const { url, token, verifyTls, trust, headers } = server;
  return new HttpClient({ url, token, verifyTls, trust, headers, signal: host.signal });
}
