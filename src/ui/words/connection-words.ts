/** What usually helps where a cluster or a repository does not answer. */

/** The first that fits counts; what is beside it is what people do then. */
const FIXES: readonly [RegExp, { cluster?: string; repository?: string }][] = [
  [
    /no key of the host|host's key is not among|known_hosts|host key/i,
    { repository: "Add the host's key: holdfast cert add-ssh, after its fingerprint was compared." },
  ],
  [
    /unknown authority|self[- ]signed|unable to (get|verify)|certificate.*(verify|issuer)|UNABLE_TO_/i,
    {
      cluster: "Put its authority into caData of its TLS settings.",
      repository: "Add its authority: holdfast cert add-tls, or the entry's own ca.",
    },
  ],
  [
    /certificate.*(expired|not yet valid)/i,
    {
      cluster: "Renew its certificate; compare the clocks of both machines.",
      repository: "Renew its certificate; compare the clocks of both machines.",
    },
  ],
  [
    /\b401\b|unauthorized|authentication (failed|required)|invalid (username|password|credentials)|could not read Username|permission denied \(publickey/i,
    {
      cluster: "Its token or certificate is not taken any more: add it again, or rotate its account's token.",
      repository: "Its credentials are not taken: write new ones.",
    },
  ],
  [
    /\b403\b|forbidden/i,
    {
      cluster: "The account by which it is reached may not do this there: give it a role.",
      repository: "Whoever the credentials are of may not read it: give them the right, or write others.",
    },
  ],
  [
    /\b404\b|not found|does not exist/i,
    { repository: "Compare the address; hosts also say so to whoever may not read it." },
  ],
  [
    /ENOTFOUND|EAI_AGAIN|could not resolve|no such host/i,
    {
      cluster: "Its name cannot be resolved here: compare the address, and the DNS of this machine.",
      repository: "Its name cannot be resolved here: compare the address, and the DNS of this machine.",
    },
  ],
  [
    /ECONNREFUSED|connection refused/i,
    {
      cluster: "Nothing listens there: compare the port, and whether the API server runs.",
      repository: "Nothing listens there: compare the port.",
    },
  ],
  [
    /timed? ?out|ETIMEDOUT|within \d+/i,
    {
      cluster: "Nothing answers in time: look for a firewall or a proxy between.",
      repository: "Nothing answers in time: look for a firewall or a proxy between.",
    },
  ],
];

/** @param why as the daemon says it @returns undefined where nothing is known */
export function fixOf(of: "cluster" | "repository", why: string): string | undefined {
  for (const [pattern, fixes] of FIXES) if (pattern.test(why) && fixes[of] !== undefined) return fixes[of];
  return undefined;
}

/** What a page's address calls a repository: base64url of its address, since no path holds a slash that is encoded. */
export function repositoryId(url: string): string {
  const bytes = String.fromCharCode(...new TextEncoder().encode(url));
  return btoa(bytes).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/** @returns undefined for what is no id */
export function repositoryOf(id: string): string | undefined {
  try {
    const bytes = atob(id.replaceAll("-", "+").replaceAll("_", "/"));
    return new TextDecoder("utf-8", { fatal: true }).decode(
      Uint8Array.from(bytes, (char) => char.charCodeAt(0)),
    );
  } catch {
    return undefined;
  }
}

/** Without what may be written otherwise of the same repository. */
export function bareAddress(url: string): string {
  return url.replace(/^[a-z+]+:\/\/([^/@]*@)?/i, "").replace(/(\.git)?\/*$/, "");
}
