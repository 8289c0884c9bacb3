/** What a leader needs to be asked by replicas that stand by: who asks is whom they say, and nobody else can say so. */
import type { Log } from "../../core/ports/log.ts";
import type { PeersKey } from "../../core/ports/peers-key.ts";
import { systemClock } from "../../lib/system-clock.ts";
import { ApiError } from "../api-error.ts";
import type { ArrivalOf } from "../arrival.ts";
import type { Api } from "../create-api.ts";
import { errorReply } from "../error-reply.ts";
import { withSecurityHeaders } from "../security-headers.ts";
import { type Opened, openSeal, SEAL_HEADER } from "./seal.ts";

/** In an answer to a replica: the version of whoever answered. */
export const VERSION_HEADER = "holdfast-leader-version";
/** In an answer to a replica: nothing was done. */
export const UNTOUCHED_HEADER = "holdfast-untouched";

/** What is refused in between is counted. */
const WARNED_EVERY_MS = 10_000;

export interface PeersOptions {
  key: PeersKey;
  /** By which this process stands for election: `StoodFor.identity`. */
  identity: string;
  /** Of this program and its page: of two that say the same, the pages are the same. */
  version: string;
  log: Log;
}

export interface Peers {
  /** Of a request that a replica handed on: how it came to that one. Of any other one: as `inner` says. For `ApiOptions.arrivalOf`. */
  arrivalOf(inner: ArrivalOf): ArrivalOf;
  /** Before the API: what says that it was handed on, and was not by one of us, is refused. */
  guard(api: Pick<Api, "fetch">): Pick<Api, "fetch">;
}

export function fromPeers({ key, identity, version, log }: PeersOptions): Peers {
  const opened = (request: Request): Opened | undefined => {
    const shown = request.headers.get(SEAL_HEADER);
    if (shown === null) return undefined;
    const now = key.now();
    // Why is for our log alone: who asks may be anybody.
    if (now.is === "unknown") return { is: "another-key", why: "this replica does not know their key yet" };
    const { method, url } = request;
    return openSeal(now.key, shown, { leader: identity, method, url });
  };
  let warnedAt = Number.NEGATIVE_INFINITY;
  let more = 0;
  /** Anybody can have it said. */
  const warn = (why: string): void => {
    const now = systemClock.monotonic();
    if (now - warnedAt < WARNED_EVERY_MS) return void more++;
    log.warn("a request that says that a replica handed it on was refused", { why, more });
    [warnedAt, more] = [now, 0];
  };
  return {
    arrivalOf: (inner) => (request, server) => {
      const seal = opened(request);
      return seal?.is === "sealed" ? seal.arrival : inner(request, server);
    },
    guard: (api) => ({
      async fetch(request, server) {
        const seal = opened(request);
        if (seal === undefined) return api.fetch(request, server);
        if (seal.is !== "sealed") {
          if (seal.is === "another-key") key.doubted();
          warn(seal.why);
          return untouched(
            new ApiError(
              "Unavailable",
              `the header ${SEAL_HEADER} is for replicas among themselves, and ${seal.why}`,
            ),
            log,
          );
        }
        const reply = await api.fetch(request, server);
        if (reply.status !== 101) reply.headers.set(VERSION_HEADER, version);
        return reply;
      },
    }),
  };
}

/** A refusal to a replica that knows by it that nothing was done. */
export function untouched(error: ApiError, log: Log): Response {
  const reply = withSecurityHeaders(errorReply(error, log), "left out");
  reply.headers.set(UNTOUCHED_HEADER, "yes");
  reply.headers.set("retry-after", "1");
  return reply;
}
