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

/**
 * Where a repository is, whatever the road to it: `https://u@Git.example.com/a/b.git`, `git@git.example.com:a/b` and
 * `ssh://git@git.example.com/a/b` are one repository. For telling which repository a push means, never for permission.
 */
export function repositoryPlace(url: string): string {
  return url
    .trim()
    .toLowerCase()
    .replace(/^[a-z+]+:\/\//, "")
    .replace(/^[^@/]*@/, "")
    .replace(/^([^/:]+):(?!\d+\/)/, "$1/")
    .replace(/\/+$/, "")
    .replace(/\.git$/, "");
}
