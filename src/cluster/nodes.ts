/**
 * What nodes have room for, read one by one when somebody looks at Pods on them. They are not watched: a node is 10 to 20 KB
 * with the images that it holds, its status is written all the time, and what it has room for hardly ever changes.
 */
import type { ClusterScope } from "../core/model/cluster-entry.ts";
import type { KubeObject } from "../core/model/kube-object.ts";
import { factsOf, type NodeLookup } from "../core/model/node-room.ts";
import { isMapping } from "../lib/is-mapping.ts";
import { Lru } from "../lib/lru.ts";
import { SharedWork } from "../lib/shared-work.ts";
import type { ApiClient } from "./api-client.ts";

/** What was read counts so long, and so does that it may not be read. */
const KNOWN_FOR_MS = 60_000;
/** Of one call; what an application has on more nodes is not looked at. */
const MOST = 100;
/** Of one call at once. */
const AT_ONCE = 4;
/** Names of which something is remembered. */
const REMEMBERED = 5_000;

/** `at`: by a clock that is never set. */
interface Known {
  at: number;
  lookup: NodeLookup;
}

export class Nodes {
  readonly #known = new Lru<string, Known>(REMEMBERED);
  readonly #reading = new SharedWork<string, void>();
  /** Nobody asks for a node where another one was forbidden a moment ago. */
  #forbidden: { at: number; why: string } | undefined;
  readonly #leftOut: string | undefined;

  constructor(
    private readonly client: Pick<ApiClient, "ask" | "clock" | "ending">,
    scope: ClusterScope,
  ) {
    this.#leftOut =
      scope.is === "namespaces" && scope.clusterResources === "left-out"
        ? `this cluster is confined to namespaces (${scope.namespaces.join(", ")}) without clusterResources`
        : undefined;
  }

  get(name: string): NodeLookup {
    if (this.#leftOut !== undefined) return { is: "unknown", why: this.#leftOut };
    const known = this.#known.get(name)?.lookup;
    if (known !== undefined) return known;
    return { is: "unknown", why: this.#forbiddenNow() ?? "it was not read yet" };
  }

  async learn(names: readonly string[]): Promise<void> {
    if (this.#leftOut !== undefined) return;
    const due = names
      .slice(0, MOST)
      .filter((name) => !this.#isOfNow(this.#known.get(name)))
      .values();
    const work = async (): Promise<void> => {
      for (const name of due) await this.#reading.run(name, undefined, () => this.#read(name));
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    for (const name of names.slice(MOST))
      if (this.#known.get(name) === undefined)
        this.#put(name, { is: "unknown", why: `of one application ${MOST} nodes are read` });
  }

  /** Another cluster answers. */
  forget(): void {
    this.#known.clear();
    this.#forbidden = undefined;
  }

  async #read(name: string): Promise<void> {
    if (this.#forbiddenNow() !== undefined) return;
    const answer = await this.client
      .ask({
        verb: "get",
        kind: "/Node",
        method: "GET",
        path: `/api/v1/nodes/${encodeURIComponent(name)}`,
        afterCut: "again",
        turn: { owner: "nodes", urgency: "list" },
      })
      .catch((cause: unknown) => {
        if (this.client.ending.aborted) return undefined;
        throw cause;
      });
    if (answer === undefined) return;
    if (answer.is === "ok" && isNode(answer.body, name))
      return this.#put(name, { is: "known", node: factsOf(answer.body) });
    if (answer.is === "status" && answer.status.code === 403) {
      // Who may not read one may read none, and where that changed what was read before is of before.
      this.#known.clear();
      this.#forbidden = {
        at: this.client.clock.monotonic(),
        why: `the daemon may not read Nodes (${answer.status.message}): grant get on nodes`,
      };
      return;
    }
    const why =
      answer.is === "unreachable"
        ? answer.why
        : answer.is === "status"
          ? answer.status.message
          : "the answer is no Node";
    // What was known of it is better than nothing, but not where it is gone.
    const isGone = answer.is === "status" && answer.status.code === 404;
    const before = this.#known.get(name)?.lookup;
    this.#put(name, before?.is === "known" && !isGone ? before : { is: "unknown", why });
  }

  #put(name: string, lookup: NodeLookup): void {
    this.#known.set(name, { at: this.client.clock.monotonic(), lookup });
  }

  #isOfNow(of: { at: number } | undefined): boolean {
    return of !== undefined && this.client.clock.monotonic() - of.at < KNOWN_FOR_MS;
  }

  #forbiddenNow(): string | undefined {
    return this.#isOfNow(this.#forbidden) ? this.#forbidden?.why : undefined;
  }
}

function isNode(body: unknown, name: string): body is KubeObject {
  if (!isMapping(body) || body["kind"] !== "Node") return false;
  const { metadata } = body;
  return isMapping(metadata) && metadata["name"] === name;
}
