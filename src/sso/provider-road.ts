/** The road to a provider's servers: its own, and those that it names. */
import { Failure } from "../core/model/failure.ts";
import type { ProviderTls } from "../core/model/sign-on.ts";
import { messageOf } from "../lib/caught.ts";
import { defined } from "../lib/defined.ts";
import { printable } from "../lib/printable.ts";
import { bytesOf, type HttpCall, httpClient } from "../remote/http.ts";
import type { LookUp } from "../remote/reach.ts";
import { within } from "../remote/within.ts";
import { type ProviderShown, type SignOnStep, turnedAway, unanswered } from "./sign-on.ts";

const IDLE_MS = 10_000;
const WHOLE_MS = 20_000;
/** Keys, a discovery or a page of teams are some kilobytes; a token with thousands of groups some hundreds. */
const MAX_BYTES = 2 << 20;
/** Whatever a status says is said by us. */
const STATUSES = [201, 202, 203, 204, 205, 206, 304, ...Array.from({ length: 200 }, (_, at) => 400 + at)];

export interface RoadTerms {
  shown: ProviderShown;
  /** The address that an operator wrote. */
  home: string;
  tls: ProviderTls;
  lookUp?: LookUp;
}

export interface RoadCall extends Pick<HttpCall, "url" | "body"> {
  method: "GET" | "POST";
  headers?: Record<string, string>;
}

export interface RoadAnswer {
  url: string;
  status: number;
  contentType: string;
  headers: Record<string, string>;
  text: string;
}

/** The road of a provider as its settings say it, called by its name and its host. Nobody is asked anything yet. */
export function roadTo(
  { name, tls }: { name: string; tls: ProviderTls },
  home: string,
  lookUp: LookUp | undefined,
): ProviderRoad {
  const shown = { object: `${name} (${new URL(home).host})` };
  return new ProviderRoad({ shown, home, tls, ...defined({ lookUp }) });
}

export class ProviderRoad {
  constructor(readonly terms: RoadTerms) {}

  /** Any status is an answer. @throws {Failure} where there is none, or one that leads to another server */
  async ask(step: SignOnStep, { url, ...call }: RoadCall, signal: AbortSignal): Promise<RoadAnswer> {
    const { shown, home, tls, lookUp } = this.terms;
    const { origin, host } = new URL(url);
    const own = new URL(home).origin;
    const http = httpClient({
      origin,
      elsewhere: "refused",
      userAgent: "holdfast",
      // What a provider names may not be nearer to us than it is itself.
      ...(origin === own ? {} : { reach: "not here" as const, ledBy: own }),
      ...(Object.keys(tls).length === 0 ? {} : { tls }),
      ...defined({ lookUp }),
      says: {
        object: origin === own ? shown.object : `${shown.object} at ${host}`,
        cannot: step,
        unreachable: "provider-unreachable",
        auth: "provider-auth",
        thing: "provider",
        tooLong: "Look at what answers there",
        ledElsewhere: "Write the address that the provider itself uses",
        meantThere: "A provider out in the world must not name this machine: look at its discovery",
      },
    });
    const late = () =>
      unanswered(
        shown,
        step,
        `it did not answer whole within ${WHOLE_MS / 1_000} s`,
        "Check the network and the server",
      );
    return await within(WHOLE_MS, late, signal, async (ended) => {
      const answer = await http({
        ...call,
        url,
        signal: ended,
        idleMs: IDLE_MS,
        maxBytes: MAX_BYTES,
        statuses: STATUSES,
      });
      const { status, contentType, headers } = answer;
      return {
        url: answer.url,
        status,
        contentType,
        headers,
        text: new TextDecoder().decode(await bytesOf(answer)),
      };
    });
  }

  /** JSON with status 200. @throws {Failure} `sign-on` where the provider refused the token of who asks */
  async json(
    step: SignOnStep,
    call: RoadCall,
    needs: string,
    signal: AbortSignal,
  ): Promise<{ body: unknown; answer: RoadAnswer }> {
    const { shown } = this.terms;
    const answer = await this.ask(step, call, signal);
    const { status, contentType, text } = answer;
    if ((status === 401 || status === 403) && !isTooOften(answer))
      throw turnedAway(shown, step, `it refused that (HTTP ${status})${saidIn(text)}`, needs);
    if (status !== 200)
      throw unanswered(
        shown,
        step,
        `it answered HTTP ${status}${saidIn(text)}`,
        "Wait, or look at the provider's own status",
      );
    if (!/^application\/(?:[\w.+-]+\+)?json$/i.test(contentType))
      throw unanswered(
        shown,
        step,
        `it answered ${contentType === "" ? "something without a type" : printable(contentType)} with HTTP 200, not JSON`,
        "Check the address: a page for people, or a proxy's, answers there",
      );
    try {
      return { body: JSON.parse(text), answer };
    } catch (cause) {
      throw unanswered(
        shown,
        step,
        `its answer is no JSON (${printable(messageOf(cause))})`,
        "Look at what lies between here and there",
        cause,
      );
    }
  }
}

/** Some say 403 to whoever asks too often, which says nothing of who asks. */
function isTooOften({ headers }: RoadAnswer): boolean {
  return headers["retry-after"] !== undefined || headers["x-ratelimit-remaining"] === "0";
}

/** The reason in an error's usual places, fit for one line. */
function saidIn(text: string): string {
  try {
    const { message, error, error_description: described } = JSON.parse(text) as Record<string, unknown>;
    const nested =
      typeof error === "object" && error !== null ? (error as Record<string, unknown>)["message"] : error;
    const said = [described, message, nested].find((one) => typeof one === "string" && one !== "");
    return typeof said === "string" ? `: ${printable(said)}` : "";
  } catch {
    return "";
  }
}

/** The failure that something was thrown for, however deep a library wrapped it. */
export function failureWithin(cause: unknown): Failure | undefined {
  for (let at: unknown = cause, depth = 0; at instanceof Error && depth < 8; at = at.cause, depth++)
    if (at instanceof Failure) return at;
  return undefined;
}
