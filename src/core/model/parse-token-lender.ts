/**
 * Who lends a repository's login, as Argo CD's Secrets and the config say it, in the same words. Fields:
 * https://argo-cd.readthedocs.io/en/stable/user-guide/private-repositories/
 */
import { whyNoKey } from "../../lib/check-pem.ts";
import { defined, filled } from "../../lib/defined.ts";
import { ecrRegistry } from "./ecr-registry.ts";
import { isSafeServer, readGoogleKey } from "./google-key.ts";
import type { RepositoryAccess, RepositoryType } from "./repository-access.ts";
import { Secret } from "./secret.ts";
import type { TokenLender } from "./token-lender.ts";

/** What is said of it, without what is empty. */
export type SaidOfLender = Readonly<Record<string, string | undefined>>;

export const LENDER_KEYS = [
  "githubAppID",
  "githubAppInstallationID",
  "githubAppPrivateKey",
  "githubAppEnterpriseBaseUrl",
  "gcpServiceAccountKey",
  "azureServicePrincipalClientId",
  "azureServicePrincipalClientSecret",
  "azureServicePrincipalTenantId",
  "azureActiveDirectoryEndpoint",
  "useAzureWorkloadIdentity",
] as const;

/** Ours, which Argo CD's Secrets have not. */
export const OWN_LENDER_KEYS = ["useAwsIdentity", "awsRoleArn"] as const;

/** They say something of a lender, and name none. */
const BY_ITSELF_NOTHING = ["githubAppEnterpriseBaseUrl", "azureActiveDirectoryEndpoint", "awsRoleArn"];

/** The key that is there without the lender that it speaks of; undefined: there is none such. */
export function saidWithoutLender(said: SaidOfLender): string | undefined {
  const keys = Object.keys(said).filter((key) => said[key] !== undefined);
  return keys.every((key) => BY_ITSELF_NOTHING.includes(key)) ? keys[0] : undefined;
}

type Report = (key: string, text: string, fix?: string) => void;

/**
 * @param said `useAzureWorkloadIdentity` and `useAwsIdentity`: absent where they are off
 * @param report told every fault, with the key and never with a value
 * @returns undefined where nobody lends, or a fault was told
 */
export function parseTokenLender(
  said: SaidOfLender,
  { type, url }: { type: RepositoryType; url: string },
  report: Report,
): TokenLender | undefined {
  const ways = [
    { by: ["githubAppID", "githubAppPrivateKey", "githubAppInstallationID"], read: githubApp },
    { by: ["gcpServiceAccountKey"], read: google },
    {
      by: [
        "azureServicePrincipalClientId",
        "azureServicePrincipalClientSecret",
        "azureServicePrincipalTenantId",
      ],
      read: azurePrincipal,
    },
    { by: ["useAzureWorkloadIdentity"], read: azureWorkload },
    { by: ["useAwsIdentity"], read: aws },
  ].flatMap(({ by, read }) => {
    const first = by.find((key) => said[key] !== undefined);
    return first === undefined ? [] : [{ first, read }];
  });
  const [way, second] = ways;
  if (way === undefined) return undefined;
  if (second !== undefined) {
    report(second.first, `is there beside ${way.first}: one of them can ask`, "Keep one of them");
    return undefined;
  }
  const lender = way.read(said, report);
  if (lender === undefined) return undefined;
  if (lender.from === "github-app" && type !== "git") {
    report(way.first, "is for Git repositories alone", "Give a user name and a password (a token)");
    return undefined;
  }
  if (lender.from.startsWith("azure") && type === "helm") {
    report(
      way.first,
      "is for Git repositories and registries alone",
      "Give a user name and a password (a token)",
    );
    return undefined;
  }
  if (lender.from === "aws" && (type !== "oci" || ecrRegistry(hostOf(url)) === undefined)) {
    report(
      way.first,
      "is for registries of Amazon ECR alone",
      "Write type: oci, and an address like oci://123456789012.dkr.ecr.eu-west-1.amazonaws.com",
    );
    return undefined;
  }
  if (type === "git" && !/^https?:\/\//i.test(url)) {
    report(
      way.first,
      "is for https alone, and the address is none of it",
      "Write the repository's https address",
    );
    return undefined;
  }
  return lender;
}

/** Whether what it lends opens a repository of this type, at this address. */
export function lendsTo({ from }: TokenLender, { type = "git", url }: RepositoryAccess): boolean {
  if (type === "git") return /^https?:\/\//i.test(url);
  if (from === "aws") return type === "oci" && ecrRegistry(hostOf(url)) !== undefined;
  return from !== "github-app" && !(type === "helm" && from.startsWith("azure"));
}

function hostOf(url: string): string {
  return URL.parse(url.replace(/^(?:oci:\/\/)?(?!https?:\/\/)/i, "https://"))?.host ?? "";
}

function githubApp(said: SaidOfLender, report: Report): TokenLender | undefined {
  const {
    githubAppID: appId,
    githubAppPrivateKey: key,
    githubAppInstallationID: installationId,
    githubAppEnterpriseBaseUrl: baseUrl,
  } = said;
  if (appId === undefined || !/^\d+$/.test(appId))
    return void report("githubAppID", appId === undefined ? "is missing" : "is no number");
  if (key === undefined) return void report("githubAppPrivateKey", "is missing");
  const why = whyNoKey(key);
  if (why !== undefined) return void report("githubAppPrivateKey", why);
  if (installationId !== undefined && !/^\d+$/.test(installationId))
    return void report(
      "githubAppInstallationID",
      "is no number",
      "Leave it out, and it is asked for by the repository's address",
    );
  if (baseUrl !== undefined && !isSafeServer(baseUrl))
    return void report(
      "githubAppEnterpriseBaseUrl",
      "is no https address",
      "Write it like https://github.example.com/api/v3",
    );
  return { from: "github-app", appId, privateKey: new Secret(key), ...defined({ installationId, baseUrl }) };
}

function google({ gcpServiceAccountKey: key = "" }: SaidOfLender, report: Report): TokenLender | undefined {
  const read = readGoogleKey(key);
  if (!read.ok) return void report("gcpServiceAccountKey", read.why, "Write the key's JSON file into it");
  return { from: "google", key: new Secret(key) };
}

function azurePrincipal(said: SaidOfLender, report: Report): TokenLender | undefined {
  const {
    azureServicePrincipalClientId: clientId,
    azureServicePrincipalClientSecret: secret,
    azureServicePrincipalTenantId: tenantId,
  } = said;
  if (clientId === undefined) return void report("azureServicePrincipalClientId", "is missing");
  if (secret === undefined) return void report("azureServicePrincipalClientSecret", "is missing");
  if (tenantId === undefined) return void report("azureServicePrincipalTenantId", "is missing");
  const authority = authorityOf(said, report);
  if (authority === "refused") return undefined;
  return {
    from: "azure-principal",
    clientId,
    clientSecret: new Secret(secret),
    tenantId,
    ...filled({ authority }),
  };
}

function azureWorkload(said: SaidOfLender, report: Report): TokenLender | undefined {
  const authority = authorityOf(said, report);
  return authority === "refused" ? undefined : { from: "azure-workload", ...filled({ authority }) };
}

function aws({ awsRoleArn: roleArn }: SaidOfLender, report: Report): TokenLender | undefined {
  if (roleArn !== undefined && !/^arn:aws[\w-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/.test(roleArn))
    return void report(
      "awsRoleArn",
      "is no ARN of a role of IAM",
      "Write it like arn:aws:iam::123456789012:role/reader",
    );
  return { from: "aws", ...filled({ roleArn }) };
}

function authorityOf(
  { azureActiveDirectoryEndpoint: endpoint }: SaidOfLender,
  report: Report,
): string | undefined | "refused" {
  if (endpoint === undefined || isSafeServer(endpoint)) return endpoint;
  report(
    "azureActiveDirectoryEndpoint",
    "is no https address",
    "Write it like https://login.microsoftonline.com",
  );
  return "refused";
}

/** Why nobody can be asked through it; undefined for the address of a proxy. */
export function whyNoProxy(address: string): string | undefined {
  const url = URL.parse(address);
  return url !== null &&
    /^https?:$/.test(url.protocol) &&
    url.hostname !== "" &&
    !/[\p{Cc}\s?#]/u.test(address)
    ? undefined
    : "is no address of an HTTP proxy";
}
