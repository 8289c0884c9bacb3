/**
 * Logins by OpenID Connect: codes with PKCE, state and nonce, tokens whose signature is always checked, discovery that is
 * read anew now and then. The protocol is openid-client's; ours is the road, the clock, the groups and the words.
 */
import * as client from "openid-client";
import { type Claims, identityOfClaims } from "../../core/access/identity-of-claims.ts";
import type { Identity } from "../../core/model/identity.ts";
import { Secret } from "../../core/model/secret.ts";
import type { OidcSignOn } from "../../core/model/sign-on.ts";
import type { Clock } from "../../core/ports/clock.ts";
import { defined } from "../../lib/defined.ts";
import { isMapping } from "../../lib/is-mapping.ts";
import { LatestAnswer } from "../../remote/latest-answer.ts";
import type { LookUp } from "../../remote/reach.ts";
import { type ProviderRoad, roadTo } from "../provider-road.ts";
import {
  type BrowserSignOn,
  CLOCK_TOLERANCE_S,
  checkPending,
  type KeptSignOn,
  PENDING_MS,
  type PendingSignOn,
  type ProviderShown,
  type SignedOn,
  type SignOnStep,
  turnedAway,
} from "../sign-on.ts";
import { askGraph, graphOf } from "./graph-groups.ts";
import { whyRefused } from "./why-refused.ts";

/** What a provider says of itself changes when it is moved. */
const DISCOVERY_MS = 5 * 60_000;
/** A scope of Dex: who its connector says that somebody is. */
const FEDERATED = "federated:id";

export interface OidcPorts {
  clock: Clock;
  lookUp?: LookUp;
  /** In place of Microsoft's. */
  graph?: string;
}

export class Oidc implements BrowserSignOn {
  readonly is = "browser";
  readonly name: string;
  readonly #shown: ProviderShown;
  readonly #road: ProviderRoad;
  readonly #discovery: LatestAnswer<client.ServerMetadata>;

  constructor(
    readonly settings: OidcSignOn,
    readonly ports: OidcPorts,
  ) {
    this.name = settings.name;
    this.#road = roadTo(settings, settings.issuer, ports.lookUp);
    this.#shown = this.#road.terms.shown;
    this.#discovery = new LatestAnswer(ports.clock, () => this.#discover(), this.#shown.object);
  }

  async begin({ redirectUri, returnTo }: { redirectUri: string; returnTo: string }, signal: AbortSignal) {
    const config = await this.#configuration("begin a login", signal);
    const { idTokenClaims, domainHint, scopes } = this.settings;
    const pending: PendingSignOn = {
      provider: this.name,
      state: client.randomState(),
      nonce: client.randomNonce(),
      verifier: client.randomPKCECodeVerifier(),
      redirectUri,
      returnTo,
      until: this.ports.clock.now() + PENDING_MS,
    };
    const claims =
      Object.keys(idTokenClaims).length === 0 ? undefined : JSON.stringify({ id_token: idTokenClaims });
    const location = await this.#speaking("begin a login", signal, async () =>
      client.buildAuthorizationUrl(config, {
        redirect_uri: redirectUri,
        scope: scopes.join(" "),
        state: pending.state,
        nonce: pending.nonce,
        code_challenge: await client.calculatePKCECodeChallenge(pending.verifier),
        code_challenge_method: "S256",
        ...defined({ claims, domain_hint: domainHint }),
      }),
    );
    return { location: location.href, pending };
  }

  async finish(pending: PendingSignOn, answer: URLSearchParams, signal: AbortSignal): Promise<SignedOn> {
    checkPending(this.#shown, this.name, pending, this.ports.clock.now());
    const step = "redeem the code of a login";
    const config = await this.#configuration(step, signal);
    // Behind a proxy the address of the request is not the one that is registered.
    const returned = new URL(pending.redirectUri);
    returned.search = answer.toString();
    const tokens = await this.#speaking(step, signal, () =>
      client.authorizationCodeGrant(config, returned, {
        expectedState: pending.state,
        expectedNonce: pending.nonce,
        pkceCodeVerifier: pending.verifier,
        idTokenExpected: true,
      }),
    );
    const claims = tokens.claims();
    if (claims === undefined)
      throw turnedAway(
        this.#shown,
        step,
        "it gave no token that says who logged in",
        "Let this client use the scope openid",
      );
    const identity = await this.#identity(config, claims as Claims, tokens.access_token, signal);
    return { identity, kept: keptOf(tokens, {}) };
  }

  mayAskAgain({ kept }: SignedOn): boolean {
    return kept.refreshToken !== undefined;
  }

  async again(before: SignedOn, signal: AbortSignal): Promise<SignedOn> {
    const step = "ask whether somebody is still there";
    const { refreshToken } = before.kept;
    if (refreshToken === undefined)
      throw turnedAway(
        this.#shown,
        step,
        "it gave no refresh token at the login",
        "Log in again; add offline_access to requestedScopes where the provider knows it",
      );
    const config = await this.#configuration(step, signal);
    const tokens = await this.#speaking(step, signal, () =>
      client.refreshTokenGrant(config, refreshToken.reveal()),
    );
    const claims = tokens.claims();
    const kept = keptOf(tokens, before.kept);
    // Without a token of identity it says that they are there, and nothing of their groups.
    if (claims === undefined) return { identity: before.identity, kept };
    const identity = await this.#identity(config, claims as Claims, tokens.access_token, signal);
    if (identity.subject !== before.identity.subject || identity.issuer !== before.identity.issuer)
      throw turnedAway(
        this.#shown,
        step,
        "it answered with somebody else's token",
        "Log in again, and look at the provider",
      );
    return { identity, kept };
  }

  async logoutLocation(kept: KeptSignOn, returnTo: string, signal: AbortSignal): Promise<string | undefined> {
    const step = "log somebody out";
    const token = kept.idToken?.reveal();
    const { logoutUrl } = this.settings;
    if (logoutUrl !== undefined) {
      const filled = logoutUrl
        .replaceAll("{{token}}", () => encodeURIComponent(token ?? ""))
        .replaceAll("{{logoutRedirectURL}}", () => encodeURIComponent(returnTo));
      if (/^https?:$/.test(URL.parse(filled)?.protocol ?? "")) return filled;
      throw turnedAway(
        this.#shown,
        step,
        "logoutURL is no https address",
        "Correct logoutURL in oidc.config",
      );
    }
    const config = await this.#configuration(step, signal);
    if (config.serverMetadata().end_session_endpoint === undefined) return undefined;
    return await this.#speaking(
      step,
      signal,
      async () =>
        client.buildEndSessionUrl(config, {
          post_logout_redirect_uri: returnTo,
          ...defined({ id_token_hint: token }),
        }).href,
    );
  }

  /** Keys are read with each login, so that a key that was taken back counts for nothing from then on. */
  async #configuration(step: SignOnStep, signal: AbortSignal): Promise<client.Configuration> {
    const { clock } = this.ports;
    const metadata = await this.#discovery.latest(clock.now() - DISCOVERY_MS);
    const { clientId, clientSecret } = this.settings;
    const config = new client.Configuration(
      metadata,
      clientId,
      {
        [client.clockSkew]: Math.floor(clock.now() / 1_000) - Math.floor(Date.now() / 1_000),
        [client.clockTolerance]: CLOCK_TOLERANCE_S,
      },
      clientAuth(metadata, clientSecret),
    );
    config[client.customFetch] = this.#fetch(step, signal);
    config.timeout = 0;
    if (this.settings.issuer.startsWith("http:")) client.allowInsecureRequests(config);
    // What comes straight from the token endpoint would be believed without a signature.
    client.enableNonRepudiationChecks(config);
    return config;
  }

  async #discover(): Promise<client.ServerMetadata> {
    const step = "read its discovery";
    const { issuer, clientId } = this.settings;
    const { signal } = new AbortController();
    const found = await this.#speaking(step, signal, () =>
      client.discovery(new URL(issuer), clientId, undefined, client.None(), {
        [client.customFetch]: this.#fetch(step, signal),
        ...(issuer.startsWith("http:") ? { execute: [client.allowInsecureRequests] } : {}),
      }),
    );
    // Without the helpers that the library adds.
    const metadata = JSON.parse(JSON.stringify(found.serverMetadata())) as client.ServerMetadata;
    // Of Microsoft's hosts the library takes any issuer.
    if (new URL(metadata.issuer).href !== new URL(issuer).href)
      throw turnedAway(
        this.#shown,
        step,
        "it calls itself by another issuer",
        "Write issuer as its discovery has it",
      );
    const missing = (["authorization_endpoint", "token_endpoint", "jwks_uri"] as const).find(
      (each) => metadata[each] === undefined,
    );
    if (missing !== undefined)
      throw turnedAway(
        this.#shown,
        step,
        `it does not say where its ${missing} is`,
        "Check issuer: that may be no provider of OpenID Connect",
      );
    return metadata;
  }

  async #identity(
    config: client.Configuration,
    claims: Claims,
    accessToken: string,
    signal: AbortSignal,
  ): Promise<Identity> {
    const { userInfo, groupClaims, issuer, clientId } = this.settings;
    // Core 3.1.3.7: the library looks at it only where the token is for several.
    if (claims["azp"] !== undefined && claims["azp"] !== clientId)
      throw turnedAway(
        this.#shown,
        "verify its token",
        "the token was given to another client (azp)",
        "Check clientID, and log in again",
      );
    const token = new Secret(accessToken);
    const told =
      userInfo === undefined ? claims : await this.#withUserInfo(userInfo.path, claims, token, signal);
    const iss = config.serverMetadata().issuer;
    // Dex alone knows this scope. Whoever else writes that claim was never asked who others are.
    const speaksOf = this.settings.scopes.includes(FEDERATED) ? "others" : "its own";
    let read = identityOfClaims(iss, told, groupClaims, undefined, speaksOf);
    if (read.is === "groups elsewhere") {
      const graph = this.ports.graph ?? graphOf(issuer);
      if (graph === undefined || read.claims.some((claim) => claim !== "groups"))
        throw turnedAway(
          this.#shown,
          "read the groups of who logged in",
          `the token leaves ${read.claims.join(", ")} out because there are too many`,
          "Have the provider send those alone that this application needs",
        );
      read = identityOfClaims(
        iss,
        told,
        groupClaims,
        await askGraph(this.#road, graph, token, signal),
        speaksOf,
      );
    }
    const missing = missingOf(claims, this.settings.neededClaims);
    if (missing !== undefined)
      throw turnedAway(
        this.#shown,
        "read who logged in",
        `its token says of them no ${missing} that may come in`,
        "Log in with another account of theirs",
      );
    if (read.is === "identity") return read.identity;
    const why = read.is === "refused" ? read.why : "its groups could not be found";
    throw turnedAway(
      this.#shown,
      "read who logged in",
      why,
      read.is === "refused" ? read.fix : "Log in again",
    );
  }

  /** Groups alone are taken from there: who somebody is, the token says. */
  async #withUserInfo(path: string, claims: Claims, token: Secret, signal: AbortSignal): Promise<Claims> {
    const step = "read the groups of who logged in";
    const url = `${this.settings.issuer.replace(/\/+$/, "")}/${path.replace(/^\/+/, "")}`;
    const call = {
      method: "GET" as const,
      url,
      headers: { Authorization: `Bearer ${token.reveal()}`, Accept: "application/json" },
    };
    const { body } = await this.#road.json(
      step,
      call,
      "Check userInfoPath, and the scopes that it needs",
      signal,
    );
    // OpenID Connect Core 5.3.2: an answer about somebody else must not be used.
    if (!isMapping(body) || body["sub"] !== claims["sub"])
      throw turnedAway(
        this.#shown,
        step,
        "what answers at userInfoPath speaks of somebody else",
        "Check userInfoPath",
      );
    const found = this.settings.groupClaims.filter((claim) => claim !== "email" && body[claim] !== undefined);
    return { ...claims, ...Object.fromEntries(found.map((claim) => [claim, body[claim]])) };
  }

  #fetch(step: SignOnStep, signal: AbortSignal): client.CustomFetch {
    return async (url, { method, headers, body }) => {
      const answer = await this.#road.ask(
        step,
        {
          method: method === "POST" ? "POST" : "GET",
          url,
          headers,
          ...(body === undefined || body === null ? {} : { body: new TextEncoder().encode(String(body)) }),
        },
        signal,
      );
      const none = answer.status === 204 || answer.status === 205 || answer.status === 304;
      return new Response(none ? null : answer.text, { status: answer.status, headers: answer.headers });
    };
  }

  async #speaking<T>(step: SignOnStep, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (cause) {
      throw whyRefused(cause, this.#shown, step, signal);
    }
  }
}

/**
 * Source: OpenID Connect Core 9: `client_secret_basic` where nothing is said. The library escapes what RFC 6749 lets stand
 * (`-` as `%2D`), which providers that undo nothing take for another secret; so it is done here, as Go does it.
 */
function clientAuth(metadata: client.ServerMetadata, secret: Secret | undefined): client.ClientAuth {
  if (secret === undefined) return client.None();
  const ways = metadata.token_endpoint_auth_methods_supported ?? ["client_secret_basic"];
  if (!ways.includes("client_secret_basic") && ways.includes("client_secret_post"))
    return client.ClientSecretPost(secret.reveal());
  return (_, { client_id }, __, headers) => {
    headers.set("authorization", `Basic ${btoa(`${formEscape(client_id)}:${formEscape(secret.reveal())}`)}`);
  };
}

/** As a field of a form: letters, digits, `-`, `_`, `.` and `~` stay. */
function formEscape(text: string): string {
  return encodeURIComponent(text)
    .replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll("%20", "+");
}

/** A refresh may give a new token, or leave the old one as it was. */
function keptOf(tokens: client.TokenEndpointResponse, before: KeptSignOn): KeptSignOn {
  const secret = (text: string | undefined): Secret | undefined =>
    text === undefined ? undefined : new Secret(text);
  return defined({
    refreshToken: secret(tokens.refresh_token) ?? before.refreshToken,
    idToken: secret(tokens.id_token) ?? before.idToken,
  });
}

/** @returns which of the claims says nothing that it must; undefined: all do */
function missingOf(claims: Claims, needed: OidcSignOn["neededClaims"] = {}): string | undefined {
  return Object.entries(needed).find(([claim, texts]) => {
    const said = claims[claim];
    const text = typeof said === "boolean" ? String(said) : said;
    return !texts.some((one) => one === text);
  })?.[0];
}
