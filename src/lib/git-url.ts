/**
 * A repository URL in the form in which two of them are compared: lower case, without `.git` and a last slash,
 * `git@host:path` and `ssh://git@host/path` alike. Source: Argo CD.
 */
export function comparableGitUrl(url: string): string {
  let text = url.trim().toLowerCase();
  if (/^[\w.-]+@[\w.-]+:(?!\/\/)/.test(text)) text = text.replace(":", "/");
  return text
    .replace(/^ssh:\/\//, "")
    .replace(/\/$/, "")
    .replace(/\.git$/, "");
}
