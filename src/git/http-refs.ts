/** The list of a server's refs over HTTP: one small request in the steady state, bounded in bytes, refs and time. */

import { Failure } from "../core/model/failure.ts";
import { printable } from "../lib/printable.ts";
import type { Http, HttpAnswer } from "../remote/http.ts";
import { unreachable } from "./failures.ts";
import { BrokenObject } from "./git-object.ts";
import { formatFrom, listRefsRequest, readAdvertisement, readRefs, ServerRefusal } from "./protocol-v2.ts";
import type { Refs } from "./refs.ts";

/** As many refs as we take, with long names and what tags lead to. */
const MAX_LIST_BYTES = 32 * 1024 * 1024;

/** What a server said of itself. */
export interface HttpServer {
  /** After redirects: where POSTs go. */
  url: string;
  /** By name; undefined where it speaks an older protocol than version 2. */
  capabilities: ReadonlyMap<string, string> | undefined;
}

/** What an older server says at once. */
interface Listing extends HttpServer {
  refs: Refs;
}

export class HttpRefs {
  /** Asked once: afterwards a list of refs is one request. */
  #server: HttpServer | undefined;

  /**
   * @param url without userinfo and slash at the end
   * @param show the same for failures
   * @param idleMs longest silence in an answer
   */
  constructor(
    readonly url: string,
    readonly show: string,
    readonly http: Http,
    readonly idleMs: number,
  ) {}

  /** @param extra full names of refs beside branches and tags */
  list(extra: readonly string[], signal: AbortSignal): Promise<Refs> {
    return this.#using(signal, async (): Promise<Refs> => {
      const known = this.#server ?? (await this.#discover(extra, signal));
      if (withRefs(known)) return known.refs;
      const { url, capabilities } = known;
      if (capabilities === undefined) {
        const again = await this.#discover(extra, signal);
        if (withRefs(again)) return again.refs;
        throw new BrokenObject("it changed its protocol between two answers");
      }
      const answer = await this.http({
        method: "POST",
        url: `${url}/git-upload-pack`,
        body: listRefsRequest(extra, capabilities),
        signal,
        idleMs: this.idleMs,
        maxBytes: MAX_LIST_BYTES,
        headers: {
          "Git-Protocol": "version=2",
          "Content-Type": "application/x-git-upload-pack-request",
          Accept: "application/x-git-upload-pack-result",
        },
      });
      expectType(answer, "application/x-git-upload-pack-result", this.show);
      return readRefs(answer.body, formatFrom(capabilities));
    });
  }

  /** Where to fetch, and how. */
  server(signal: AbortSignal): Promise<HttpServer> {
    return this.#using(signal, async () => this.#server ?? (await this.#discover([], signal)));
  }

  /** What is known of the server is forgotten where it does not give what was expected. */
  forget(): void {
    this.#server = undefined;
  }

  /** An older server sends its refs with what it can do. */
  async #discover(extra: readonly string[], signal: AbortSignal): Promise<HttpServer | Listing> {
    const suffix = "/info/refs?service=git-upload-pack";
    const answer = await this.http({
      method: "GET",
      url: this.url + suffix,
      headers: { "Git-Protocol": "version=2" },
      signal,
      idleMs: this.idleMs,
      maxBytes: MAX_LIST_BYTES,
    });
    expectType(answer, "application/x-git-upload-pack-advertisement", this.show);
    const said = await readAdvertisement(answer.body, extra);
    // A redirect of the discovery moves the repository, as git has it.
    const url = answer.url.endsWith(suffix) ? answer.url.slice(0, -suffix.length) : this.url;
    this.#server = { url, capabilities: said.is === "version 2" ? said.capabilities : undefined };
    return said.is === "version 2" ? this.#server : { ...this.#server, refs: said.refs };
  }

  async #using<T>(signal: AbortSignal, ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (cause) {
      this.forget();
      throw asHttpFailure(cause, this.show, signal);
    }
  }
}

function withRefs(server: HttpServer): server is Listing {
  return "refs" in server;
}

/** Whatever went wrong between us and the server, as a Failure; an abort goes through. */
export function asHttpFailure(cause: unknown, show: string, signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason;
  if (cause instanceof Failure) return cause;
  if (cause instanceof ServerRefusal)
    return unreachable(
      show,
      `the server says: ${printable(cause.message)}`,
      "Look at the server's log",
      cause,
    );
  if (cause instanceof BrokenObject)
    return unreachable(
      show,
      cause.message,
      "Try again; where it stays so, check the server and what lies between",
      cause,
    );
  return cause;
}

export function expectType(answer: HttpAnswer, type: string, show: string): void {
  if (answer.contentType === type) return;
  throw unreachable(
    show,
    `it answers with ${answer.contentType === "" ? "no content type" : printable(answer.contentType)} and is no Git repository`,
    "Check the URL; a login page answers so too",
  );
}
