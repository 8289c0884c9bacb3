/** All Leases of a namespace of an API server that bear a label. */
import type { KubeObject } from "../core/model/kube-object.ts";
import type { LeaseAnswer } from "../core/ports/lease-api.ts";
import type { LeasesAnswer, LeasesApi } from "../core/ports/leases-api.ts";
import { isMapping } from "../lib/is-mapping.ts";
import { leaseAnswer } from "./cluster-lease.ts";
import { LeaseClient, type LeaseClientOptions } from "./lease-client.ts";
import { query } from "./paths.ts";

export interface ClusterLeasesOptions extends LeaseClientOptions {
  namespace: string;
  label: { name: string; value: string };
}

export class ClusterLeases implements LeasesApi {
  readonly #client: LeaseClient;
  readonly #selector: { labelSelector: string };

  /** @throws {Failure} config */
  constructor(options: ClusterLeasesOptions) {
    const { namespace, label } = options;
    this.#client = new LeaseClient(options, namespace);
    this.#selector = { labelSelector: `${label.name}=${label.value}` };
  }

  stop(): void {
    this.#client.stop();
  }

  async list(signal: AbortSignal): Promise<LeasesAnswer> {
    const answer = await this.#client.ask("list", query(this.#selector), signal);
    const all = leaseAnswer(answer);
    if (all.is === "failed") return all;
    const items: unknown = answer.is === "ok" && isMapping(answer.body) ? answer.body["items"] : undefined;
    if (!Array.isArray(items) || !items.every((item) => isMapping(item) && isMapping(item["metadata"])))
      return { is: "failed", why: "the answer is no list of Leases" };
    // Items of a list bear no kind of their own.
    const kind = { apiVersion: "coordination.k8s.io/v1", kind: "Lease" };
    return { is: "leases", objects: items.map((item: KubeObject) => ({ ...item, ...kind })) };
  }

  watch(told: (lease: KubeObject) => void, signal: AbortSignal): Promise<void> {
    return this.#client.watch(
      this.#selector,
      (type, lease) => {
        if (type === "there") told(lease);
      },
      signal,
    );
  }

  async remove({ metadata }: KubeObject, signal: AbortSignal): Promise<LeaseAnswer> {
    const { name = "", uid, resourceVersion } = metadata;
    const preconditions = { uid, resourceVersion };
    const body = { apiVersion: "v1", kind: "DeleteOptions", preconditions };
    return leaseAnswer(await this.#client.ask("delete", `/${encodeURIComponent(name)}`, signal, body));
  }
}
