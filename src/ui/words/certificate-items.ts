/** What somebody pastes, as `/api/v1/certificates` takes it. */

export interface CertificateItem {
  serverName: string;
  certType: "ssh" | "https";
  certSubType: string;
  /** Base64. */
  certData: string;
}

type Read = { is: "items"; items: CertificateItem[] } | { is: "wrong"; why: string };

/** @param text PEM; or lines of a known_hosts file, whose comments are passed over */
export function certificateItems(type: "ssh" | "https", host: string, text: string): Read {
  if (type === "https")
    return text.includes("-----BEGIN CERTIFICATE-----")
      ? {
          is: "items",
          items: [{ serverName: host.trim(), certType: "https", certSubType: "", certData: base64(text) }],
        }
      : { is: "wrong", why: "That is no PEM: it has no line -----BEGIN CERTIFICATE-----" };
  const items: CertificateItem[] = [];
  for (const [index, raw] of text.split("\n").entries()) {
    const line = raw.trim();
    if (line === "" || line.startsWith("#")) continue;
    const [hosts = "", keyType = "", key = ""] = line.split(/\s+/);
    if (hosts.startsWith("@") || hosts.startsWith("|"))
      return {
        is: "wrong",
        why: `line ${index + 1}: ${hosts.startsWith("@") ? "marked lines" : "hashed hosts"} are not taken: write the host out`,
      };
    if (key === "") return { is: "wrong", why: `line ${index + 1}: is no HOST TYPE KEY` };
    for (const serverName of hosts.split(","))
      items.push({ serverName, certType: "ssh", certSubType: keyType, certData: base64(key) });
  }
  return items.length === 0
    ? { is: "wrong", why: "There is no line of a host's key" }
    : { is: "items", items };
}

function base64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}
