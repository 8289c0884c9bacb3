import type { RequestPlaces } from "../core/ports/cluster.ts";
import type { LabelValues, Sample } from "./families.ts";
import type { Into } from "./into.ts";
import { BoundedCounter, MOST_NAMES } from "./series-bound.ts";

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
  places: RequestPlaces;
}

export class ClusterMetrics {
  readonly #events: BoundedCounter;

  constructor(
    private readonly into: Into,
    private readonly clusters: () => readonly ClusterFigures[],
  ) {
    this.#gauge("argocd_cluster_info", "One series a cluster, always 1.", ({ server, kubeVersion, name }) => [
      { server, k8s_version: kubeVersion ?? "", name },
      1,
    ]);
    this.#gauge(
      "argocd_cluster_connection_status",
      "1 where the cluster answers, 0 where it does not.",
      ({ server, kubeVersion, connection }) => [
        { server, k8s_version: kubeVersion ?? "" },
        connection === "connected" ? 1 : 0,
      ],
    );
    this.#gauge(
      "argocd_cluster_api_resource_objects",
      "Objects of the cluster that are known here.",
      ({ server, objects }) => [{ server }, objects],
    );
    this.#gauge("argocd_cluster_api_resources", "Kinds that are watched.", ({ server, kinds }) => [
      { server },
      kinds,
    ]);

    this.#gauge(
      "holdfast_api_requests_at_once",
      "Requests to an API server at once as it takes them: limits.requestsInFlight, or less where it refuses or gets slower.",
      ({ name, places }) => [{ cluster: name }, places.now],
    );
    this.#gauge(
      "holdfast_api_requests_waiting",
      "Requests to an API server that wait for a place, or for the end of a pause that it asked for.",
      ({ name, places }) => [{ cluster: name }, places.waiting],
    );
    this.#counter(
      "holdfast_api_requests_total",
      "Requests to API servers, by verb; `-dry-run` writes nothing.",
      ({ name }, verb) => ({ cluster: name, verb }),
    );
    // Argo CD's labels for each application and kind are left empty: they would make a series for each of their products.
    this.#counter(
      "argocd_app_k8s_request_total",
      "Requests to API servers, of all applications together.",
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
    this.#events = new BoundedCounter({
      name: "argocd_cluster_events_total",
      help: "Watch events.",
      labelNames: ["server", "group", "kind"],
      most: MOST_NAMES,
      registers: into.registers,
      leftOut: into.leftOut,
    });
  }

  /** One watch event. */
  clusterEvent(server: string, { group, kind }: { group: string; kind: string }): void {
    this.#events.inc({ server, group, kind });
  }

  #gauge(name: string, help: string, of: (cluster: ClusterFigures) => Sample): void {
    this.into.families.gauge(name, help, () => this.clusters().map(of));
  }

  /** The clients count for themselves; a scrape reads their totals. */
  #counter(name: string, help: string, of: (cluster: ClusterFigures, verb: string) => LabelValues): void {
    const { clusters } = this;
    this.into.families.counter(name, help, function* () {
      for (const cluster of clusters())
        for (const [verb, count] of Object.entries(cluster.requests)) yield [of(cluster, verb), count];
    });
  }
}
