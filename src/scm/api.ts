/** One provider's API, as far as one question needs it: JSON by GET, its errors as failures, nothing without its limits. */
import { Failure } from "../core/model/failure.ts";
import { messageOf } from "../lib/caught.ts";
import { defined } from "../lib/defined.ts";
import { hashSha256 } from "../lib/hash.ts";
import type { Lru } from "../lib/lru.ts";
import { printable } from "../lib/printable.ts";
import { timestamp } from "../lib/timestamp.ts";
import { bytesOf, type Http, type HttpTerms, httpClient } from "../remote/http.ts";
import type { Reach } from "../remote/reach.ts";
import { Fields } from "./fields.ts";
import { refusalOf } from "./refusal.ts";

const IDLE_MS = 30_000;
/** Of one answer: 100 pull requests or repositories with all that is said of them are about a megabyte. */
const MAX_PAGE_BYTES = 16 << 20;
/** Whatever a status says is said by us: 304 and all that are neither 200 nor lead elsewhere. */
const STATUSES = [201, 202, 203, 204, 205, 206, 304, ...Array.from({ length: 200 }, (_, at) => 400 + at)];

/** What is left for one question. */
export interface Budget {
  requests: number;
  bytes: number;
}

/** An answer that its provider may say has not changed. */
export interface KeptAnswer {
  etag: string;
  headers: Record<string, string>;
  text: string;
}

/** What all questions of a daemon share, and what one may cost. */
export interface Road {
  now: () => number;
  reach: Reach;
  kept: Lru<string, KeptAnswer>;
  budget: Budget;
  signal: AbortSignal;
}

export interface ApiTerms {
  /** "GitHub" */
  provider: string;
  /** What is asked about: "acme/shop" */
  about: string;
  /** "list its pull requests" */
  cannot: string;
  /** Which rights answer it: "a token that may read pull requests (tokenRef)" */
  needs: string;
  /** Without a slash at its end. */
  base: string;
  authorization?: string;
  /** Who asks, where that is not told by `authorization`: tokens of an hour. */
  asker?: string;
  headers?: Record<string, string>;
  /** `whole`: what follows a page is told by headers, which may change where the page does not. */
  answers?: "whole";
  /** Where its name may lead to, where that is the daemon's own say; absent: as the road has it. */
  reach?: Reach;
  /** What a status means, where its text says more; absent: what it says. */
  statusOf?: (status: number, text: string) => number;
  /** Called where what `authorization` says counts no more (401). */
  turnedAway?: () => void;
  tls?: HttpTerms["tls"];
  proxy?: HttpTerms["proxy"];
  /** Longest silence. Default 30 seconds. */
  idleMs?: number;
  /** `whatever`: those who answer are small programs that may not say that it is JSON. */
  contentType?: "whatever";
}

export interface Answer {
  /** After redirects. */
  url: string;
  headers: Readonly<Record<string, string>>;
  body: unknown;
  /** `kept`: the provider said that it has not changed; what its headers say may be of before. */
  is: "sent" | "kept";
}

interface RawAnswer {
  url: string;
  status: number;
  headers: Record<string, string>;
  text: string;
  is: Answer["is"];
}

/** What is asked about is not there, or not for whoever asks. */
export class NotThere extends Failure {}

export class Api {
  readonly #http: Http;
  readonly #asker: string;
  readonly #object: string;

  constructor(
    readonly terms: ApiTerms,
    readonly road: Road,
  ) {
    const { provider, about, cannot, needs, base, authorization, tls, proxy } = terms;
    this.#object = `${provider} ${about} (${new URL(base).host})`;
    this.#asker = hashSha256(terms.asker ?? authorization ?? "");
    this.#http = httpClient({
      origin: new URL(base).origin,
      elsewhere: "refused",
      reach: terms.reach ?? road.reach,
      userAgent: "holdfast",
      ...defined({ authorization, tls, proxy }),
      says: {
        object: this.#object,
        cannot,
        unreachable: "provider-unreachable",
        auth: "provider-auth",
        thing: "provider",
        tooLong: "Ask for less: a smaller group or project, or filters that its API knows",
        ledElsewhere: `It may want to know who asks: give ${needs}, or use the address that it redirects to`,
        meantThere: "Use an address of the provider that is not this machine's own",
      },
    });
  }

  /** @param segments each becomes one part of the path, whatever is in it */
  url(segments: readonly string[], query: Readonly<Record<string, string>> = {}): string {
    const dots = segments.find((each) => each === "." || each === ".." || each === "");
    if (dots !== undefined)
      throw this.failure("invalid-spec", `${JSON.stringify(dots)} is no name`, "Correct the generator");
    const asked = new URLSearchParams(query).toString();
    const path = segments.map((each) => `/${encodeURIComponent(each)}`).join("");
    return `${this.terms.base}${path}${asked === "" ? "" : `?${asked}`}`;
  }

  /** @throws {NotThere} for 404, {Failure} for everything else that is no JSON with status 200 */
  async get(url: string): Promise<Answer> {
    return this.#answered(await this.#ask("GET", url));
  }

  /**
   * @returns undefined where the provider says that there is nothing
   * @param isAbsence whether what it says means that, and not that it hides it; absent: 404 does
   */
  async find(
    url: string,
    isAbsence: (answer: { status: number; text: string }) => boolean = ({ status }) => status === 404,
  ): Promise<Answer | undefined> {
    const answer = await this.#ask("GET", url);
    return answer.status !== 200 && isAbsence(answer) ? undefined : this.#answered(answer);
  }

  /** Whether something is there, without its content. */
  async has(url: string): Promise<boolean> {
    const answer = await this.#ask("HEAD", url);
    if (answer.status === 404) return false;
    if (answer.status !== 200) throw this.#refusal(answer);
    return true;
  }

  async post(url: string, body: unknown): Promise<Answer> {
    const answer = await this.#ask("POST", url, new TextEncoder().encode(JSON.stringify(body)));
    // Nothing that is looked for is made by asking: who is told so has asked the wrong one.
    if (answer.status === 404)
      throw this.failure(
        "provider-auth",
        `there is nobody who answers that (HTTP 404)`,
        `Give ${this.terms.needs}`,
      );
    return this.#answered(answer);
  }

  /** The same as `get`, with headers of its own. */
  async getAs(url: string, headers: Readonly<Record<string, string>>): Promise<Answer> {
    return this.#answered(await this.#ask("GET", url, undefined, headers));
  }

  /**
   * What is asked in a language of its provider's own.
   * @returns the text of the answer; undefined where that is an absence
   */
  async send(
    url: string,
    body: string,
    headers: Readonly<Record<string, string>>,
    isAbsence: (text: string) => boolean = () => false,
  ): Promise<string | undefined> {
    const answer = await this.#ask("POST", url, new TextEncoder().encode(body), headers);
    if (answer.status === 200) return answer.text;
    if (answer.status >= 400 && answer.status < 500 && isAbsence(answer.text)) return undefined;
    throw this.#refusal(answer);
  }

  /** Lets an answer be sent again, whether it has changed or not. */
  forget(url: string): void {
    this.road.kept.delete(this.#keyOf(url));
  }

  /** Where an answer says the next page is. @throws {Failure} where that is another server's */
  nextUrl(named: string, from: string): string {
    const next = URL.parse(named, from);
    const origin = new URL(this.terms.base).origin;
    if (next === null || next.origin !== origin)
      throw this.failure(
        "provider-unreachable",
        `its next page is said to be on another server (${next === null ? printable(named) : next.origin}), which is not asked`,
        "Give the API's address as the provider itself writes it, or look at the proxy before it",
      );
    return next.href;
  }

  fields(value: unknown, at: string): Fields {
    return Fields.of(value, at, (what) => this.otherShape(what));
  }

  otherShape(what: string): Failure {
    return this.failure(
      "provider-unreachable",
      `its answer is of another shape than its API's: ${what}`,
      "Check the API's address, and what lies between here and there",
    );
  }

  failure(
    code: "provider-unreachable" | "provider-auth" | "invalid-spec",
    why: string,
    fix: string,
    retryAfterMs?: number,
  ): Failure {
    const retry = code === "invalid-spec" ? "after-edit" : "backoff";
    return new Failure(code, this.#object, retry, {
      cannot: this.terms.cannot,
      why,
      fix,
      ...defined({ retryAfterMs }),
    });
  }

  #keyOf(url: string): string {
    return `${this.#asker}\n${url}`;
  }

  async #ask(
    method: "GET" | "HEAD" | "POST",
    url: string,
    body?: Uint8Array<ArrayBuffer>,
    own: Readonly<Record<string, string>> = {},
  ): Promise<RawAnswer> {
    const { budget, kept, signal } = this.road;
    if (--budget.requests < 0)
      throw this.failure(
        "provider-unreachable",
        "it takes more requests than one question may",
        "Ask for less: a smaller group, filters of repositories, or without allBranches",
      );
    const key = this.#keyOf(url);
    const known = method === "GET" && this.terms.answers !== "whole" ? kept.get(key) : undefined;
    const answer = await this.#http({
      method,
      url,
      headers: {
        Accept: "application/json",
        ...this.terms.headers,
        ...defined({
          "If-None-Match": known?.etag,
          "Content-Type": body === undefined ? undefined : "application/json",
        }),
        ...own,
      },
      signal,
      idleMs: this.terms.idleMs ?? IDLE_MS,
      maxBytes: Math.max(0, Math.min(MAX_PAGE_BYTES, budget.bytes)),
      statuses: STATUSES,
      ...defined({ body }),
    });
    const text = new TextDecoder().decode(await bytesOf(answer));
    budget.bytes -= text.length;
    const { headers } = answer;
    const status = this.terms.statusOf?.(answer.status, text) ?? answer.status;
    if (status === 304) {
      if (known === undefined)
        throw this.failure(
          "provider-unreachable",
          "it says that nothing has changed (HTTP 304) where nobody asked for changes",
          "Look at the server, or at what lies before it",
        );
      // What it says of the page is newer than what was said with it.
      return {
        url: answer.url,
        status: 200,
        headers: { ...known.headers, ...headers },
        text: known.text,
        is: "kept",
      };
    }
    const etag = headers["etag"];
    if (method === "GET" && status === 200 && etag !== undefined) kept.set(key, { etag, headers, text });
    return { url: answer.url, status, headers, text, is: "sent" };
  }

  #answered(answer: RawAnswer): Answer {
    const { url, status, headers, text, is } = answer;
    if (status !== 200 && status !== 201) throw this.#refusal(answer);
    const type = (headers["content-type"] ?? "").split(";")[0]?.trim() ?? "";
    const isSaid = this.terms.contentType !== "whatever";
    if (isSaid && !/^(?:application|text)\/(?:[\w.+-]+\+)?json$/i.test(type))
      throw this.failure(
        "provider-unreachable",
        `it answered ${type === "" ? "something without a type" : printable(type)} with HTTP ${status}, not JSON`,
        "Check the API's address: a page for people, or a proxy's, answers there",
      );
    try {
      return { url, headers, is, body: JSON.parse(text) };
    } catch (cause) {
      throw this.failure(
        "provider-unreachable",
        `its answer is no JSON, or only a part of one (${printable(messageOf(cause))})`,
        "Wait, or look at what lies between here and there",
      );
    }
  }

  #refusal({ status, headers, text }: RawAnswer): Failure {
    const { asker, authorization = asker, needs, provider, about } = this.terms;
    const refusal = refusalOf(status, headers, text, this.road.now());
    if (status === 401) this.terms.turnedAway?.();
    switch (refusal.is) {
      case "not there":
        return new NotThere("not-found", this.#object, "backoff", {
          cannot: this.terms.cannot,
          why: `${provider} knows no such thing, or does not show it to whoever asks (${refusal.shown})`,
          fix: `Check ${about}, and give ${needs}`,
        });
      case "not allowed":
        return this.failure(
          "provider-auth",
          authorization === undefined
            ? `it wants credentials (${refusal.shown})`
            : `it refused the credentials, or they may not read this (${refusal.shown})`,
          `Give ${needs}`,
        );
      case "too often": {
        const until =
          refusal.forMs === undefined ? "" : ` until ${timestamp(this.road.now() + refusal.forMs)}`;
        const fix = authorization === undefined ? `Give ${needs}: few requests are free` : undefined;
        return this.failure(
          "provider-unreachable",
          `it takes no more requests${until} (${refusal.shown})`,
          fix ?? "Wait, raise requeueAfterSeconds, or use credentials of their own for this set",
          refusal.forMs,
        );
      }
      case "broken":
        return this.failure(
          "provider-unreachable",
          `it is not well (${refusal.shown})`,
          "Wait, or look at the provider's own status",
          refusal.forMs,
        );
      case "refused":
        return this.failure(
          "provider-unreachable",
          `it did not take the question (${refusal.shown})`,
          "Check the generator's fields and the API's address",
        );
    }
  }
}
