/** What a server that is not believed lacks here. */

/** `host` as it is kept: of ssh with a port where that is not 22. */
export type Lack = { is: "host-key"; host: string; scan: string } | { is: "authority"; host: string };

const NO_HOST_KEY = /no key of the host|host's key is not among|known_hosts|host key/i;
const NO_AUTHORITY =
  /unknown authority|self[- ]signed|unable to (get|verify)|certificate.*(verify|issuer)|UNABLE_TO_/i;

/** @param message why it does not answer, as the daemon says it @returns undefined where something else is the matter */
export function lackOf(repository: string, message: string): Lack | undefined {
  const at = addressOf(repository);
  if (at === undefined) return undefined;
  const { is, host, port } = at;
  if (is === "ssh" && NO_HOST_KEY.test(message))
    return {
      is: "host-key",
      host: port === "22" ? host : `[${host}]:${port}`,
      scan: `ssh-keyscan ${port === "22" ? "" : `-p ${port} `}${host}`,
    };
  return is === "https" && NO_AUTHORITY.test(message) ? { is: "authority", host } : undefined;
}

function addressOf(repository: string): { is: "ssh" | "https"; host: string; port: string } | undefined {
  const short = /^(?:[^@/:]+@)?([a-z0-9._-]+):(?!\/\/)/i.exec(repository)?.[1];
  if (short !== undefined && !/^[a-z+]+:\/\//i.test(repository))
    return { is: "ssh", host: short.toLowerCase(), port: "22" };
  const url = URL.canParse(repository) ? new URL(repository) : undefined;
  const host = url?.hostname.replace(/^\[|\]$/g, "").toLowerCase() ?? "";
  // What stands in a line for a shell is a host's name and nothing else.
  if (url === undefined || !/^[a-z0-9._:-]+$/.test(host) || host.startsWith("-")) return undefined;
  if (url.protocol === "ssh:") return { is: "ssh", host, port: url.port || "22" };
  return url.protocol === "https:" ? { is: "https", host, port: url.port || "443" } : undefined;
}
