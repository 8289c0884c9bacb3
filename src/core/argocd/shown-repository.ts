/** What may be told of a repository: field by field, so that no secret can ever be in it. */
import { filled } from "../../lib/defined.ts";
import { tellsSecret, withoutUserinfo } from "../../lib/url-userinfo.ts";
import type { RepositoryAccess } from "../model/repository-access.ts";

/** Keys of Argo CD's Secrets that hold nothing secret. */
const OPEN = [
  "type",
  "name",
  "insecure",
  "insecureIgnoreHostKey",
  "enableLfs",
  "enableOCI",
  "insecureOCIForceHttp",
  "forceHttpBasicAuth",
  "noProxy",
  "depth",
  "githubAppID",
  "githubAppInstallationID",
  "githubAppEnterpriseBaseUrl",
  "azureServicePrincipalClientId",
  "azureServicePrincipalTenantId",
  "azureActiveDirectoryEndpoint",
  "useAzureWorkloadIdentity",
  "webhookManifestCacheWarmDisabled",
] as const;

/** @param data of a Secret, decoded */
export function shownOf(data: Readonly<Record<string, string>>): Record<string, string> {
  const open = Object.fromEntries(
    OPEN.map((key) => [key, (data[key] ?? data[key.replace(/Id$/, "ID")] ?? "").trim()]),
  );
  return filled({
    ...open,
    username: userIn(data["username"]),
    proxy: proxyIn(data["proxy"]?.trim()),
  }) as Record<string, string>;
}

/** The same of an entry of the config. */
export function shownOfEntry(entry: RepositoryAccess): Record<string, string> {
  const { type, name, username, tlsCheck, plainHttp, proxy, noProxy, lender } = entry;
  const ofLender =
    lender?.from === "github-app"
      ? {
          githubAppID: lender.appId,
          githubAppInstallationID: lender.installationId,
          githubAppEnterpriseBaseUrl: lender.baseUrl,
        }
      : lender?.from === "azure-principal"
        ? {
            azureServicePrincipalClientId: lender.clientId,
            azureServicePrincipalTenantId: lender.tenantId,
            azureActiveDirectoryEndpoint: lender.authority,
          }
        : lender?.from === "azure-workload"
          ? { useAzureWorkloadIdentity: "true", azureActiveDirectoryEndpoint: lender.authority }
          : {};
  return filled({
    type,
    name,
    noProxy,
    username: userIn(username),
    proxy: proxyIn(proxy?.reveal()),
    insecure: tlsCheck === "nothing" ? "true" : undefined,
    insecureOCIForceHttp: plainHttp === true ? "true" : undefined,
    ...ofLender,
  }) as Record<string, string>;
}

/** Some providers take a token in place of a user. */
function userIn(username = ""): string | undefined {
  return tellsSecret(`https://${encodeURIComponent(username)}@x`) ? undefined : username;
}

function proxyIn(proxy: string | undefined): string | undefined {
  return proxy === undefined ? undefined : withoutUserinfo(proxy);
}
