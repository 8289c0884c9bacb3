/** One Lease of an API server. */
import type { KubeObject } from "../core/model/kube-object.ts";
import type { LeaseAnswer, LeaseApi } from "../core/ports/lease-api.ts";
import { defined } from "../lib/defined.ts";
import { isMapping } from "../lib/is-mapping.ts";
import type { Answer } from "./api-client.ts";
import { LeaseClient, type LeaseClientOptions } from "./lease-client.ts";

export interface ClusterLeaseOptions extends LeaseClientOptions {
  place: { namespace: string; name: string };
}

export class ClusterLease implements LeaseApi {
  readonly #client: LeaseClient;
  readonly #path: string;

  /** @throws {Failure} config */
  constructor(private readonly options: ClusterLeaseOptions) {
    const { namespace, name } = options.place;
    this.#client = new LeaseClient(options, namespace);
    this.#path = `/${encodeURIComponent(name)}`;
  }

  stop(): void {
    this.#client.stop();
  }

  async read(signal: AbortSignal): Promise<LeaseAnswer> {
    return leaseAnswer(await this.#client.ask("get", this.#path, signal));
  }

  async create(lease: KubeObject, signal: AbortSignal): Promise<LeaseAnswer> {
    const answer = leaseAnswer(await this.#client.ask("create", "", signal, lease));
    // What is not there is the namespace.
    return answer.is === "absent"
      ? { is: "failed", why: `there is no namespace ${this.options.place.namespace}` }
      : answer;
  }

  async replace(lease: KubeObject, signal: AbortSignal): Promise<LeaseAnswer> {
    return leaseAnswer(await this.#client.ask("replace", this.#path, signal, lease));
  }

  watch(told: (lease: KubeObject | "absent") => void, signal: AbortSignal): Promise<void> {
    const fieldSelector = `metadata.name=${this.options.place.name}`;
    return this.#client.watch(
      { fieldSelector },
      (type, lease) => told(type === "gone" ? "absent" : lease),
      signal,
    );
  }
}

export function leaseAnswer(answer: Answer): LeaseAnswer {
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
