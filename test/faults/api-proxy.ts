/**
 * API servers that are ill for a while, each in a way of its own: what one request suffers is `test/lib/api-proxy.ts`, what
 * a whole server suffers is here, by a word.
 */
import { type ApiProxy, type ProxiedRequest, startApiProxy } from "../lib/api-proxy.ts";

export type Illness =
  /** Every connection ends without a word. */
  | { is: "dead" }
  /** Requests are taken and never answered; watches go on. `but`: those that are answered. */
  | { is: "hung"; but?: (request: ProxiedRequest) => boolean }
  /** Every answer is late by so much. */
  | { is: "slow"; ms: number }
  /** 429 to everything but probes. */
  | { is: "busy"; retryAfterSeconds: number }
  /** Every answer ends in its middle. */
  | { is: "truncated" }
  /** Watches are told that their place is too old, each time. */
  | { is: "forgetful" }
  /** Lists answer as they did at first, each with an older version than the one before; watches are forgetful. */
  | { is: "going-back" }
  /** Another server answers, as behind an address that was given away. `to`: its kubeconfig, as an administrator. */
  | { is: "another"; to: string }
  /** Each event comes as often as this says: never, or several times. */
  | { is: "telling"; times: (event: WatchLine) => number };

export interface WatchLine {
  type: string;
  object: { kind?: string; metadata: { name?: string; namespace?: string; resourceVersion?: string } };
}

export interface IllApi extends ApiProxy {
  /** From now on, until it has another illness or is well; watches that are open end, but where it is only hung. */
  suffer(illness: Illness): void;
  /** Whatever hangs or is open is cut, as by a server that is started anew. */
  recover(): void;
}

const isProbe = ({ path }: ProxiedRequest): boolean => path.startsWith("/readyz");
const isList = ({ method, path, isWatch }: ProxiedRequest): boolean =>
  method === "GET" && !isWatch && /[?&]limit=/.test(path);

/** @param upstream path of an administrator's kubeconfig */
export async function startIllApi(upstream: string): Promise<IllApi> {
  const proxy = await startApiProxy(upstream);
  let ends: (() => void)[] = [];
  const recover = (): void => {
    for (const end of ends.splice(0)) end();
    proxy.cutAll();
  };
  return {
    ...proxy,
    recover,
    suffer(illness) {
      for (const end of ends.splice(0)) end();
      ends = begin(proxy, illness);
      if (illness.is !== "hung" && illness.is !== "slow") proxy.cutWatches();
    },
  };
}

/** @returns what ends it */
function begin(proxy: ApiProxy, illness: Illness): (() => void)[] {
  const all = (): boolean => true;
  switch (illness.is) {
    case "dead":
      return [proxy.inject(all, { do: "cut" })];
    case "hung": {
      const { but = () => false } = illness;
      return [proxy.inject((request) => !request.isWatch && !but(request), { do: "hang" })];
    }
    case "slow":
      return [proxy.inject(all, { do: "delay", ms: illness.ms })];
    case "busy":
      return [proxy.inject((request) => !isProbe(request), refusal(illness.retryAfterSeconds))];
    case "truncated":
      return [proxy.inject((request) => !isProbe(request), { do: "truncate" })];
    case "forgetful":
      return [proxy.inject(({ isWatch }) => isWatch, TOO_OLD)];
    case "going-back":
      return [
        proxy.inject(({ isWatch }) => isWatch, TOO_OLD),
        proxy.inject(isList, { do: "rewrite", with: goingBack() }),
      ];
    case "another":
      return [proxy.inject(all, { do: "lead", to: illness.to })];
    case "telling":
      return [proxy.inject(({ isWatch }) => isWatch, { do: "tell", times: illness.times as never })];
  }
}

const status = (code: number, reason: string, message: string) => ({
  ...{ kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure" },
  ...{ code, reason, message },
});

const refusal = (seconds: number) =>
  ({
    do: "answer",
    status: 429,
    headers: { "retry-after": String(seconds) },
    body: status(429, "TooManyRequests", "too many requests, please try again later"),
  }) as const;

const TOO_OLD = {
  do: "say",
  line: { type: "ERROR", object: status(410, "Expired", "too old resource version") },
} as const;

/** The first answer to each question is the one that is given again, from ever longer ago. */
function goingBack(): (body: Record<string, any>, request: ProxiedRequest) => Record<string, unknown> {
  const first = new Map<string, Record<string, any>>();
  let back = 0;
  return (body, { path }) => {
    const known = first.get(path) ?? body;
    first.set(path, known);
    const version = Math.max(1, Number(known["metadata"]?.resourceVersion ?? 1) - ++back);
    return { ...known, metadata: { ...known["metadata"], resourceVersion: String(version) } };
  };
}
