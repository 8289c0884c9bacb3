import type { RepositoryAccess, RepositoryType } from "../core/model/repository-access.ts";
import type { FieldPath } from "../lib/field-path.ts";
import { namesUser, tellsSecret } from "../lib/url-userinfo.ts";

/** Keys that mean nothing for a repository of some type: whoever wrote one expects something that does not happen. */
const NOT_FOR: Record<RepositoryType, readonly (keyof RepositoryAccess)[]> = {
  git: ["name", "clientCertificate", "clientKey", "passCredentials", "plainHttp", "requestsPerSecond"],
  helm: ["sshPrivateKey", "sshKnownHosts", "push", "plainHttp", "requestsPerSecond"],
  oci: ["name", "sshPrivateKey", "sshKnownHosts", "push", "passCredentials"],
};
const TYPES: Record<RepositoryType, string> = {
  git: "Git repositories",
  helm: "chart repositories",
  oci: "registries",
};

/** What the table of settings cannot say of one key alone. */
export function checkRepositories(
  repositories: readonly RepositoryAccess[],
  report: (path: FieldPath, text: string, fix?: string) => void,
): void {
  for (const [index, entry] of repositories.entries()) {
    const { url, type = "git" } = entry;
    const at = (key: string): FieldPath => ["repositories", index, key];
    if (tellsSecret(url)) {
      report(at("url"), "has a password or a token in it", "Write it into username and password");
      continue;
    }
    if (namesUser(url, type)) {
      report(at("url"), "names who asks", "Write it into username");
      continue;
    }
    const isRegistry = /^oci:\/\//i.test(url);
    if (isRegistry && type !== "oci") {
      report(at("url"), "is the address of a registry", "Add type: oci");
      continue;
    }
    if (type === "helm" && !/^https?:\/\//i.test(url))
      report(
        at("url"),
        "is no address of a chart repository",
        "Write it like https://charts.example.com/stable",
      );
    for (const key of NOT_FOR[type])
      if (isSaid(entry, key)) report(at(key), `says nothing for ${TYPES[type]}`, otherTypes(key));
    const { clientCertificate, clientKey } = entry;
    if ((clientCertificate === undefined) !== (clientKey === undefined))
      report(
        at(clientCertificate === undefined ? "clientKey" : "clientCertificate"),
        "needs clientCertificate and clientKey, both",
      );
  }
}

function isSaid(entry: RepositoryAccess, key: keyof RepositoryAccess): boolean {
  const value = entry[key];
  return value !== undefined && value !== "refused" && value !== false;
}

function otherTypes(key: keyof RepositoryAccess): string {
  const types = (Object.keys(NOT_FOR) as RepositoryType[]).filter((type) => !NOT_FOR[type].includes(key));
  return `Remove it, or say type: ${types.join(" or ")}`;
}
