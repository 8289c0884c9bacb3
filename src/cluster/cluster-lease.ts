/** One Lease of an API server, on connections of its own: what else is asked of that server holds no renewal up. */
import type { KubeObject } from "../core/model/kube-object.ts";
import type { Clock } from "../core/ports/clock.ts";
import type { LeaseAnswer, LeaseApi } from "../core/ports/lease-api.ts";
import type { Log } from "../core/ports/log.ts";
import { defined } from "../lib/defined.ts";
import { isMapping } from "../lib/is-mapping.ts";
import { systemClock } from "../lib/system-clock.ts";
import { Access, type AccessSource } from "./access.ts";
import { answerText } from "./answer-text.ts";
import { type Answer, ApiClient } from "./api-client.ts";
import { readStatus } from "./api-status.ts";
import { eachLine } from "./json-lines.ts";
import { query } from "./paths.ts";
import { TIMINGS } from "./timings.ts";

export interface ClusterLeaseOptions {
  source: AccessSource;
  context?: string | undefined;
  environment: Readonly<Record<string, string | undefined>>;
  place: { namespace: string; name: string };
  /** No request is of use for longer. */
  limitMs: number;
  log: Log;
  clock?: Clock;
}

const KIND = "coordination.k8s.io/Lease";
/** Bytes: what people write beside it is at most 256 KiB. */
const LONGEST_ANSWER = 1024 * 1024;
const WATCH_SECONDS = 300;

export class ClusterLease implements LeaseApi {
  readonly #client: ApiClient;
  readonly #collection: string;
  readonly #path: string;

  /** @throws {Failure} config */
  constructor(private readonly options: ClusterLeaseOptions) {
    const { source, context, environment, place, limitMs, log, clock = systemClock } = options;
    const access = new Access({
      ...{ source, context, environment, clock, trust: "operator" },
      pluginMs: TIMINGS.pluginMs,
    });
    const timings = { ...TIMINGS, readMs: limitMs, writeMs: limitMs, probeMs: limitMs };
    this.#client = new ApiClient(access, clock, Math.random, log, timings, 2, () => undefined);
    this.#collection = `/apis/coordination.k8s.io/v1/namespaces/${encodeURIComponent(place.namespace)}/leases`;
    this.#path = `${this.#collection}/${encodeURIComponent(place.name)}`;
  }

  stop(): void {
    this.#client.stop();
  }

  read(signal: AbortSignal): Promise<LeaseAnswer> {
    return this.#ask("get", "GET", this.#path, signal);
  }

  async create(lease: KubeObject, signal: AbortSignal): Promise<LeaseAnswer> {
    const answer = await this.#ask("create", "POST", this.#collection, signal, lease);
    // What is not there is the namespace.
    return answer.is === "absent"
      ? { is: "failed", why: `there is no namespace ${this.options.place.namespace}` }
      : answer;
  }

  replace(lease: KubeObject, signal: AbortSignal): Promise<LeaseAnswer> {
    return this.#ask("replace", "PUT", this.#path, signal, lease);
  }

  async watch(told: (lease: KubeObject | "absent") => void, signal: AbortSignal): Promise<void> {
    const fieldSelector = `metadata.name=${this.options.place.name}`;
    // Without a version it begins with what there is, and needs none that the server still knows.
    const path = this.#collection + query({ watch: "1", fieldSelector, timeoutSeconds: WATCH_SECONDS });
    const ending = new AbortController();
    const until = AbortSignal.any([signal, ending.signal]);
    const response = await this.#client.open({ verb: "watch", kind: KIND, path }, until);
    if (!response.ok || response.body === null) {
      const text = await answerText(response, LONGEST_ANSWER);
      const said: unknown = text.startsWith("{") ? JSON.parse(text) : text;
      throw new Error(readStatus(response.status, said).message);
    }
    await eachLine(response.body, (line) => {
      this.#client.liveness.heard();
      if (line === "" || until.aborted) return;
      const { type, object } = JSON.parse(line) as { type: string; object: KubeObject };
      if (type === "ERROR") ending.abort(new Error(readStatus(500, object).message));
      else if (type === "DELETED") told("absent");
      else if (type === "ADDED" || type === "MODIFIED") told(object);
    });
  }

  async #ask(
    verb: string,
    method: "GET" | "POST" | "PUT",
    path: string,
    signal: AbortSignal,
    body?: KubeObject,
  ): Promise<LeaseAnswer> {
    const answer = await this.#client.ask({
      ...{ verb, method, path, signal, kind: KIND, most: LONGEST_ANSWER },
      ...defined({ body }),
      turn: { owner: "leader election", urgency: "heal" },
      // Whether it is still meant is asked before each try.
      afterCut: "never",
    });
    return leaseAnswer(answer);
  }
}

function leaseAnswer(answer: Answer): LeaseAnswer {
  if (answer.is === "unreachable")
    return { is: "failed", why: answer.why, ...defined({ retryAfterMs: answer.retryAfterMs }) };
  if (answer.is === "ok")
    return isMapping(answer.body) && isMapping(answer.body["metadata"])
      ? { is: "lease", object: answer.body as unknown as KubeObject }
      : { is: "failed", why: "the answer is no Lease" };
  const { status, retryAfterMs } = answer;
  // Only the API server's own answers say what is there: a proxy's say nothing.
  if (status.code === 404 && status.reason === "NotFound") return { is: "absent" };
  if (status.code === 409 && (status.reason === "Conflict" || status.reason === "AlreadyExists"))
    return { is: "conflict" };
  return { is: "failed", why: status.message, ...defined({ retryAfterMs }) };
}
