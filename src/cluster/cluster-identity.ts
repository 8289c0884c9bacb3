import type { KubeObject } from "../core/model/kube-object.ts";
import { type ApiClient, whyNoAnswer } from "./api-client.ts";
import { query } from "./paths.ts";

/** Its uid never changes in a cluster's life, and is another one where the storage was emptied. */
const NAMESPACE = "kube-system";

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
    const before = this.#uid,
      now = await this.#ask();
    if (now === undefined) return false;
    this.#uid = now;
    if (before === undefined || before === now) return false;
    this.client.log.warn("another cluster answers at the address of this one: everything is listed anew", {
      before,
      now,
    });
    return true;
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
