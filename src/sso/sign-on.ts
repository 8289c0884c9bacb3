/** What logging in by somebody else's word needs: a promise of each provider, whichever it is. */
import { Failure } from "../core/model/failure.ts";
import type { Identity } from "../core/model/identity.ts";
import type { Secret } from "../core/model/secret.ts";
import { defined } from "../lib/defined.ts";

/** What must be remembered of a login while the browser is away. It is a secret of that browser. */
export interface PendingSignOn {
  /** Whose login it is: the name in its settings. */
  provider: string;
  state: string;
  nonce: string;
  /** Of PKCE. */
  verifier: string;
  redirectUri: string;
  /** A path of ours. */
  returnTo: string;
  /** Milliseconds since 1970. */
  until: number;
  /** The session that the browser had when it began, by its id. */
  former?: string;
}

/** What a session keeps to ask again, and to log out there. None of it ever reaches a browser. */
export interface KeptSignOn {
  refreshToken?: Secret;
  accessToken?: Secret;
  idToken?: Secret;
}

export interface SignedOn {
  identity: Identity;
  kept: KeptSignOn;
}

export interface BrowserSignOn {
  is: "browser";
  name: string;
  /** @param asked.redirectUri where the provider sends the browser back to, as it is registered there */
  begin(
    asked: { redirectUri: string; returnTo: string },
    signal: AbortSignal,
  ): Promise<{ location: string; pending: PendingSignOn }>;
  /** @param answer the query with which the browser came back */
  finish(pending: PendingSignOn, answer: URLSearchParams, signal: AbortSignal): Promise<SignedOn>;
  /** Whether there is anything to ask by: without, a login stands until its session is over. */
  mayAskAgain(before: SignedOn): boolean;
  /**
   * Whether somebody is still there, and what they are now. A Failure `sign-on` says that they are not; every other one
   * says nothing of them.
   */
  again(before: SignedOn, signal: AbortSignal): Promise<SignedOn>;
  /** Where a browser is sent to log out there too; undefined where the provider offers none. */
  logoutLocation(kept: KeptSignOn, returnTo: string, signal: AbortSignal): Promise<string | undefined>;
}

export interface PasswordSignOn {
  is: "password";
  name: string;
  logIn(login: string, password: Secret, signal: AbortSignal): Promise<SignedOn>;
  mayAskAgain(before: SignedOn): boolean;
  again(before: SignedOn, signal: AbortSignal): Promise<SignedOn>;
}

/** A login is begun, and finished within this time or not at all. */
export const PENDING_MS = 10 * 60_000;

/** How far the clocks of two servers may be apart. */
export const CLOCK_TOLERANCE_S = 60;

/** Where it went wrong. */
export type SignOnStep =
  | "read its discovery"
  | "begin a login"
  | "take the answer of a login"
  | "redeem the code of a login"
  | "verify its token"
  | "read who logged in"
  | "read the groups of who logged in"
  | "ask whether somebody is still there"
  | "log somebody out"
  | "connect to the directory"
  | "search the directory"
  | "check a password";

/** Whom failures speak of. */
export interface ProviderShown {
  /** "Okta (acme.okta.com)" */
  object: string;
}

/** Somebody was not let in, or not any more. */
export function turnedAway(
  { object }: ProviderShown,
  step: SignOnStep,
  why: string,
  fix: string,
  cause?: unknown,
): Failure {
  return new Failure("sign-on", object, "after-edit", { cannot: step, why, fix, ...defined({ cause }) });
}

/** Nothing is known of anybody, because the provider did not say. */
export function unanswered(
  { object }: ProviderShown,
  step: SignOnStep,
  why: string,
  fix: string,
  cause?: unknown,
): Failure {
  return new Failure("provider-unreachable", object, "backoff", {
    cannot: step,
    why,
    fix,
    ...defined({ cause }),
  });
}

/** @throws {Failure} where an answer belongs to no login of this provider that is still open */
export function checkPending(shown: ProviderShown, name: string, pending: PendingSignOn, now: number): void {
  const step = "take the answer of a login";
  if (pending.provider !== name)
    throw turnedAway(
      shown,
      step,
      `the login was begun at ${JSON.stringify(pending.provider)}`,
      "Log in again",
    );
  if (now >= pending.until)
    throw turnedAway(
      shown,
      step,
      `it came later than ${PENDING_MS / 60_000} minutes after the login was begun`,
      "Log in again",
    );
}

/** Source: RFC 6749 4.1.2.1, OpenID Connect Core 3.1.2.6. */
const ANSWERS: Readonly<Record<string, string>> = {
  access_denied: "it let nobody in, or somebody said no there",
  login_required: "it wants somebody to log in there",
  interaction_required: "it wants somebody to answer there",
  consent_required: "it wants somebody to agree there",
  account_selection_required: "it wants somebody to choose an account there",
  invalid_request: "it takes the request for a wrong one (invalid_request)",
  unauthorized_client: "it does not let this client log anybody in (unauthorized_client)",
  unsupported_response_type: "it does not let this client ask for codes (unsupported_response_type)",
  invalid_scope: "it knows one of the scopes not, or does not give it to this client (invalid_scope)",
  server_error: "it is not well (server_error)",
  temporarily_unavailable: "it is not well (temporarily_unavailable)",
  redirect_uri_mismatch: "the address to return to is not registered there (redirect_uri_mismatch)",
  application_suspended: "the client is suspended there (application_suspended)",
};

/** What an error in an address means. Whoever made the address wrote it, so that nothing of it is repeated. */
export function answerOfAddress(error: string): string {
  return Object.hasOwn(ANSWERS, error)
    ? (ANSWERS[error] as string)
    : "it answered with an error that is none of the protocol's";
}
