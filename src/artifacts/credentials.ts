/** What a server is shown of us, as HTTP wants it. */
import type { RepositoryAccess } from "../core/model/repository-access.ts";
import { revealed } from "../core/model/revealed.ts";
import type { ArtifactReference } from "../core/ports/artifacts.ts";
import { hashValue } from "../lib/hash.ts";

export function authorizationOf({ username, password, bearerToken }: RepositoryAccess): string | undefined {
  if (bearerToken !== undefined) return `Bearer ${bearerToken.reveal()}`;
  if (username === undefined && password === undefined) return undefined;
  return `Basic ${Buffer.from(`${username ?? ""}:${password?.reveal() ?? ""}`).toString("base64")}`;
}

/** Equal for the same place, reached in the same way: credentials that changed make another one, which is asked again at once. */
export function accessKey(access: RepositoryAccess): string {
  return hashValue(revealed(access));
}

/** Equal for the same login by the same road, whatever is asked for with it: what a server counts its questions by. */
export function loginKey({
  username,
  password,
  bearerToken,
  clientCertificate,
  lender,
  proxy,
}: RepositoryAccess): string {
  return hashValue(revealed([username, password, bearerToken, clientCertificate, lender, proxy]));
}

/**
 * What content is kept under, beside its digest: whoever knows the digest of what another place gave, or gave to who
 * logged in, has not been given it. Of secrets only whether there are any: the key stands on disk.
 */
export function placeKey(reference: Pick<ArtifactReference, "kind" | "repository" | "chart">): string {
  const { url, username, password, bearerToken, clientCertificate, lender, scope } = reference.repository;
  const shown = [password, bearerToken, clientCertificate].map((one) => one !== undefined);
  const chart = reference.kind === "oci" ? reference.chart : undefined;
  return hashValue([
    ...[reference.kind, url, username ?? "", shown, chart ?? ""],
    // As it prints: its secrets as stars.
    ...(lender === undefined ? [] : [JSON.stringify(lender)]),
    ...(scope === undefined ? [] : [scope]),
  ]);
}
