import { CliError } from "../cli-error.ts";
import { EXIT } from "../exit-codes.ts";

export const DEFAULT_SERVER = "http://127.0.0.1:8080";

/** Whether an address without a scheme is this machine, where a daemon may speak either. */
export function isLoopback(text: string): boolean {
  return /^(localhost|127(\.\d+){3}|\[::1\])(:\d+)?(\/|$)/i.test(text);
}

/**
 * A server as people write it, as a URL without a last slash: `cd.example.com` speaks HTTPS, a loopback name HTTP.
 * A path is kept: the daemon may stand below one.
 * @throws {CliError} usage
 */
export function serverUrl(text: string): string {
  const hasScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(text);
  const url = URL.parse(hasScheme ? text : `${isLoopback(text) ? "http" : "https"}://${text}`);
  if (url === null || !["http:", "https:"].includes(url.protocol) || url.hostname === "") {
    throw new CliError(EXIT.usage, `${JSON.stringify(text)} is no address of a server.`, [
      `Write it like ${DEFAULT_SERVER} or https://cd.example.com, in --server or HOLDFAST_SERVER.`,
    ]);
  }
  if (url.username !== "" || url.password !== "") {
    throw new CliError(EXIT.usage, "The address of the server holds a name or a password.", [
      "Use HOLDFAST_TOKEN or --token-file: an address is shown and logged.",
    ]);
  }
  return `${url.origin}${url.pathname.replace(/\/+$/, "")}`;
}
