/**
 * A session by a browser: of this machine, which brings an answer to loopback (RFC 8252), or of any other, where a person
 * types a code (RFC 8628). What is redeemed needs a verifier that never leaves this process until then (RFC 7636).
 */
import { createHash, randomBytes } from "node:crypto";
import { defined } from "../../lib/defined.ts";
import { nearest } from "../../lib/nearest.ts";
import { CliError } from "../cli-error.ts";
import type { CliContext } from "../context.ts";
import { EXIT } from "../exit-codes.ts";
import type { Client } from "../http/client.ts";
import { Refused } from "../http/refusal.ts";
import { plainText } from "../terminal/plain-text.ts";
import { AnswerListener } from "./answer-listener.ts";

const ASK = "/api/holdfast/v1/cli-logins";

export type Elsewhere =
  | { by: "browser"; provider: string | undefined; opens: "itself" | "by-hand"; port?: number }
  | { by: "device" };

interface Asked {
  request?: unknown;
  code?: unknown;
  page?: unknown;
  interval?: unknown;
}
interface Given {
  is?: unknown;
  token?: unknown;
}
type Here = Pick<CliContext, "host" | "signal" | "note">;

/**
 * @param how.waitMs how long a person may take; 0: without end
 * @throws {CliError} denied where a person refuses, timedOut where nobody answers
 */
export async function logInElsewhere(
  here: Here,
  client: Client,
  how: Elsewhere & { waitMs: number },
): Promise<string> {
  const verifier = randomBytes(32).toString("base64url");
  const challenge = createHash("sha256").update(verifier).digest("base64url");
  const late = how.waitMs === 0 ? new AbortController().signal : AbortSignal.timeout(how.waitMs);
  const signal = AbortSignal.any([late, here.signal]);
  try {
    return how.by === "device"
      ? await byDevice(here, client, { verifier, challenge, signal })
      : await byBrowser(here, client, { verifier, challenge, signal, how });
  } catch (cause) {
    here.signal.throwIfAborted();
    if (!late.aborted) throw cause;
    const within = `within ${Math.ceil(how.waitMs / 1_000)} s`;
    throw new CliError(
      EXIT.timedOut,
      how.by === "device"
        ? `Nobody typed the code and allowed it ${within}.`
        : `No browser came back ${within}: nobody signed in and allowed it.`,
      [
        how.by === "device"
          ? "Begin again, or give it longer with --timeout."
          : "Where no browser of this machine can open the page: holdfast login --device. Longer: --timeout.",
      ],
    );
  }
}

interface Proof {
  verifier: string;
  challenge: string;
  signal: AbortSignal;
}

async function byBrowser(
  { host, note }: Here,
  client: Client,
  { verifier, challenge, signal, how }: Proof & { how: Extract<Elsewhere, { by: "browser" }> },
): Promise<string> {
  if (how.provider !== undefined) await demandProvider(client, how.provider);
  const state = randomBytes(32).toString("base64url");
  await using listener = new AnswerListener(state, how.port);
  const { request, page } = await begin(client, host.machine, {
    ...{ challenge, state, way: "browser", port: listener.port },
  });
  const query = new URLSearchParams({
    request,
    ...defined({ provider: how.provider }),
  });
  const address = `${page}?${query}`;
  const isOpened = how.opens === "itself" && (await host.browse(address)) === "opened";
  // Not a note: without it nobody can go on.
  host.stderr.write(
    isOpened
      ? `Your browser shows: ${address}\n`
      : `Open this address in a browser of this machine:\n  ${address}\n`,
  );
  note("Sign in there, and allow it.");
  const answer = await listener.answer(signal);
  if (answer.is === "refused") throw answer.at === "provider" ? refusedAtProvider() : refused();
  return tokenIn(await redeem(client, { request, verifier, code: answer.code }));
}

async function byDevice(
  { host, note }: Here,
  client: Client,
  { verifier, challenge, signal }: Proof,
): Promise<string> {
  const { request, page, code, intervalMs } = await begin(client, host.machine, { challenge, way: "device" });
  host.stderr.write(`Open ${page} in any browser, and type this code:\n  ${code}\n`);
  note("It is good for ten minutes, once. Give it to nobody.");
  for (;;) {
    await pause(intervalMs, signal);
    const given = await redeem(client, { request, verifier });
    if (given.is !== "waiting") return tokenIn(given);
  }
}

async function begin(
  client: Client,
  machine: string,
  body: Readonly<Record<string, unknown>>,
): Promise<{ request: string; page: string; code: string; intervalMs: number }> {
  const agent = `holdfast on ${machine}`;
  try {
    const asked = await client.send<Asked>("POST", ASK, { body: { ...body, agent } });
    const { request, code, interval } = asked;
    if (typeof request !== "string" || typeof code !== "string") throw noHoldfast(client);
    return {
      request,
      code: plainText(code),
      page: pageIn(asked.page, client.url),
      intervalMs: Math.min(60, Math.max(1, Number(interval) || 5)) * 1_000,
    };
  } catch (cause) {
    if (cause instanceof Refused && (cause.status === 404 || cause.status === 501 || cause.status === 401))
      throw new CliError(EXIT.usage, `${client.url} lets nobody in by a browser.`, [
        "It has neither accounts nor providers, or is older. With the token of its config: holdfast login SERVER --token-stdin",
      ]);
    throw cause;
  }
}

/**
 * Before anybody's browser is opened for it. Whoever is not signed in is told which there are.
 * @throws {CliError} usage
 */
async function demandProvider(client: Client, name: string): Promise<void> {
  const who = await client.get<{ signOn?: unknown }>("/api/v1/session/userinfo").catch((cause: unknown) => {
    if (cause instanceof Refused && [401, 404, 501].includes(cause.status)) return undefined;
    throw cause;
  });
  // It has no accounts: what is asked of it next says so.
  if (who === undefined) return;
  const { signOn } = who;
  const there = Array.isArray(signOn) ? signOn.filter((one) => typeof one === "string") : [];
  if (there.includes(name)) return;
  const names = there.map((one) => plainText(one));
  const meant = nearest(name, names);
  throw new CliError(
    EXIT.usage,
    `${client.url} sends browsers to no provider ${JSON.stringify(plainText(name))}.`,
    names.length === 0
      ? ["It sends them to none. By name and password: holdfast login SERVER --username NAME"]
      : [
          ...(meant === undefined ? [] : [`Did you mean ${meant}?`]),
          `There ${names.length === 1 ? "is" : "are"}: ${names.join(", ")}`,
        ],
  );
}

/** What a server says is opened by a browser of ours: an address of the web, and nothing else. */
function pageIn(said: unknown, url: string): string {
  const own = `${url}/cli-login`;
  const page = URL.parse(typeof said === "string" ? said : own);
  if (page === null || !/^https?:$/.test(page.protocol) || page.username !== "") return own;
  return `${page.origin}${page.pathname}`;
}

async function redeem(
  client: Client,
  body: { request: string; verifier: string; code?: string },
): Promise<Given> {
  return client.send<Given>("POST", `${ASK}/token`, { body });
}

function tokenIn({ is, token }: Given): string {
  if (is === "given" && typeof token === "string" && token !== "") return token;
  if (is === "refused") throw refused();
  throw new CliError(EXIT.denied, "This login is over: it is too old, or was used by somebody else.", [
    "The daemon forgets it when it is started again, and when whoever allowed it signs out. Begin again: holdfast login",
  ]);
}

function refused(): CliError {
  return new CliError(EXIT.denied, "It was refused in the browser.", []);
}

function refusedAtProvider(): CliError {
  return new CliError(
    EXIT.denied,
    "The provider let nobody in: somebody said no there, or it did, so that this login is over.",
    ["Begin again, as somebody else there or by another provider: holdfast login --sso"],
  );
}

function noHoldfast({ url }: Client): CliError {
  return new CliError(EXIT.unreachable, `${url} answered a login as no Holdfast does.`);
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  const stop = (): void => reject(signal.reason);
  signal.addEventListener("abort", stop, { once: true });
  return promise.finally(() => {
    clearTimeout(timer);
    signal.removeEventListener("abort", stop);
  });
}
