/** Who asks, and by which password, as some people write it into an address. Never for people, logs and labels. */

/** It holds no slash, so that no place of a text is looked at twice. */
const USERINFO = /:\/\/([^\s/?#"'<>]*)@/g;
/** The same without a scheme: who asks and a password. A name with a tag and a digest (`web:1.2@sha256:…`) looks so too. */
const BARE_PASSWORD = /(?<![^\s"'<>])[^\s:/?#@"'<>]+:[^\s/?#"'<>]*@(?!sha\d+:)/g;
/** Who asks a registry that is written without its scheme. In `user@host:path` of ssh no slash follows the host. */
const BARE_USER = /(?<![^\s"'<>])[^\s:/?#@"'<>]+@(?=[a-z0-9][a-z0-9.-]*(?::\d+)?\/)/gi;

/** Any text, an address or a sentence with addresses in it, without their names and passwords. Of ssh the user stays. */
export function withoutUserinfo(text: string): string {
  if (!text.includes("@")) return text;
  return text
    .replace(USERINFO, (_, userinfo: string, at: number) => {
      const isSsh = /ssh$/i.test(text.slice(Math.max(0, at - 3), at));
      return isSsh ? `://${userinfo.replace(/:.*/s, "")}@` : "://";
    })
    .replace(BARE_PASSWORD, "")
    .replace(BARE_USER, "");
}

/** How providers' tokens begin that are written in place of a user: GitHub's, GitLab's, Bitbucket's. */
const TOKEN = /^(?:gh[a-z]_|github_pat_|gl[a-z]{2,8}-|ATATT|ATBB|ATCTT)/;
const LONG = 32;

/** Whether an address tells a secret: a password, or a token in place of a user. */
export function tellsSecret(url: string): boolean {
  const found = whoAsks(url);
  if (found === undefined) return false;
  const [user = "", ...password] = found.userinfo.split(":");
  if (password.join(":") !== "") return true;
  if (found.isSsh) return false;
  return TOKEN.test(user) || (user.length >= LONG && /\d/.test(user) && /[a-z]/i.test(user));
}

/**
 * Whether an address that is neither of ssh nor of HTTP says who asks: a registry's has no place for that.
 * @param of what lies there; `user@host` is the beginning of an address of ssh where that is `git`
 */
export function namesUser(url: string, of: "git" | "helm" | "oci"): boolean {
  const found = whoAsks(url);
  if (found === undefined || found.isSsh || /^https?$/i.test(found.scheme)) return false;
  return of !== "git" || found.scheme !== "";
}

function whoAsks(url: string): { scheme: string; userinfo: string; isSsh: boolean } | undefined {
  const text = url.trim();
  // `user@host:path`, whose path may hold such a sign too. What looks like a port is one.
  const [scp, user = ""] = /^([^/:]+)@[^@/:]+:(?!\d+(?:\/|$))./.exec(text) ?? [];
  if (scp !== undefined) return { scheme: "", userinfo: user, isSsh: true };
  const [, scheme = "", userinfo] = /^(?:([a-z][a-z0-9+.-]*):\/\/)?([^/?#]*)@/i.exec(text) ?? [];
  return userinfo === undefined ? undefined : { scheme, userinfo, isSsh: /ssh$/i.test(scheme) };
}
