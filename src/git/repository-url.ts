/** What a repository URL says, with everything refused that a tool could take for an option or another transport. */
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { Failure } from "../core/model/failure.ts";
import type { RepositoryAccess } from "../core/model/repository-access.ts";
import { Secret } from "../core/model/secret.ts";
import { whyLeadsAway } from "../lib/plain-address.ts";
import { withoutUserinfo } from "../lib/url-userinfo.ts";

export type RepositoryUrl =
  | { kind: "http" /** Without userinfo and without a slash at the end. */; url: string; origin: string }
  | { kind: "ssh" /** As ssh:// or as `user@host:path`. */; url: string; host: string; port: number }
  | { kind: "local"; url: string; path: string };

/** The URL without its userinfo, for people, logs and metrics. */
export function showUrl(url: string): string {
  return withoutUserinfo(withoutControls(url));
}

/**
 * Parses the URL and moves its userinfo into the credentials, where none are given already.
 * @throws {Failure} git-unreachable, to be tried again after an edit only
 */
export function parseRepository(access: RepositoryAccess): { at: RepositoryUrl; access: RepositoryAccess } {
  const text = access.url;
  if (/[\p{Cc}\s]/u.test(text)) throw refused(text, "it contains a space or a control character");
  if (text === "" || text.startsWith("-")) throw refused(text, "it is no URL");
  if (text.startsWith("/")) return { at: { kind: "local", url: text, path: resolve(text) }, access };
  // What it would lend, and who permitted it, went by its text.
  const away = /^file:/i.test(text) ? undefined : whyLeadsAway(text);
  if (away !== undefined) throw refused(text, away);
  // A user may be an address of mail: the last @ ends it, for git and ssh too.
  const scp = /^(?:(?<user>[^/:]+)@)?(?<host>[^@/:]+):(?!\/\/)(?<path>.+)$/.exec(text)?.groups;
  if (scp !== undefined && !text.includes("://"))
    return { at: parseScp(text, scp["user"], scp["host"] ?? "", scp["path"] ?? ""), access };
  const url = URL.parse(text);
  if (url === null) throw refused(text, "it is no URL");
  switch (url.protocol) {
    case "file:":
      if (url.host !== "") throw refused(text, "a file URL names no host");
      return { at: { kind: "local", url: text, path: fileURLToPath(url) }, access };
    case "ssh:":
      return { at: parseSsh(text, url), access };
    case "http:":
    case "https:":
      return parseHttp(url, access);
    default:
      throw refused(text, `its scheme ${JSON.stringify(url.protocol.slice(0, -1))} is not supported`);
  }
}

function parseHttp(url: URL, access: RepositoryAccess): { at: RepositoryUrl; access: RepositoryAccess } {
  if (url.search !== "" || url.hash !== "") throw refused(access.url, "it has a query or a fragment");
  const clean: RepositoryAccess = { ...access };
  const hasOwn =
    access.username !== undefined || access.password !== undefined || access.bearerToken !== undefined;
  if ((url.username !== "" || url.password !== "") && !hasOwn) {
    clean.username = decoded(url.username);
    clean.password = new Secret(decoded(url.password));
  }
  url.username = "";
  url.password = "";
  clean.url = url.href.replace(/\/+$/, "");
  return { at: { kind: "http", url: clean.url, origin: url.origin }, access: clean };
}

function parseSsh(text: string, url: URL): RepositoryUrl {
  if (url.search !== "" || url.hash !== "") throw refused(text, "it has a query or a fragment");
  if (url.password !== "") throw refused(text, "it has a password, and ssh takes a key only");
  checkSshParts(text, decoded(url.username), decoded(url.hostname), decoded(url.pathname.slice(1)));
  const user = url.username === "" ? "" : `${url.username}@`;
  const port = url.port === "" ? 22 : Number(url.port);
  return { kind: "ssh", url: `ssh://${user}${url.host}${url.pathname}`, host: url.hostname, port };
}

function parseScp(text: string, user: string | undefined, host: string, path: string): RepositoryUrl {
  // `ext::…` and `fd::…` are transports that run programs.
  if (path.startsWith(":")) throw refused(text, "remote helpers are not supported");
  checkSshParts(text, user ?? "", host, path);
  return { kind: "ssh", url: text, host, port: 22 };
}

function checkSshParts(text: string, user: string, host: string, path: string): void {
  if (!/^[\p{L}\p{N}_.][\p{L}\p{N}_.-]*$/u.test(host) && !/^\[[0-9a-f:.]+\]$/i.test(host))
    throw refused(text, "its host is no host name");
  if (user.startsWith("-") || path.startsWith("-") || path === "")
    throw refused(text, "a part of it could be taken for an option");
  if (!/^[\p{L}\p{N}_.@+-]*$/u.test(user)) throw refused(text, "its user is no user name");
  if (/[\p{Cc}'"`$;&|<>\\]/u.test(path))
    throw refused(text, "its path holds characters that a shell would read");
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch (cause) {
    if (cause instanceof URIError) return part;
    throw cause;
  }
}

function refused(text: string, why: string): Failure {
  return new Failure("git-unreachable", showUrl(text), "after-edit", {
    cannot: "use this repository URL",
    why,
    fix: "Use https://host/path, http://host/path, ssh://user@host/path, user@host:path, file:///path or an absolute path",
  });
}

function withoutControls(text: string): string {
  return text.replace(/[\p{Cc}]/gu, "?");
}
