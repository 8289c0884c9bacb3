/**
 * A login as an installation of a GitHub App. Sources: docs.github.com, "Generating a JSON Web Token (JWT) for a GitHub
 * App", "Authenticating as a GitHub App installation", REST "Get a repository installation for the authenticated app".
 */
import { Secret } from "../../core/model/secret.ts";
import type { TokenLender } from "../../core/model/token-lender.ts";
import { signedToken } from "./json-web-token.ts";
import type { AskLender, Lent } from "./lent-login.ts";

const GITHUB = "https://api.github.com";
/** A token lives an hour, whatever the clocks say. */
const LONGEST_LIFE_S = 3_600;

export type GithubApp = Extract<TokenLender, { from: "github-app" }>;

/**
 * Which installation of the app has a repository. An owner has one at most.
 * @param repository `https://host/owner/name` @param nowMs since 1970 @throws {Failure}, {Error} for a key that is none
 */
export async function githubInstallation(
  app: GithubApp,
  repository: string,
  nowMs: number,
  ask: AskLender,
): Promise<string> {
  const url = installationUrl(apiOf(app), repository);
  const { id } = await ask({ what: "which installation it is", url, headers: headersOf(app, nowMs) });
  return String(id);
}

/** @param nowMs since 1970 @throws {Failure}, {Error} for a key that is none */
export async function githubLogin(
  app: GithubApp & { installationId: string },
  nowMs: number,
  ask: AskLender,
): Promise<Lent> {
  const { token, expires_at: until } = await ask({
    what: "a token",
    url: `${apiOf(app)}/app/installations/${encodeURIComponent(app.installationId)}/access_tokens`,
    headers: headersOf(app, nowMs),
    post: "nothing",
  });
  const livesS = (Date.parse(String(until)) - nowMs) / 1_000;
  return {
    login: { username: "x-access-token", password: new Secret(String(token ?? "")) },
    livesS: Math.min(Number.isFinite(livesS) ? livesS : 0, LONGEST_LIFE_S),
  };
}

function apiOf({ baseUrl = GITHUB }: GithubApp): string {
  return baseUrl.replace(/\/+$/, "");
}

function headersOf({ appId, privateKey }: GithubApp, nowMs: number): Record<string, string> {
  const nowS = Math.floor(nowMs / 1_000);
  // A minute ago: its clock may be behind ours. It takes none that lives longer than ten.
  const claims = { iat: nowS - 60, exp: nowS + 9 * 60, iss: appId };
  return {
    Accept: "application/vnd.github+json",
    Authorization: `Bearer ${signedToken(claims, privateKey.reveal())}`,
    "X-GitHub-Api-Version": "2022-11-28",
  };
}

function installationUrl(api: string, repository: string): string {
  return `${api}/repos/${ownerAndName(repository).map(encodeURIComponent).join("/")}/installation`;
}

/** The first two steps of a repository's address. */
export function ownerAndName(repository: string): [owner: string, name: string] {
  const [owner = "", name = ""] = new URL(repository).pathname.split("/").filter((step) => step !== "");
  return [owner, name.replace(/\.git$/, "")];
}
