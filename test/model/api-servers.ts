/** The two clusters of an estate: sandboxes without a network, whose every request and event takes its time. */
import type { KubeObject } from "../../src/core/model/kube-object.ts";
import { parseRefKey, type RefKey, refKey } from "../../src/core/model/object-ref.ts";
import { type Sandbox, startSandbox } from "../../src/sandbox/sandbox.ts";
import { crd } from "../lib/manifests.ts";
import type { Passages } from "./passages.ts";
import { ORB } from "./reference-model.ts";
import { passageOf, pathOf, refOfPath } from "./requests.ts";
import { type AppName, CLUSTERS, type ClusterName, NAMESPACES, type OrbScope, type Slot } from "./script.ts";
import type { OperationSeen, Truth } from "./truth.ts";
import type { VirtualTime } from "./virtual-time.ts";

/** One write as the daemon sends it. */
export interface Deed {
  cluster: ClusterName;
  verb: "apply" | "patch" | "delete";
  key: RefKey;
  /** What is applied. */
  object: KubeObject | undefined;
  /** Precondition of a delete. */
  uid: string | undefined;
  /** When its request was begun. */
  moment: number;
  atMs: number;
  /** As they were then. */
  operations: ReadonlyMap<AppName, OperationSeen>;
  /** Applications that the daemon itself said were going or gone. */
  leaving: ReadonlySet<AppName>;
}

export interface Witness {
  leaving(): ReadonlySet<AppName>;
  /** The request reaches the server: before it is done. */
  arrives(deed: Deed): void;
  answered(deed: Deed, code: number, object: KubeObject | undefined): void;
}

interface OpenWatch {
  /** The daemon hears of it. */
  cut(): void;
  leave(): void;
}

const MERGE = "application/merge-patch+json";

export class ApiServers {
  readonly #sandboxes = new Map<ClusterName, Sandbox>();
  readonly #watches = new Map<ClusterName, Set<OpenWatch>>();
  /** Until when a server takes no connections. */
  readonly #refusing = new Map<ClusterName, number>();
  #daemon = 0;

  constructor(
    private readonly time: VirtualTime,
    private readonly passages: Passages,
    private readonly truth: Truth,
    private readonly witness: Witness,
    private readonly trace: (text: string) => void,
  ) {}

  async start(orbs: Record<ClusterName, OrbScope | "absent">): Promise<void> {
    for (const [at, name] of CLUSTERS.entries()) {
      const sandbox = await startSandbox({
        listen: `nowhere:${at + 1}`,
        clock: this.time.clock("world"),
        podMs: 2_000,
        stepMs: 10,
        onChange: ({ type, object }) =>
          this.truth.changed(name, object as KubeObject, type === "DELETED" ? "gone" : "there"),
      });
      this.#sandboxes.set(name, sandbox);
      this.#watches.set(name, new Set());
      for (const namespace of NAMESPACES)
        await this.asPerson(name, "POST", "/api/v1/namespaces", {
          apiVersion: "v1",
          kind: "Namespace",
          metadata: { name: namespace },
        });
      const scope = orbs[name];
      if (scope !== "absent") await this.define(name, scope);
    }
  }

  async stop(): Promise<void> {
    this.forgetDaemon();
    for (const sandbox of this.#sandboxes.values()) await sandbox.stop();
  }

  kubeconfig(cluster: ClusterName): string {
    return this.#sandbox(cluster).kubeconfig;
  }

  /** A request that nothing delays and no witness sees. */
  async asPerson(
    cluster: ClusterName,
    method: string,
    path: string,
    body?: unknown,
    contentType = "application/json",
  ): Promise<number> {
    const sandbox = this.#sandbox(cluster);
    const response = await sandbox.fetch(
      new Request(`${sandbox.url}${path}`, {
        method,
        headers: { authorization: `Bearer ${sandbox.token}`, "content-type": contentType },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
    );
    return response.status;
  }

  editObject(cluster: ClusterName, namespace: string, slot: "map" | "work", folder: string): Promise<number> {
    const path =
      slot === "map"
        ? `/api/v1/namespaces/${namespace}/configmaps/${slot}-${folder}`
        : `/apis/apps/v1/namespaces/${namespace}/deployments/${slot}-${folder}`;
    const change =
      slot === "map"
        ? { data: { version: "by hand", more: "by hand" } }
        : { spec: { template: { metadata: { annotations: { by: "hand" } } }, replicas: 2 } };
    return this.asPerson(cluster, "PATCH", `${path}?fieldManager=kubectl-edit`, change, MERGE);
  }

  async deleteObject(cluster: ClusterName, namespace: string, slot: Slot, folder: string): Promise<void> {
    for (const [key, { now }] of this.truth.objects[cluster]) {
      const { namespace: within, name } = parseRefKey(key);
      if (now === undefined || (within !== "" && within !== namespace)) continue;
      if (name !== `${slot}-${folder}` && !name.startsWith(`${slot}-${folder}-`)) continue;
      await this.asPerson(cluster, "DELETE", `${pathOf(now)}?propagationPolicy=Background`);
    }
  }

  async define(cluster: ClusterName, scope: OrbScope): Promise<void> {
    const definition = crd({ group: ORB.group, kind: ORB.kind, plural: ORB.plural });
    const code = await this.asPerson(
      cluster,
      "POST",
      "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
      {
        ...definition,
        spec: { ...(definition["spec"] as object), scope },
      },
    );
    if (code < 300) this.truth.note(this.truth.orbs[cluster], scope);
  }

  async undefine(cluster: ClusterName): Promise<void> {
    const name = `${ORB.plural}.${ORB.group}`;
    await this.asPerson(cluster, "DELETE", `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${name}`);
    this.truth.note(this.truth.orbs[cluster], undefined);
  }

  cutWatches(cluster: ClusterName): void {
    for (const { cut } of [...(this.#watches.get(cluster) ?? [])]) cut();
  }

  /** Its connections end, and for a while it takes no new ones. */
  refuse(cluster: ClusterName, forMs: number): void {
    this.#refusing.set(cluster, this.time.now + forMs);
    this.cutWatches(cluster);
  }

  /** What is under way still arrives, but nobody is there for the answers, nor hears that the watches ended. */
  forgetDaemon(): void {
    this.#daemon += 1;
    for (const watches of this.#watches.values()) {
      for (const { leave } of watches) leave();
      watches.clear();
    }
  }

  /** In place of Bun's: the way of the cluster adapter to the servers. */
  session(): unknown {
    const servers = this;
    return class {
      fetch(url: string, options: RequestInit = {}): Promise<Response> {
        return untilAborted(servers.#request(url, options), options.signal ?? undefined);
      }
      close(): void {}
    };
  }

  async #request(address: string, { signal, ...options }: RequestInit): Promise<Response> {
    const daemon = this.#daemon;
    const url = new URL(address);
    const cluster = CLUSTERS[Number(url.port) - 1] as ClusterName;
    const { method = "GET" } = options;
    const passage = passageOf(method, url, options.body);
    const name = `${cluster} ${method} ${url.pathname}`;
    const deed =
      passage === "apply" || passage === "delete" ? this.#deedOf(cluster, method, url, options) : undefined;
    signal?.throwIfAborted();
    await this.passages.through(passage, name, "world");
    if (this.time.now < (this.#refusing.get(cluster) ?? 0)) {
      if (daemon !== this.#daemon) return forever();
      throw new Error("the connection was refused");
    }
    if (deed !== undefined) this.witness.arrives(deed);
    const response = await this.#sandbox(cluster).fetch(new Request(address, options));
    if (passage === "watch" && response.body !== null) {
      if (daemon !== this.#daemon || signal?.aborted === true) {
        await response.body.cancel();
        return forever();
      }
      return new Response(this.#delayed(cluster, name, response.body, signal ?? undefined), {
        status: response.status,
        headers: response.headers,
      });
    }
    const text = await response.text();
    if (deed !== undefined)
      this.witness.answered(
        deed,
        response.status,
        response.ok && deed.verb !== "delete" ? (JSON.parse(text) as KubeObject) : undefined,
      );
    await this.passages.through("answer", name);
    if (daemon !== this.#daemon) return forever();
    signal?.throwIfAborted();
    // It was done, and nobody is told.
    if (this.time.now < (this.#refusing.get(cluster) ?? 0)) throw new Error("the connection was reset");
    return new Response(response.status === 304 ? null : text, {
      status: response.status,
      headers: response.headers,
    });
  }

  /** A watch's events in their order, each a while after it happened. */
  #delayed(
    cluster: ClusterName,
    name: string,
    from: ReadableStream<Uint8Array>,
    signal: AbortSignal | undefined,
  ): ReadableStream<Uint8Array> {
    const reader = from.getReader();
    const open = this.#watches.get(cluster);
    let isOpen = true,
      lastMs = 0;
    return new ReadableStream({
      start: (controller) => {
        const leave = () => {
          isOpen = false;
          void reader.cancel();
        };
        const end = (how: () => void) => {
          if (!isOpen) return;
          leave();
          open?.delete(watch);
          how();
        };
        const watch: OpenWatch = {
          cut: () => end(() => controller.error(new Error("the connection was reset"))),
          leave,
        };
        open?.add(watch);
        signal?.addEventListener("abort", () => end(() => controller.error(signal.reason)), { once: true });
        const pump = async (): Promise<void> => {
          for (;;) {
            const { done, value } = await reader.read();
            if (!isOpen) return;
            lastMs = Math.max(lastMs, this.time.now + this.passages.begin("event", name));
            this.time.after(lastMs - this.time.now, () => {
              if (!isOpen) return;
              if (done) end(() => controller.close());
              else controller.enqueue(value);
            });
            if (done) return;
          }
        };
        void pump();
      },
      cancel: () => {
        isOpen = false;
        void reader.cancel();
      },
    });
  }

  #deedOf(cluster: ClusterName, method: string, url: URL, { body }: RequestInit): Deed {
    const { group, kind, namespace, name } = refOfPath(url.pathname);
    const sent = typeof body === "string" ? (JSON.parse(body) as unknown) : undefined;
    const isPatch = method === "PATCH" && Array.isArray(sent);
    const object = method === "DELETE" || isPatch ? undefined : (sent as KubeObject);
    const options =
      method === "DELETE" ? (sent as { preconditions?: { uid?: string } } | undefined) : undefined;
    const deed: Deed = {
      cluster,
      verb: method === "DELETE" ? "delete" : isPatch ? "patch" : "apply",
      key: refKey({ group, kind, namespace, name: name === "" ? (object?.metadata.name ?? "") : name }),
      object,
      uid: options?.preconditions?.uid,
      moment: this.truth.next(),
      atMs: this.time.now,
      operations: new Map(this.truth.operations),
      leaving: this.witness.leaving(),
    };
    this.trace(`   ${deed.verb} ${cluster} ${deed.key} is sent`);
    return deed;
  }

  #sandbox(cluster: ClusterName): Sandbox {
    const sandbox = this.#sandboxes.get(cluster);
    if (sandbox === undefined) throw new Error(`${cluster} was not started`);
    return sandbox;
  }
}

/** Who asked hears of his own abort at once; what he sent is on its way all the same. */
function untilAborted<T>(answer: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return answer;
  return new Promise((resolve, reject) => {
    const aborted = () => reject(signal.reason);
    if (signal.aborted) return aborted();
    signal.addEventListener("abort", aborted, { once: true });
    const end = () => signal.removeEventListener("abort", aborted);
    answer.then(resolve, reject).finally(end);
  });
}

/** For a process that is gone. */
function forever(): Promise<never> {
  return new Promise(() => undefined);
}
