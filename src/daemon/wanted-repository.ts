/** What may be asked for by the API, and what a change leaves as it is. Pure. */
import { readGoogleKey } from "../core/model/google-key.ts";
import { isMetadataService } from "../lib/metadata-service.ts";
import { whyNotPlain } from "../lib/plain-address.ts";

type Data = Readonly<Record<string, string>>;

/** Who asks. */
const WHO = [
  "username",
  "password",
  "bearerToken",
  "sshPrivateKey",
  "tlsClientCertData",
  "tlsClientCertKey",
  "githubAppID",
  "githubAppInstallationID",
  "githubAppPrivateKey",
  "gcpServiceAccountKey",
  "azureServicePrincipalClientId",
  "azureServicePrincipalClientID",
  "azureServicePrincipalClientSecret",
  "azureServicePrincipalTenantId",
  "azureServicePrincipalTenantID",
  "useAzureWorkloadIdentity",
];
/** To whom, and past whom, what is secret is sent. */
const WAY = [
  "type",
  "proxy",
  "noProxy",
  "insecure",
  "insecureIgnoreHostKey",
  "insecureOCIForceHttp",
  "enableOCI",
  "githubAppEnterpriseBaseUrl",
  "azureActiveDirectoryEndpoint",
  "ca",
  "sshKnownHosts",
];

const FLAGS = [
  "useAzureWorkloadIdentity",
  "insecure",
  "insecureIgnoreHostKey",
  "insecureOCIForceHttp",
  "enableOCI",
];

/** Left out they stay as they are: Argo CD's clients do not know the last two, and nobody means another type by no word. */
const STAYING = ["type", "ca", "sshKnownHosts"];

/**
 * Whoever reads an entry and writes it back has never seen its secrets: where a change says nothing of who asks, that stays.
 * It does not stay where they would be sent by another way: whoever may change an entry need not know its password.
 * @param standing what is there; undefined: nothing, or it is to be replaced whole
 */
export function mergedData(
  wanted: Data,
  standing: Data | undefined,
): { is: "data"; data: Data } | { is: "refused"; why: string; fix: string } {
  if (standing === undefined) return { is: "data", data: wanted };
  const staying = STAYING.flatMap((key) => {
    const text = standing[key];
    return text === undefined || key in wanted ? [] : [[key, text] as const];
  });
  const asked: Data = { ...wanted, ...Object.fromEntries(staying) };
  if (WHO.some((key) => isSaid(key, asked[key]))) return { is: "data", data: asked };
  const kept = Object.fromEntries(
    WHO.flatMap((key) => {
      const text = standing[key];
      return text === undefined ? [] : [[key, text] as const];
    }),
  );
  const other = WAY.find((key) => plain(key, asked[key]) !== plain(key, standing[key]));
  if (Object.entries(kept).some(([key, text]) => isSaid(key, text)) && other !== undefined)
    return {
      is: "refused",
      why: `its ${other} is another one, and its credentials would be sent by another way than they were given for`,
      fix: "Give the credentials again",
    };
  return { is: "data", data: { ...asked, ...kept } };
}

function isSaid(key: string, text: string | undefined): boolean {
  return plain(key, text) !== "";
}

/** What its absence means too is nothing. A user may well be called `git`, and a password be `0`. */
function plain(key: string, text = ""): string {
  const trimmed = text.trim();
  if (FLAGS.includes(key)) return /^(?:0|f|false)$/i.test(trimmed) ? "" : trimmed;
  return key === "type" && trimmed === "git" ? "" : trimmed;
}

/** Whoever may add repositories is not whoever owns the machine. */
export function whyNotWanted(data: Data): { why: string; fix: string } | undefined {
  const url = (data["url"] ?? "").trim();
  if (/^(?:\/|file:)/i.test(url))
    return {
      why: "it lies on the daemon's machine",
      fix: "Write its https or ssh address, or have the operator write it into the config",
    };
  const away = url === "" ? undefined : whyNotPlain(url.replace(/[/:]+$/, ""));
  if (away !== undefined) return { why: away, fix: "Write the address plainly" };
  if (isSaid("useAzureWorkloadIdentity", data["useAzureWorkloadIdentity"]))
    return {
      why: "useAzureWorkloadIdentity lends who the daemon itself is, and that is not for whoever may add repositories",
      fix: "Write the entry into repositories of the config, or as a Secret by kubectl where a cluster is the home; or give a service principal here",
    };
  const lenders = lendersOf(data);
  if ([url, data["proxy"] ?? "", ...lenders].some((address) => isMetadataService(hostOf(address.trim()))))
    return {
      why: "it leads to where a cloud tells its machines their credentials",
      fix: "Write the address of a repository",
    };
  return lenders.some((address) => isThisMachine(hostOf(address.trim())))
    ? {
        why: "who is to lend its login is the daemon's machine itself",
        fix: "Write the lender's own address, or have the operator write the entry into the config",
      }
    : undefined;
}

/** Who is asked for a login, as far as the entry itself says it. */
function lendersOf(data: Data): string[] {
  const google = readGoogleKey(data["gcpServiceAccountKey"] ?? "");
  return [
    data["githubAppEnterpriseBaseUrl"] ?? "",
    data["azureActiveDirectoryEndpoint"] ?? "",
    google.ok ? google.key.tokenUri : "",
  ];
}

/** @param hostname as the URL parser writes it */
function isThisMachine(hostname: string): boolean {
  const host = hostname.toLowerCase().replace(/\.$/, "");
  return /^(?:127\.|0\.0\.0\.0$|(?:.+\.)?localhost$|\[::1?\]$|\[::ffff:(?:7f|0:))/.test(host);
}

function hostOf(address: string): string {
  if (address === "") return "";
  const scp = /^(?:[^/:]*@)?([^@/:]+):(?!\/\/)/.exec(address);
  const whole = /^\w+:\/\//.test(address) ? address : `https://${scp?.[1] ?? address}`;
  return URL.parse(whole.replace(/^(?:ssh|oci):\/\//i, "https://"))?.hostname ?? "";
}
