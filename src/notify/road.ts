/** The road of messages to other people's servers, and what becomes of a try. */
import { Failure } from "../core/model/failure.ts";
import { defined } from "../lib/defined.ts";
import { matchesGlob } from "../lib/glob.ts";
import { isMetadataService } from "../lib/metadata-service.ts";
import { printable } from "../lib/printable.ts";
import { formsOf, withoutSecrets } from "../lib/secret-values.ts";
import type { Notifier, NotifierRequest } from "../plugin/contract.ts";
import { type Authorizer, bytesOf, httpClient } from "../remote/http.ts";
import { isNear } from "../remote/near.ts";
import type { Reach } from "../remote/reach.ts";
import type { LentTokens } from "./lent-tokens.ts";
import { sendMail, TRUSTED } from "./mail.ts";
import type { Sent } from "./sent.ts";

export const SILENCE_MS = 15_000;
const MOST_ANSWER = 64 * 1024;
/** Any answer is one: what it means is looked at here. */
const ANSWERS = Array.from({ length: 400 }, (_, at) => at + 200);

export interface Sending {
  /** `slack ops`. */
  called: string;
  notifier: Pick<Notifier, "refused">;
  /** Texts that no answer and no error may repeat. */
  secrets: readonly string[];
  /** Globs of hosts; empty: all. */
  allowedHosts: readonly string[];
  userAgent: string;
  signal: AbortSignal;
  lent: Pick<LentTokens, "authorizer">;
}

/** Sends all requests of a message, in order; the first that fails is what is told. Never throws. */
export async function sendAll(requests: readonly NotifierRequest[], sending: Sending): Promise<Sent> {
  let text = "";
  const secrets = [...sending.secrets];
  for (const request of requests) {
    const sent = await send(request, sending, secrets);
    if (sent.is === "failed") return { ...sent, why: hidden(sent.why, secrets) };
    text = hidden(sent.text, secrets);
  }
  return { is: "sent", text };
}

/** No secret, in any form in which a sentence may repeat it. */
export function hidden(text: string, secrets: readonly string[]): string {
  return withoutSecrets(
    text,
    secrets
      .flatMap((secret) => [...formsOf(secret), encodeURIComponent(secret)])
      .filter(({ length }) => length > 3),
  );
}

/** @param secrets grows by what is lent */
async function send(request: NotifierRequest, sending: Sending, secrets: string[]): Promise<Sent> {
  try {
    if (request.by === "mail") {
      refuseHost(request.server.host, sending);
      return await sendMail(request, sending.signal);
    }
    return await sendHttp(request, sending, secrets);
  } catch (cause) {
    if (sending.signal.aborted) return { is: "failed", why: "it was ended", again: "later" };
    if (!(cause instanceof Failure)) throw cause;
    const { why, fix, retry, retryAfterMs } = cause;
    return {
      is: "failed",
      why: `${why}${fix === undefined ? "" : `. ${fix}`}`,
      again: retry === "backoff" ? "later" : "never",
      ...defined({ retryAfterMs }),
    };
  }
}

async function sendHttp(
  request: NotifierRequest & { by: "http" },
  sending: Sending,
  secrets: string[],
): Promise<Sent> {
  const url = URL.parse(request.url);
  if (url === null || !/^https?:$/.test(url.protocol))
    return { is: "failed", why: "its settings name no http or https address", again: "never" };
  refuseHost(url.hostname, sending);
  const http = httpClient({
    origin: url.origin,
    elsewhere: "refused",
    reach: reachOf(url.hostname),
    ...(request.login === undefined
      ? {}
      : { authorization: noting(sending.lent.authorizer(request.login), secrets) }),
    userAgent: sending.userAgent,
    says: {
      object: `${sending.called} (${url.host})`,
      cannot: "send a message",
      unreachable: "provider-unreachable",
      auth: "provider-auth",
      thing: "notification service",
      tooLong: "Look at the server: it answers more than anybody asked for",
      meantThere: "Name this machine as localhost, if it is meant",
      trusted: TRUSTED,
      ledElsewhere: "Use the address that it redirects to",
    },
  });
  const answer = await http({
    method: request.method,
    url: url.href,
    headers: { ...request.headers },
    body: new TextEncoder().encode(request.body),
    signal: sending.signal,
    idleMs: SILENCE_MS,
    maxBytes: MOST_ANSWER,
    statuses: ANSWERS,
  });
  const text = new TextDecoder().decode(await bytesOf(answer)).slice(0, 4_000);
  const sent = judge({ status: answer.status, text }, answer.headers, sending.notifier);
  // A token that was taken back is lent anew for the next try; who is not let has it said, and the last word.
  return sent.is === "failed" && answer.status === 401 && request.login !== undefined
    ? { ...sent, again: "later" }
    : sent;
}

/** This machine is asked only where it is named so in the settings: no name leads here by itself. */
export function reachOf(hostname: string): Reach {
  return isLoopback(hostname) ? "anywhere" : "not here";
}

function noting({ ask, refused }: Authorizer, secrets: string[]): Authorizer {
  return {
    refused,
    async ask(signal) {
      const header = await ask(signal);
      if (header !== undefined) secrets.push(header.replace(/^Bearer /, ""));
      return header;
    },
  };
}

function judge(
  answer: { status: number; text: string },
  headers: Readonly<Record<string, string>>,
  notifier: Pick<Notifier, "refused">,
): Sent {
  const { status, text } = answer;
  const retryAfterMs = pauseIn(headers);
  if (status >= 200 && status < 300) {
    const refused = notifier.refused?.(answer);
    return refused === undefined
      ? { is: "sent", text: printable(text) }
      : { is: "failed", ...refused, ...defined({ retryAfterMs }) };
  }
  const said = printable(text.slice(0, 300));
  const again = status >= 500 || [408, 409, 425, 429].includes(status) || status < 400 ? "later" : "never";
  return {
    is: "failed",
    why: `it answered HTTP ${status}${said === "" ? "" : `: ${said}`}`,
    again,
    ...defined({ retryAfterMs }),
  };
}

/** Retry-After in seconds or as a date, an hour at most. */
function pauseIn(headers: Readonly<Record<string, string>>): number | undefined {
  const text = headers["retry-after"];
  if (text === undefined) return undefined;
  const ms = /^\d+(?:\.\d+)?$/.test(text)
    ? Number(text) * 1_000
    : Date.parse(text) - Date.parse(headers["date"] ?? "");
  return Number.isFinite(ms) && ms > 0 ? Math.min(ms, 60 * 60_000) : undefined;
}

function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || /^127(?:\.\d+){3}$/.test(hostname) || hostname === "[::1]";
}

/**
 * Why nothing is sent to a host: where clouds answer with their instances' credentials, and what the config does not
 * permit. undefined: it may be.
 */
export function whyNotHost(hostname: string, allowedHosts: readonly string[]): string | undefined {
  const host = hostname.toLowerCase().replace(/\.$/, "");
  if (isMetadataService(host) || (isNear(host) && !isLoopback(host)))
    return `${host} is this machine's own network, where clouds keep credentials`;
  const isAllowed =
    allowedHosts.length === 0 ||
    allowedHosts.some((glob) =>
      matchesGlob(glob.toLowerCase(), host, { slash: "stops", braces: "alternatives" }),
    );
  return isAllowed ? undefined : `${host} is none of notifications.allowedHosts`;
}

function refuseHost(hostname: string, { called, allowedHosts }: Sending): void {
  const why = whyNotHost(hostname, allowedHosts);
  if (why !== undefined)
    throw new Failure("refused", called, "after-edit", {
      cannot: "send a message",
      why,
      fix: "Correct the address in the service's settings",
    });
}
