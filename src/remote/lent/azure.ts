/**
 * A login at Azure DevOps, or at a container registry of Azure. Sources: learn.microsoft.com, "OAuth 2.0 client credentials
 * flow on the Microsoft identity platform" (with a secret, and with a federated credential), "Use Microsoft Entra workload
 * ID", and Azure/acr docs/AAD-OAuth.md.
 */
import type { RepositoryType } from "../../core/model/repository-access.ts";
import { Secret } from "../../core/model/secret.ts";
import type { TokenLender } from "../../core/model/token-lender.ts";
import type { AskLender, Lent } from "./lent-login.ts";

const PUBLIC_CLOUD = "https://login.microsoftonline.com";
const DEVOPS = "499b84ac-1321-427f-aa17-267ca6975798/.default";
const REGISTRIES = "https://containerregistry.azure.net/.default";
/** The name beside every token of a registry. */
const NOBODY = "00000000-0000-0000-0000-000000000000";
const FEDERATED = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const USUAL_LIFE_S = 3_600;

export type AzureLender = Extract<TokenLender, { from: "azure-principal" | "azure-workload" }>;

/** Who the Pod is, as Azure's webhook writes it into its environment. */
export interface AzureWorkload {
  tenantId: string;
  clientId: string;
  /** What the file of its token holds now: the kubelet writes it anew. @throws where it cannot be read */
  federatedToken(): Promise<string>;
  authority: string | undefined;
}

/** @param host of the repository's server @throws {Failure} */
export async function azureLogin(
  lender: AzureLender,
  workload: AzureWorkload | undefined,
  { host, type }: { host: string; type: RepositoryType },
  ask: AskLender,
): Promise<Lent> {
  const isRegistry = type === "oci";
  const { tenantId, authority, proof } = await proofOf(lender, workload);
  const base = (lender.authority ?? authority ?? PUBLIC_CLOUD).replace(/\/+$/, "");
  const { access_token: token, expires_in: life } = await ask({
    what: "a token",
    url: `${base}/${encodeURIComponent(tenantId)}/oauth2/v2.0/token`,
    post: {
      form: {
        grant_type: "client_credentials",
        scope: isRegistry ? REGISTRIES : DEVOPS,
        ...proof,
      },
    },
  });
  const livesS = typeof life === "number" ? Math.min(life, USUAL_LIFE_S) : USUAL_LIFE_S;
  if (!isRegistry) return { login: { bearerToken: new Secret(String(token ?? "")) }, livesS };
  const { refresh_token: registryToken } = await ask({
    what: "a token of the registry",
    url: `https://${host}/oauth2/exchange`,
    post: {
      form: {
        grant_type: "access_token",
        service: host,
        tenant: tenantId,
        access_token: String(token ?? ""),
      },
    },
  });
  return { login: { username: NOBODY, password: new Secret(String(registryToken ?? "")) }, livesS };
}

async function proofOf(
  lender: AzureLender,
  workload: AzureWorkload | undefined,
): Promise<{ tenantId: string; authority?: string | undefined; proof: Record<string, string> }> {
  if (lender.from === "azure-principal")
    return {
      tenantId: lender.tenantId,
      proof: { client_id: lender.clientId, client_secret: lender.clientSecret.reveal() },
    };
  if (workload === undefined)
    throw new Error(
      "the daemon's environment names no workload identity (AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_FEDERATED_TOKEN_FILE)",
    );
  const { tenantId, clientId, authority } = workload;
  const assertion = await workload.federatedToken();
  return {
    tenantId,
    authority,
    proof: { client_id: clientId, client_assertion_type: FEDERATED, client_assertion: assertion },
  };
}
