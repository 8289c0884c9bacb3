/** Addresses that a browser may be sent to: of repositories where people read them, and of what annotations name. */

/** Whether a link may lead there: what is no page of the web would be a script of whoever wrote it. */
export function isWebAddress(text: string): boolean {
  const url = URL.parse(text.trim());
  return url !== null && (url.protocol === "https:" || url.protocol === "http:");
}

/** What of a repository somebody would look at. */
export interface RepositoryPlace {
  /** Branch, tag or commit; a commit leads where it will still be. */
  revision: string;
  /** Folder or file within; "" is the root. */
  path: string;
  is: "folder" | "file" | "commit";
  /** Of a file, from 1. */
  line?: number;
}

type Host = "github" | "gitlab" | "bitbucket" | "gitea";

/**
 * Where people read a repository, as their provider has it; what a host is is told by its name, as nobody is asked.
 * @param repoURL as an Application names it: https, ssh, `git@host:path`
 * @returns undefined where it is in no browser, or nobody knows under which address
 */
export function webAddress(repoURL: string, place?: RepositoryPlace): string | undefined {
  const at = repositoryAt(repoURL);
  if (at === undefined) return undefined;
  if (place === undefined) return at.url;
  const { revision, path, is, line } = place;
  if (at.host === undefined || revision === "") return undefined;
  const base = at.url;
  const ref = revision.split("/").map(encodeURIComponent).join("/");
  const within = path
    .split("/")
    .filter((part) => part !== "" && part !== ".")
    .map((part) => `/${encodeURIComponent(part)}`)
    .join("");
  const isCommit = /^[0-9a-f]{40}([0-9a-f]{24})?$/.test(revision);
  if (is === "commit") {
    if (!isCommit) return undefined;
    const word = { github: "commit", gitlab: "-/commit", bitbucket: "commits", gitea: "commit" }[at.host];
    return `${base}/${word}/${ref}`;
  }
  const mark = line === undefined ? "" : at.host === "bitbucket" ? `#lines-${line}` : `#L${line}`;
  switch (at.host) {
    case "github":
      return `${base}/${is === "file" ? "blob" : "tree"}/${ref}${within}${mark}`;
    case "gitlab":
      return `${base}/-/${is === "file" ? "blob" : "tree"}/${ref}${within}${mark}`;
    case "bitbucket":
      return `${base}/src/${ref}${within}${mark}`;
    case "gitea":
      // Of a name it is not told whether it is a branch or a tag.
      return isCommit ? `${base}/src/commit/${ref}${within}${mark}` : undefined;
  }
}

function repositoryAt(repoURL: string): { url: string; host: Host | undefined } | undefined {
  const scp = /^(?:[^@/:\s]+@)?([\w.-]+):(?!\/)([^\s]+)$/.exec(repoURL);
  const url = scp === null ? URL.parse(repoURL) : URL.parse(`ssh://${scp[1]}/${scp[2]}`);
  if (url === null || url.hostname === "") return undefined;
  const host = hostOf(url.hostname);
  const isWeb = url.protocol === "https:" || url.protocol === "http:";
  // An address of ssh is one of the web where its provider is known.
  if (!isWeb && (url.protocol !== "ssh:" || host === undefined)) return undefined;
  const path = url.pathname.replace(/\/+$/, "").replace(/\.git$/, "");
  if (path === "") return undefined;
  const origin = isWeb ? url.origin : `https://${url.hostname.replace(/^(alt)?ssh\./, "")}`;
  return { url: origin + path, host };
}

function hostOf(name: string): Host | undefined {
  const labels = name.toLowerCase().split(".");
  const says = (word: string): boolean => labels.includes(word);
  if (says("github")) return "github";
  if (says("gitlab")) return "gitlab";
  if (name.toLowerCase().endsWith("bitbucket.org")) return "bitbucket";
  if (says("gitea") || says("forgejo") || says("codeberg")) return "gitea";
  return undefined;
}

export interface NamedLink {
  title: string;
  url: string;
}

const LINK = "link.argocd.argoproj.io/";

/** Links that annotations name, `url` or `title|url` each, and no others than those of the web. Source: Argo CD. */
function annotatedLinks(annotations: Readonly<Record<string, string>> = {}): NamedLink[] {
  return Object.entries(annotations)
    .filter(([name]) => name.startsWith(LINK))
    .map(([name, value]): NamedLink => {
      const [title = "", url] = value.split("|", 2).map((part) => part.trim());
      return url === undefined ? { title: name.slice(LINK.length), url: title } : { title, url };
    })
    .filter(({ url }) => isWebAddress(url));
}

/**
 * Where an application leads to: what its annotations name, and what it serves, each once.
 * @param app its URLs are told by the daemon, and may be of whoever writes an Ingress
 */
export function linksOf({
  metadata,
  status,
}: {
  metadata: { annotations?: Readonly<Record<string, string>> };
  status?: { summary?: { externalURLs?: readonly string[] } };
}): NamedLink[] {
  const named = annotatedLinks(metadata.annotations);
  const known = new Set(named.map(({ url }) => url));
  const served = (status?.summary?.externalURLs ?? []).filter((url) => isWebAddress(url) && !known.has(url));
  return [
    ...named,
    ...served.map((url) => ({ title: url.replace(/^https?:\/\//i, "").replace(/\/$/, ""), url })),
  ];
}

const NOTICE = "notice.argocd.argoproj.io/";
const LONGEST_NOTICE = 500;

export interface Notice {
  text: string;
  severity: "info" | "warning" | "critical";
  url?: string;
}

/** What whoever owns an application says of it to everybody, by annotations. Source: Argo CD, which cuts it at 500 characters. */
export function noticeOf(annotations: Readonly<Record<string, string>> = {}): Notice | undefined {
  const said = (name: string): string => annotations[NOTICE + name]?.trim() ?? "";
  const text = said("content");
  if (text === "") return undefined;
  const severity = said("severity");
  return {
    text: text.length > LONGEST_NOTICE ? `${text.slice(0, LONGEST_NOTICE - 1)}…` : text,
    severity: severity === "warning" || severity === "critical" ? severity : "info",
    ...(isWebAddress(said("url")) ? { url: said("url") } : {}),
  };
}
