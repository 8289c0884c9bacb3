/** What is asked of an API server about Leases, on connections of its own: what else is asked of it holds no renewal up. */
import type { KubeObject } from "../core/model/kube-object.ts";
import type { Clock } from "../core/ports/clock.ts";
import type { Log } from "../core/ports/log.ts";
import { defined } from "../lib/defined.ts";
import { systemClock } from "../lib/system-clock.ts";
import { Access, type AccessSource } from "./access.ts";
import { answerText } from "./answer-text.ts";
import { type Answer, ApiClient } from "./api-client.ts";
import { readStatus } from "./api-status.ts";
import { eachLine } from "./json-lines.ts";
import { query } from "./paths.ts";
import { TIMINGS } from "./timings.ts";

export interface LeaseClientOptions {
  source: AccessSource;
  context?: string | undefined;
  environment: Readonly<Record<string, string | undefined>>;
  /** No request is of use for longer. */
  limitMs: number;
  log: Log;
  clock?: Clock;
}

const KIND = "coordination.k8s.io/Lease";
/** Bytes: what people write beside it is at most 256 KiB. */
const LONGEST_ANSWER = 1024 * 1024;
const WATCH_SECONDS = 300;

export class LeaseClient {
  readonly #client: ApiClient;
  readonly #collection: string;

  /** @throws {Failure} config */
  constructor(options: LeaseClientOptions, namespace: string) {
    const { source, context, environment, limitMs, log, clock = systemClock } = options;
    const access = new Access({
      ...{ source, context, environment, clock, trust: "operator" },
      pluginMs: TIMINGS.pluginMs,
    });
    const timings = { ...TIMINGS, readMs: limitMs, writeMs: limitMs, probeMs: limitMs };
    this.#client = new ApiClient(access, clock, Math.random, log, timings, 2, () => undefined);
    this.#collection = `/apis/coordination.k8s.io/v1/namespaces/${encodeURIComponent(namespace)}/leases`;
  }

  stop(): void {
    this.#client.stop();
  }

  /** @param path below the collection: a query, or a slash and a name */
  ask(
    verb: "get" | "list" | "create" | "replace" | "delete",
    path: string,
    signal: AbortSignal,
    body?: KubeObject | Record<string, unknown>,
  ): Promise<Answer> {
    const method = ({ create: "POST", replace: "PUT", delete: "DELETE" } as const)[verb as "create"] ?? "GET";
    return this.#client.ask({
      ...{ verb, method, signal, kind: KIND },
      most: verb === "list" ? LONGEST_ANSWER * 8 : LONGEST_ANSWER,
      path: this.#collection + path,
      ...defined({ body }),
      turn: { owner: "leader election", urgency: "heal" },
      // Whether it is still meant is asked before each try.
      afterCut: "never",
    });
  }

  /** Without a version it begins with what there is, and needs none that the server still knows. */
  async watch(
    selector: Record<string, string>,
    told: (type: "there" | "gone", lease: KubeObject) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const path = this.#collection + query({ watch: "1", ...selector, timeoutSeconds: WATCH_SECONDS });
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
      else if (type === "DELETED") told("gone", object);
      else if (type === "ADDED" || type === "MODIFIED") told("there", object);
    });
  }
}
