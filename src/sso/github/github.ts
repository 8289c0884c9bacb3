/**
 * Logins by GitHub, which speaks OAuth and not OpenID Connect: who somebody is, its API says, asked with the token that the
 * login gave. Sources: docs.github.com, "Authorizing OAuth apps", and the REST API of version 2022-11-28.
 */
import { type GithubPerson, identityOfGithub } from "../../core/access/identity-of-github.ts";
import { Secret } from "../../core/model/secret.ts";
import type { GithubSignOn } from "../../core/model/sign-on.ts";
import type { Clock } from "../../core/ports/clock.ts";
import { isMapping } from "../../lib/is-mapping.ts";
import { printable } from "../../lib/printable.ts";
import type { LookUp } from "../../remote/reach.ts";
import { type ProviderRoad, roadTo } from "../provider-road.ts";
import {
  answerOfAddress,
  type BrowserSignOn,
  checkPending,
  PENDING_MS,
  type PendingSignOn,
  type ProviderShown,
  type SignedOn,
  type SignOnStep,
  turnedAway,
  unanswered,
} from "../sign-on.ts";

const PER_PAGE = 100;
/** A person in more than 5,000 teams is none. */
const MAX_PAGES = 50;
const SCOPES = "read:org user:email";
const READS: SignOnStep = "read who logged in";
const NEEDS = `Have the application ask for ${SCOPES}, and the organization's owners approve it`;

export interface GithubPorts {
  clock: Clock;
  lookUp?: LookUp;
}

export class Github implements BrowserSignOn {
  readonly is = "browser";
  readonly name: string;
  readonly #shown: ProviderShown;
  readonly #road: ProviderRoad;
  readonly #api: string;

  constructor(
    readonly settings: GithubSignOn,
    readonly ports: GithubPorts,
  ) {
    this.name = settings.name;
    this.#road = roadTo(settings, settings.url, ports.lookUp);
    this.#shown = this.#road.terms.shown;
    this.#api = apiOf(settings.url);
  }

  async begin({ redirectUri, returnTo }: { redirectUri: string; returnTo: string }) {
    const verifier = chance();
    const pending: PendingSignOn = {
      provider: this.name,
      state: chance(),
      nonce: chance(),
      verifier,
      redirectUri,
      returnTo,
      until: this.ports.clock.now() + PENDING_MS,
    };
    const query = new URLSearchParams({
      client_id: this.settings.clientId,
      redirect_uri: redirectUri,
      scope: SCOPES,
      state: pending.state,
      code_challenge: new Bun.CryptoHasher("sha256").update(verifier).digest("base64url"),
      code_challenge_method: "S256",
      allow_signup: "false",
    });
    return { location: `${this.settings.url}/login/oauth/authorize?${query}`, pending };
  }

  async finish(pending: PendingSignOn, answer: URLSearchParams, signal: AbortSignal): Promise<SignedOn> {
    checkPending(this.#shown, this.name, pending, this.ports.clock.now());
    const token = await this.#redeem(pending, codeOf(answer, pending, this.#shown), signal);
    return { identity: await this.#identity(token, signal), kept: { accessToken: token } };
  }

  mayAskAgain({ kept }: SignedOn): boolean {
    return kept.accessToken !== undefined;
  }

  async again(before: SignedOn, signal: AbortSignal): Promise<SignedOn> {
    const step = "ask whether somebody is still there";
    const { accessToken } = before.kept;
    if (accessToken === undefined)
      throw turnedAway(this.#shown, step, "there is no token to ask with", "Log in again");
    const identity = await this.#identity(accessToken, signal);
    if (identity.subject !== before.identity.subject)
      throw turnedAway(this.#shown, step, "the token is somebody else's", "Log in again");
    return { identity, kept: before.kept };
  }

  /** GitHub has no place to be logged out at. */
  async logoutLocation(): Promise<undefined> {
    return undefined;
  }

  async #redeem(pending: PendingSignOn, code: string, signal: AbortSignal): Promise<Secret> {
    const step = "redeem the code of a login";
    const form = new URLSearchParams({
      client_id: this.settings.clientId,
      client_secret: this.settings.clientSecret.reveal(),
      code,
      redirect_uri: pending.redirectUri,
      code_verifier: pending.verifier,
    });
    const { body } = await this.#road.json(
      step,
      {
        method: "POST",
        url: `${this.settings.url}/login/oauth/access_token`,
        headers: { Accept: "application/json", "Content-Type": "application/x-www-form-urlencoded" },
        body: new TextEncoder().encode(form.toString()),
      },
      "Check clientId and clientSecret",
      signal,
    );
    if (!isMapping(body)) throw this.#otherShape(step, "it must be a mapping");
    // Refusals come with status 200.
    const { error, access_token: token } = body;
    if (typeof error === "string")
      throw turnedAway(
        this.#shown,
        step,
        `it refused that (${printable(error)})`,
        error === "bad_verification_code"
          ? "Log in again"
          : "Check clientId, clientSecret and the callback address there",
      );
    if (typeof token !== "string" || token === "") throw this.#otherShape(step, "it holds no access_token");
    return new Secret(token);
  }

  async #identity(token: Secret, signal: AbortSignal) {
    const { body } = await this.#get(`${this.#api}/user`, token, signal);
    const [id, login] = isMapping(body) ? [body["id"], body["login"]] : [];
    if (typeof id !== "number" || !Number.isSafeInteger(id) || id <= 0 || typeof login !== "string")
      throw this.#otherShape(READS, "id and login of the person are missing");
    const person: GithubPerson = {
      id,
      login,
      emails: await this.#list(`${this.#api}/user/emails`, token, signal, (one) => ({
        address: textAt(one, "email"),
        verified: one["verified"] === true ? ("yes" as const) : ("no" as const),
        primary: one["primary"] === true ? ("yes" as const) : ("no" as const),
      })),
      organizations: await this.#list(`${this.#api}/user/orgs`, token, signal, (one) => textAt(one, "login")),
      teams: await this.#list(`${this.#api}/user/teams`, token, signal, (one) => ({
        slug: textAt(one, "slug"),
        name: this.settings.dexTeams === undefined ? "" : textAt(one, "name"),
        organization: isMapping(one["organization"]) ? textAt(one["organization"], "login") : "",
      })),
    };
    const read = identityOfGithub(this.settings, person);
    if (read.is === "identity") return read.identity;
    const [why, fix] =
      read.is === "refused" ? [read.why, read.fix] : ["its groups stand elsewhere", "Log in again"];
    throw turnedAway(this.#shown, READS, why, fix);
  }

  /** All pages, or an error: a team that is missing may be one that a rule denies by. */
  async #list<T>(
    first: string,
    token: Secret,
    signal: AbortSignal,
    read: (item: Record<string, unknown>) => T,
  ): Promise<T[]> {
    const found: T[] = [];
    let url: string | undefined = `${first}?per_page=${PER_PAGE}`;
    for (let page = 0; url !== undefined; page++) {
      if (page >= MAX_PAGES) throw this.#otherShape(READS, `there are more than ${MAX_PAGES} pages`);
      const { body, answer } = await this.#get(url, token, signal);
      if (!Array.isArray(body) || !body.every(isMapping)) throw this.#otherShape(READS, "it must be a list");
      found.push(...body.map((item) => this.#shaped(() => read(item))));
      url = this.#next(answer.headers["link"], answer.url);
    }
    return found;
  }

  #shaped<T>(read: () => T): T {
    try {
      return read();
    } catch (cause) {
      if (cause instanceof TypeError) throw this.#otherShape(READS, cause.message);
      throw cause;
    }
  }

  /** The token goes where its owner's provider is, whatever a header says. */
  #next(link: string | undefined, from: string): string | undefined {
    const named = (link ?? "").split(/,\s*(?=<)/).find((part) => /;\s*rel="?next"?/.test(part));
    const target = named === undefined ? undefined : /^\s*<([^>]*)>/.exec(named)?.[1];
    if (named === undefined) return undefined;
    const next = target === undefined ? null : URL.parse(target, from);
    if (next === null || next.origin !== new URL(this.#api).origin)
      throw this.#otherShape(READS, "its next page is said to be on another server, which is not asked");
    return next.href;
  }

  #get(url: string, token: Secret, signal: AbortSignal) {
    return this.#road.json(
      READS,
      {
        method: "GET",
        url,
        headers: {
          Accept: "application/vnd.github+json",
          "X-GitHub-Api-Version": "2022-11-28",
          Authorization: `Bearer ${token.reveal()}`,
        },
      },
      NEEDS,
      signal,
    );
  }

  #otherShape(step: SignOnStep, what: string) {
    return unanswered(
      this.#shown,
      step,
      `its answer is of another shape than GitHub's: ${what}`,
      "Check url, and what lies between here and there",
    );
  }
}

/** Source: docs.github.com, "Getting started with the REST API": data residency on ghe.com has its API beside it. */
function apiOf(url: string): string {
  const { host } = new URL(url);
  return host === "github.com" || host.endsWith(".ghe.com") ? `https://api.${host}` : `${url}/api/v3`;
}

function textAt(item: Record<string, unknown>, key: string): string {
  const value = item[key];
  if (typeof value === "string" && value !== "") return value;
  throw new TypeError(`${key} is missing`);
}

function codeOf(answer: URLSearchParams, pending: PendingSignOn, shown: ProviderShown): string {
  const step = "take the answer of a login";
  const [states, codes, errors] = [answer.getAll("state"), answer.getAll("code"), answer.getAll("error")];
  if (states.length !== 1 || states[0] !== pending.state)
    throw turnedAway(shown, step, "it belongs to another login (state)", "Log in again, in the same browser");
  if (errors[0] !== undefined)
    throw turnedAway(
      shown,
      step,
      answerOfAddress(errors[0]),
      "Try again, or look at the OAuth application there",
    );
  const [code = ""] = codes;
  if (codes.length !== 1 || code === "")
    throw turnedAway(shown, step, "it holds no code, or several", "Log in again");
  return code;
}

/** 256 bits. */
function chance(): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString("base64url");
}
