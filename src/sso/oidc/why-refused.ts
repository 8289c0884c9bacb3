/** What openid-client throws, as a Failure with a reason and a fix. */
import {
  AuthorizationResponseError,
  ClientError,
  ResponseBodyError,
  WWWAuthenticateChallengeError,
} from "openid-client";
import type { Failure } from "../../core/model/failure.ts";
import { messageOf } from "../../lib/caught.ts";
import { isMapping } from "../../lib/is-mapping.ts";
import { printable } from "../../lib/printable.ts";
import { failureWithin } from "../provider-road.ts";
import { answerOfAddress, type ProviderShown, type SignOnStep, turnedAway, unanswered } from "../sign-on.ts";

/** Our own request came too late, or nobody wants it any more: said by whoever aborted it. */
export function whyRefused(
  cause: unknown,
  shown: ProviderShown,
  step: SignOnStep,
  signal: AbortSignal,
): unknown {
  const own = failureWithin(cause);
  if (own !== undefined) return own;
  if (signal.aborted) return signal.reason;
  if (cause instanceof AuthorizationResponseError)
    return turnedAway(
      shown,
      "take the answer of a login",
      answerOfAddress(cause.error),
      "Try again, or look at the provider's log of logins",
      cause,
    );
  if (cause instanceof ResponseBodyError) return refusedByTokenEndpoint(cause, shown, step);
  // Who logs in by a header is answered by one (RFC 6749, 5.2).
  if (cause instanceof WWWAuthenticateChallengeError && cause.status === 401)
    return turnedAway(
      shown,
      step,
      `it does not take this client's secret (HTTP ${cause.status})`,
      "Check clientID and clientSecret",
      cause,
    );
  return refusedByUs(cause, shown, step);
}

function refusedByTokenEndpoint(cause: ResponseBodyError, shown: ProviderShown, step: SignOnStep): Failure {
  const { error, error_description: described, status } = cause;
  const said = `${printable(error)}${described === undefined ? "" : `: ${printable(described)}`}, HTTP ${status}`;
  const fixes: Record<string, string> = {
    invalid_client: "Check clientID and clientSecret",
    unauthorized_client: "Let this client use authorization codes at the provider",
    invalid_grant: "Log in again",
    invalid_scope: "Take the scopes out of requestedScopes that the provider does not know",
  };
  if (status >= 500 || status === 429)
    return unanswered(
      shown,
      step,
      `it is not well (${said})`,
      "Wait, or look at the provider's own status",
      cause,
    );
  const isClient = error === "invalid_client" || status === 401;
  const why = isClient ? `it does not take this client's secret (${said})` : `it refused that (${said})`;
  const fix = isClient ? fixes["invalid_client"] : Object.hasOwn(fixes, error) ? fixes[error] : undefined;
  return turnedAway(shown, step, why, fix ?? "Look at the provider's log of logins", cause);
}

/** What we found wrong with an answer, by the code of oauth4webapi. */
function refusedByUs(cause: unknown, shown: ProviderShown, step: SignOnStep): Failure {
  const inner = cause instanceof ClientError && cause.cause instanceof Error ? cause.cause : cause;
  const code = (cause as { code?: unknown } | undefined)?.code;
  const about = aboutOf(inner);
  switch (code === "OAUTH_INVALID_RESPONSE" && isOfAlgorithm(inner) ? "OAUTH_UNSUPPORTED_OPERATION" : code) {
    case "OAUTH_JWT_TIMESTAMP_CHECK_FAILED":
      return turnedAway(
        shown,
        "verify its token",
        `the token is not of now (${about ?? "its times"}), by more than a minute`,
        "Set the clocks of this machine and of the provider by NTP",
        cause,
      );
    case "OAUTH_JWT_CLAIM_COMPARISON_FAILED":
      return turnedAway(
        shown,
        "verify its token",
        `the token is not for us, not of this login, or of another issuer (${about ?? "one of its claims"})`,
        "Check issuer and clientID, and log in again",
        cause,
      );
    case "OAUTH_KEY_SELECTION_FAILED":
      return turnedAway(
        shown,
        "verify its token",
        "the token is signed by a key that is not among the provider's, or by one of several without saying which",
        "Log in again; if that does not help, look at jwks_uri of its discovery",
        cause,
      );
    case "OAUTH_UNSUPPORTED_OPERATION":
      return turnedAway(
        shown,
        "verify its token",
        "the token is not signed, is encrypted, or is signed in a way that proves nothing (none, HS256)",
        "Have the provider sign this client's tokens by RS256 or ES256",
        cause,
      );
    case "OAUTH_RESPONSE_IS_NOT_JSON":
      return unanswered(
        shown,
        step,
        "it answered with something that is not JSON",
        "Check issuer: a page for people, or a proxy's, answers there",
        cause,
      );
    case "OAUTH_RESPONSE_IS_NOT_CONFORM":
      return unanswered(
        shown,
        step,
        `it answered HTTP ${statusOf(inner)}`,
        "Check issuer, and that the provider is well",
        cause,
      );
    case "OAUTH_HTTP_REQUEST_FORBIDDEN":
    case "OAUTH_REQUEST_PROTOCOL_FORBIDDEN":
      return turnedAway(
        shown,
        step,
        "it names an address without TLS, which is not asked",
        "Look at the provider's discovery",
        cause,
      );
    case "OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED":
      return turnedAway(
        shown,
        step,
        "it calls itself by another issuer",
        "Write issuer as its discovery has it",
        cause,
      );
    default:
      return turnedAway(
        shown,
        step,
        `its answer is not as the protocol wants it (${printable(`${messageOf(inner)}${about === undefined ? "" : `: ${about}`}`)})`,
        "Log in again; if that does not help, look at the provider's log of logins",
        cause,
      );
  }
}

/** Whether it is the token's `alg` that is not one of the provider's. */
function isOfAlgorithm(inner: unknown): boolean {
  const detail = inner instanceof Error ? inner.cause : undefined;
  return isMapping(detail) && detail["header"] !== undefined && detail["expected"] !== undefined;
}

/** The name of the claim, never its value. */
function aboutOf(inner: unknown): string | undefined {
  const detail = inner instanceof Error ? inner.cause : undefined;
  const claim = isMapping(detail) ? (detail["claim"] ?? detail["attribute"]) : undefined;
  return typeof claim === "string" ? printable(claim) : undefined;
}

function statusOf(inner: unknown): string {
  const response = inner instanceof Response ? inner : inner instanceof Error ? inner.cause : undefined;
  return response instanceof Response ? String(response.status) : "with an error";
}
