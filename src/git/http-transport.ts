/** HTTP and HTTPS: protocol version 2 spoken here; servers that only know older ones are left to isomorphic-git. */
import { Failure } from "../core/model/failure.ts";
import { gone, printable, unreachable } from "./failures.ts";
import { BrokenObject } from "./git-object.ts";
import type { GitHttp, HttpAnswer } from "./http-client.ts";
import {
  type Advertisement,
  fetchRequest,
  formatFrom,
  listRefsRequest,
  readAdvertisement,
  readPack,
  readRefs,
  ServerRefusal,
} from "./protocol-v2.ts";
import { type IndexOutside, receivePack } from "./receive-pack.ts";
import type { Limits, Transport } from "./transport.ts";

/** A capability advertisement is a few hundred bytes; an old server sends all its refs in that place. */
const MAX_LIST_BYTES = 64 * 1024 * 1024;

interface Server {
  /** After redirects: where POSTs go. */
  url: string;
  speaks: Advertisement;
}

/**
 * @param url without userinfo and slash at the end
 * @param show the same for failures
 */
export function httpTransport(
  url: string,
  show: string,
  http: GitHttp,
  limits: Limits,
  indexOutside?: IndexOutside,
): Transport {
  // What the server can do is asked once: afterwards a list of refs is one request.
  let server: Server | undefined;

  const discover = async (signal: AbortSignal): Promise<Server> => {
    if (server !== undefined) return server;
    const suffix = "/info/refs?service=git-upload-pack";
    const answer = await http({
      method: "GET",
      url: url + suffix,
      headers: { "Git-Protocol": "version=2" },
      signal,
      idleMs: limits.timeoutMs,
      maxBytes: MAX_LIST_BYTES,
    });
    expectType(answer, "application/x-git-upload-pack-advertisement", show);
    const speaks = await readAdvertisement(answer.body);
    // A redirect of the discovery moves the repository, as git has it.
    server = { url: answer.url.endsWith(suffix) ? answer.url.slice(0, -suffix.length) : url, speaks };
    return server;
  };
  const post = async (
    at: Server,
    body: Uint8Array<ArrayBuffer>,
    signal: AbortSignal,
    maxBytes: number,
  ): Promise<HttpAnswer> => {
    const answer = await http({
      method: "POST",
      url: `${at.url}/git-upload-pack`,
      body,
      signal,
      idleMs: limits.timeoutMs,
      maxBytes,
      headers: {
        "Git-Protocol": "version=2",
        "Content-Type": "application/x-git-upload-pack-request",
        Accept: "application/x-git-upload-pack-result",
      },
    });
    expectType(answer, "application/x-git-upload-pack-result", show);
    return answer;
  };
  /** Runs `ask` on what is known of the server, which is forgotten where the answer is not what we expect. */
  const using = async <T>(signal: AbortSignal, ask: (at: Server) => Promise<T>): Promise<T> => {
    try {
      return await ask(await discover(signal));
    } catch (cause) {
      server = undefined;
      throw asHttpFailure(cause, show, signal);
    }
  };

  /** Loaded when it is needed: few servers are that old, and isomorphic-git is the largest part of this folder. */
  const older = async (at: Server): Promise<Transport> =>
    (await import("./older-server.ts")).olderServer(at.url, show, http, limits);

  return {
    listRefs: (extra, signal) =>
      using(signal, async (at) => {
        const { speaks } = at;
        if (speaks.is === "older") return (await older(at)).listRefs(extra, signal);
        const answer = await post(at, listRefsRequest(extra, speaks.capabilities), signal, MAX_LIST_BYTES);
        return readRefs(answer.body, formatFrom(speaks.capabilities));
      }),
    fetch: (commit, haves, store, signal) =>
      using(signal, async (at) => {
        const { speaks } = at;
        if (speaks.is === "older") return (await older(at)).fetch(commit, haves, store, signal);
        const answer = await post(
          at,
          fetchRequest(commit, haves, speaks.capabilities),
          signal,
          limits.maxPackBytes,
        );
        try {
          await receivePack(
            readPack(answer.body),
            haves.length > 0 ? "thin" : "whole",
            store,
            signal,
            indexOutside,
          );
        } catch (cause) {
          if (
            cause instanceof ServerRefusal &&
            /not our ref|unadvertised|not found|no such|unknown/i.test(cause.message)
          )
            throw gone(show, commit, cause);
          throw cause;
        }
      }),
  };
}

/** Whatever went wrong between us and the server, as a Failure; an abort goes through. */
export function asHttpFailure(cause: unknown, show: string, signal: AbortSignal): unknown {
  if (cause instanceof Failure || signal.aborted) return signal.aborted ? signal.reason : cause;
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

function expectType(answer: HttpAnswer, type: string, show: string): void {
  if (answer.contentType === type) return;
  throw unreachable(
    show,
    `it answers with ${answer.contentType === "" ? "no content type" : answer.contentType} and is no Git repository`,
    "Check the URL; a login page answers so too",
  );
}
