/** Lines of a known_hosts file. Source: sshd(8), RFC 4253 section 6.6. */

export interface HostKey {
  /** `git.example.com`, `[git.example.com]:2222`, or a pattern. */
  host: string;
  keyType: string;
  key: string;
}

/** One key for each name of each line; comments, marks and what is no line of a key are passed over. */
export function hostKeysIn(text: string): HostKey[] {
  return text.split("\n").flatMap((line) => {
    const words = line.trim().split(/\s+/);
    const [hosts = "", keyType = "", key = ""] = words;
    if (key === "" || hosts.startsWith("#") || hosts.startsWith("@")) return [];
    return hosts.split(",").map((host) => ({ host, keyType, key }));
  });
}

/** Why a key must not be taken, a sentence without a full stop; undefined where it may. */
export function whyNoHostKey({ host, keyType, key }: HostKey): { why: string; fix: string } | undefined {
  const scan = "Give the lines of `ssh-keyscan HOST`, once checked";
  if (host.startsWith("|"))
    return { why: "its host is hidden by a hash, so nobody could tell what it is for", fix: scan };
  // By a pattern one would answer for hosts that a policy names and denies.
  if (/[*?!]/.test(host))
    return { why: "it names many hosts at once", fix: "Give a key for each host, by its name" };
  if (!/^(?:\[[a-z0-9._:%-]{1,255}\]:\d{1,5}|[a-z0-9._:%-]{1,255})$/i.test(host))
    return { why: "it names no host", fix: scan };
  const blob = Buffer.from(key, "base64");
  const length = blob.length < 4 ? 0 : blob.readUInt32BE(0);
  const named = blob.subarray(4, 4 + length).toString("latin1");
  if (!/^[A-Za-z0-9+/]+=*$/.test(key) || named !== keyType || blob.length <= 4 + length)
    return { why: `what stands there is no key of type ${keyType || "ssh-…"}`, fix: scan };
  return undefined;
}
