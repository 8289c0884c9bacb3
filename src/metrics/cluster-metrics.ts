import { Counter, Gauge, type Registry } from "prom-client";

/** One destination cluster at the moment of asking. */
export interface ClusterFigures {
  name: string;
  server: string;
  kubeVersion: string | undefined;
  connection: "connected" | "unreachable" | "starting";
  /** Objects in the live cache, and kinds that are watched. */
  objects: number;
  kinds: number;
  /** Our own requests so far, by verb: `list`, `get`, `apply`, `apply-dry-run` … */
  requests: Record<string, number>;
}

export class ClusterMetrics {
  readonly #events: Counter;

  constructor(
    private readonly registers: Registry[],
    private readonly clusters: () => readonly ClusterFigures[],
  ) {
    this.#gauge(
      "argocd_cluster_info",
      "One series a cluster, always 1.",
      ["server", "k8s_version", "name"],
      ({ server, kubeVersion, name }) => [{ server, k8s_version: kubeVersion ?? "", name }, 1],
    );
    this.#gauge(
      "argocd_cluster_connection_status",
      "1 where the cluster answers, 0 where it does not.",
      ["server", "k8s_version"],
      ({ server, kubeVersion, connection }) => [
        { server, k8s_version: kubeVersion ?? "" },
        connection === "connected" ? 1 : 0,
      ],
    );
    this.#gauge(
      "argocd_cluster_api_resource_objects",
      "Objects of the cluster that are known here.",
      ["server"],
      ({ server, objects }) => [{ server }, objects],
    );
    this.#gauge(
      "argocd_cluster_api_resources",
      "Kinds that are watched.",
      ["server"],
      ({ server, kinds }) => [{ server }, kinds],
    );

    this.#counter(
      "holdfast_api_requests_total",
      "Requests to API servers, by verb; `-dry-run` writes nothing.",
      ["cluster", "verb"],
      ({ name }, verb) => ({ cluster: name, verb }),
    );
    // Argo CD's labels for each application and kind are left empty: they would make a series for each of their products.
    this.#counter(
      "argocd_app_k8s_request_total",
      "Requests to API servers, of all applications together.",
      [
        "namespace",
        "name",
        "project",
        "server",
        "response_code",
        "verb",
        "resource_kind",
        "resource_namespace",
        "dry_run",
      ],
      ({ server }, verb) => ({
        namespace: "",
        name: "",
        project: "",
        server,
        response_code: "",
        verb: verb.replace(/-dry-run$/, ""),
        resource_kind: "",
        resource_namespace: "",
        dry_run: String(verb.endsWith("-dry-run")),
      }),
    );
    this.#events = new Counter({
      name: "argocd_cluster_events_total",
      help: "Watch events.",
      labelNames: ["server", "group", "kind"],
      registers,
    });
  }

  /** One watch event. */
  clusterEvent(server: string, { group, kind }: { group: string; kind: string }): void {
    this.#events.inc({ server, group, kind });
  }

  #gauge(
    name: string,
    help: string,
    labelNames: string[],
    of: (cluster: ClusterFigures) => [Record<string, string>, number],
  ): void {
    const { clusters } = this;
    new Gauge({
      name,
      help,
      labelNames,
      registers: this.registers,
      collect() {
        this.reset();
        for (const cluster of clusters()) this.set(...of(cluster));
      },
    });
  }

  /** The clients count for themselves; a scrape takes their totals over. */
  #counter(
    name: string,
    help: string,
    labelNames: string[],
    of: (cluster: ClusterFigures, verb: string) => Record<string, string>,
  ): void {
    const { clusters } = this;
    new Counter({
      name,
      help,
      labelNames,
      registers: this.registers,
      collect() {
        this.reset();
        for (const cluster of clusters())
          for (const [verb, count] of Object.entries(cluster.requests)) this.inc(of(cluster, verb), count);
      },
    });
  }
}
