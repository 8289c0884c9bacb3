/** What a server is shown of us, as HTTP wants it. */
import type { RepositoryAccess } from "../core/model/repository-access.ts";
import { defined } from "../lib/defined.ts";
import { hashValue } from "../lib/hash.ts";

export function authorizationOf({ username, password, bearerToken }: RepositoryAccess): string | undefined {
  if (bearerToken !== undefined) return `Bearer ${bearerToken.reveal()}`;
  if (username === undefined && password === undefined) return undefined;
  return `Basic ${Buffer.from(`${username ?? ""}:${password?.reveal() ?? ""}`).toString("base64")}`;
}

export function tlsOf({
  ca,
  clientCertificate,
  clientKey,
}: RepositoryAccess): { ca?: string; cert?: string; key?: string } | undefined {
  const tls = defined({ ca, cert: clientCertificate, key: clientKey?.reveal() });
  return Object.keys(tls).length === 0 ? undefined : tls;
}

/** Equal for the same place, reached in the same way: credentials that changed make another one, which is asked again at once. */
export function accessKey({ password, bearerToken, clientKey, ...open }: RepositoryAccess): string {
  return hashValue([open, password?.reveal(), bearerToken?.reveal(), clientKey?.reveal()]);
}
