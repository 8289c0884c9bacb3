/** When two addresses are one repository, however they are written. */
import type { RepositoryAccess } from "./repository-access.ts";

/**
 * Equal for addresses of the same repository: case, `.git`, a slash at the end, a scheme's own port, `oci://` and the
 * short form of ssh (`git@host:path`) do not count.
 */
export function repositoryKey(url: string): string {
  const text = url
    .trim()
    .toLowerCase()
    .replace(/^oci:\/\//, "")
    // Who asks over HTTP is no part of where.
    .replace(/^(https?:\/\/)[^/?#]*@/, "$1");
  // What looks like a port is one: a registry's.
  const scp = text.includes("://")
    ? null
    : /^(?<who>[^/:]*@)?(?<host>[^@/:]+):(?!\d+(?:\/|$))\/*(?<path>.*)$/.exec(text);
  const { who = "", host = "", path = "" } = scp?.groups ?? {};
  const whole = scp === null ? text : `ssh://${who}${host}/${path}`;
  return whole
    .replace(
      /^(https:\/\/[^/]+):443(?=\/|$)|^(http:\/\/[^/]+):80(?=\/|$)|^(ssh:\/\/[^/]+):22(?=\/|$)/,
      "$1$2$3",
    )
    .replace(/\/+$/, "")
    .replace(/\.git$/, "");
}

/** Equal for entries that speak for the same. */
export function repositoryId({
  url,
  type = "git",
  project = "",
}: Pick<RepositoryAccess, "url" | "type" | "project">): string {
  return `${type} ${repositoryKey(url)} ${project}`;
}
