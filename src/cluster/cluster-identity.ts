import type { KubeObject } from "../core/model/kube-object.ts";
import { type Backoff, backoffMs } from "../lib/backoff.ts";
import { type ApiClient, whyNoAnswer } from "./api-client.ts";
import { query } from "./paths.ts";

/** Its uid never changes in a cluster's life, and is another one where the storage was emptied. */
const NAMESPACE = "kube-system";

/** About a minute. */
const MOST_TRIES = 15;
const PAUSES: Backoff = { firstMs: 200, mostMs: 5_000 };

/** Which cluster answers at the address. Not known where we may not see Namespaces. */
export class ClusterIdentity {
  #uid: string | undefined;
  #learning: Promise<void> | undefined;

  constructor(readonly client: ApiClient) {}

  /** Notes which one it is, once. */
  learn(): void {
    this.#learning ??= this.#ask().then(
      (uid) => {
        this.#uid = uid;
      },
      (cause: unknown) => {
        if (!this.client.ending.aborted)
          this.client.log.error("cluster identity cannot be told", { why: whyNoAnswer(cause) });
      },
    );
  }

  /** Whether another cluster answers now than the one that was known before, if both are known. */
  async isAnother(): Promise<boolean> {
    await this.#learning;
    const before = this.#uid;
    const now = before === undefined ? await this.#ask() : await this.#untilTold();
    if (now === undefined) return false;
    this.#uid = now;
    if (before === undefined || before === now) return false;
    this.client.log.warn("another cluster answers at the address of this one: everything is listed anew", {
      before,
      now,
    });
    return true;
  }

  /** A server that has just started makes the namespace a moment later, and may refuse who asks before. */
  async #untilTold(): Promise<string | undefined> {
    for (let tries = 1; ; tries++) {
      const uid = await this.#ask();
      if (uid !== undefined || tries === MOST_TRIES) return uid;
      await this.client.clock.sleep(backoffMs(tries, PAUSES), this.client.ending);
    }
  }

  /** @returns undefined where it cannot be told now */
  async #ask(): Promise<string | undefined> {
    const answer = await this.client.ask({
      verb: "list",
      kind: "/Namespace",
      method: "GET",
      path: `/api/v1/namespaces${query({ fieldSelector: `metadata.name=${NAMESPACE}` })}`,
      accept: "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json",
      afterCut: "again",
      turn: { owner: "identity", urgency: "heal" },
    });
    if (answer.is !== "ok") return undefined;
    const { items = [] } = answer.body as { items?: KubeObject[] };
    return items.find(({ metadata }) => metadata.name === NAMESPACE)?.metadata.uid;
  }
}
