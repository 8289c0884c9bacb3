/** Who asks, and by which password, as some people write it into an address. Never for people, logs and labels. */

/** It holds no slash, so that no place of a text is looked at twice. */
const USERINFO = /:\/\/([^\s/?#"'<>]*)@/g;

/** Any text, an address or a sentence with addresses in it, without their names and passwords. Of ssh the user stays. */
export function withoutUserinfo(text: string): string {
  if (!text.includes("://")) return text;
  return text.replace(USERINFO, (_, userinfo: string, at: number) => {
    const isSsh = /ssh$/i.test(text.slice(Math.max(0, at - 3), at));
    return isSsh ? `://${userinfo.replace(/:.*/s, "")}@` : "://";
  });
}

/** How providers' tokens begin that are written in place of a user: GitHub's, GitLab's, Bitbucket's. */
const TOKEN = /^(?:gh[a-z]_|github_pat_|gl[a-z]{2,8}-|ATATT|ATBB|ATCTT)/;
const LONG = 32;

/** Whether an address tells a secret: a password, or a token in place of a user. */
export function tellsSecret(url: string): boolean {
  const [, scheme = "", userinfo] = /^([a-z][a-z0-9+.-]*):\/\/([^/?#]*)@/i.exec(url.trim()) ?? [];
  if (userinfo === undefined) return false;
  const [user = "", ...password] = userinfo.split(":");
  if (password.join(":") !== "") return true;
  if (/ssh$/i.test(scheme)) return false;
  return TOKEN.test(user) || (user.length >= LONG && /\d/.test(user) && /[a-z]/i.test(user));
}
