/**
 * A repository URL in the form in which two of them are compared: lower case, without `.git` and a last slash,
 * `git@host:path` and `ssh://git@host/path` alike, a scheme's own port as none. Source: Argo CD.
 */
export function comparableGitUrl(url: string): string {
  let text = url.trim().toLowerCase();
  if (/^[\w.+@-]+@[\w.-]+:(?!\/\/)/.test(text)) text = text.replace(":", "/");
  return text
    .replace(/^(https:\/\/[^/]*?|oci:\/\/[^/]*?):443(?=\/|$)/, "$1")
    .replace(/^(http:\/\/[^/]*?):80(?=\/|$)|^(ssh:\/\/[^/]*?):22(?=\/|$)/, "$1$2")
    .replace(/^ssh:\/\//, "")
    .replace(/\/$/, "")
    .replace(/\.git$/, "");
}

/**
 * Where a repository is, whatever the road to it: `https://u@Git.example.com/a/b.git`, `git@git.example.com:a/b` and
 * `ssh://git@ssh.git.example.com:443/a/b` are one repository; so are Azure's `v3` addresses and those with `_git`, and
 * Docker Hub by each of its names.
 * For telling which repository a push means, never for permission: a port, which is another for each road, does not count.
 * Source: Argo CD.
 */
export function repositoryPlace(url: string): string {
  const [, scheme = "", rest = ""] = /^([a-z+]+:\/\/)?(.*)$/s.exec(url.trim().toLowerCase()) ?? [];
  const bare = rest.replace(scheme === "" ? /^[^/:]*@/ : /^[^/]*@/, "");
  const [, host = "", path = ""] = /^([^/:]*)(?::\d+(?=[:/]|$))?[:/]?(.*)$/s.exec(bare) ?? [];
  return azurePlace(
    DOCKER_HUB.has(host) ? "docker.io" : host.replace(/^(?:alt)?ssh\./, ""),
    decoded(path)
      .replace(/^\/+|\/+$/g, "")
      .replace(/\.git$/, ""),
  );
}

const DOCKER_HUB = new Set([
  "docker.io",
  "index.docker.io",
  "registry-1.docker.io",
  "registry.hub.docker.com",
]);

/** Azure DevOps writes one repository in six ways: by two hosts, with and without `_git`, without the project of its own name. */
function azurePlace(host: string, path: string): string {
  const [, organisation] = /^([^.]+)\.visualstudio\.com$/.exec(host) ?? [];
  if (host !== "dev.azure.com" && organisation === undefined) return `${host}/${path}`;
  const steps = path.split("/").filter((step) => step !== "defaultcollection" && step !== "_git");
  const place =
    steps[0] === "v3" ? steps.slice(1) : organisation === undefined ? steps : [organisation, ...steps];
  const [owner, project = "", repository = project] = place;
  return `dev.azure.com/${owner}/${project}/${repository}`;
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch (cause) {
    if (cause instanceof URIError) return path;
    throw cause;
  }
}
