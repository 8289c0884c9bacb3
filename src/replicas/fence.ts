import { Failure } from "../core/model/failure.ts";
import type { WriteFence } from "../core/ports/write-fence.ts";
import type { Shard } from "../core/replicas/view.ts";

/** What holds the writes of one epoch together. It never lets one through again once that epoch is over. */
export interface Fence extends WriteFence {
  readonly epoch: number;
}

export function notLeading(lease: string, why: string): Failure {
  return new Failure("not-ready", `Lease ${lease}`, "backoff", { cannot: "write to clusters", why });
}

export function notHolding({ cluster, application }: Shard, why: string): Failure {
  return new Failure("not-ready", `application ${application}`, "backoff", {
    cannot: `write to cluster ${cluster}`,
    why,
  });
}
