/** What may be asked for by the API, and what a change leaves as it is. Pure. */
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
  if (WHO.some((key) => isSaid(asked[key]))) return { is: "data", data: asked };
  const kept = Object.fromEntries(
    WHO.flatMap((key) => {
      const text = standing[key];
      return text === undefined ? [] : [[key, text] as const];
    }),
  );
  const other = WAY.find((key) => plain(asked[key]) !== plain(standing[key]));
  if (Object.values(kept).some(isSaid) && other !== undefined)
    return {
      is: "refused",
      why: `its ${other} is another one, and its credentials would be sent by another way than they were given for`,
      fix: "Give the credentials again",
    };
  return { is: "data", data: { ...asked, ...kept } };
}

function isSaid(text: string | undefined): boolean {
  return plain(text) !== "";
}

function plain(text = ""): string {
  const trimmed = text.trim();
  return /^(?:0|f|false)$/i.test(trimmed) ? "" : trimmed === "git" ? "" : trimmed;
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
  const to = [url, data["proxy"] ?? "", data["githubAppEnterpriseBaseUrl"] ?? ""].find((address) =>
    isMetadataService(hostOf(address.trim())),
  );
  return to === undefined
    ? undefined
    : {
        why: "it leads to where a cloud tells its machines their credentials",
        fix: "Write the address of a repository",
      };
}

function hostOf(address: string): string {
  if (address === "") return "";
  const scp = /^(?:[^/:]*@)?([^@/:]+):(?!\/\/)/.exec(address);
  const whole = /^\w+:\/\//.test(address) ? address : `https://${scp?.[1] ?? address}`;
  return URL.parse(whole.replace(/^(?:ssh|oci):\/\//i, "https://"))?.hostname ?? "";
}
