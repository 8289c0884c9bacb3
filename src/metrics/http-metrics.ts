import { Histogram } from "prom-client";
import type { Into } from "./into.ts";
import { BoundedCounter, MOST_NAMES } from "./series-bound.ts";

/** One request that an operation of the API answered. */
export interface AnsweredRequest {
  /** As `/openapi.json` names it. */
  operation: string;
  /** As the API is routed: `/api/v1/applications/:name`. */
  path: string;
  /** HTTP's. */
  status: number;
  /** Until the answer began: streams have no end. */
  tookMs: number;
}

/** Which service of Argo CD's is behind each of its paths. Whatever else there is, is ours. */
const SERVICES: Readonly<Record<string, string>> = {
  account: "account.AccountService",
  applications: "application.ApplicationService",
  applicationsets: "applicationset.ApplicationSetService",
  certificates: "certificate.CertificateService",
  clusters: "cluster.ClusterService",
  projects: "project.ProjectService",
  repocreds: "repocreds.RepoCredsService",
  repositories: "repository.RepositoryService",
  session: "session.SessionService",
  settings: "cluster.SettingsService",
};
/** Beside `/api/v1`, where all the others are. */
const VERSION = "/api/version";

/** gRPC's names for what HTTP says; whatever else failed is `Unknown`. Source: the mapping of grpc-gateway, backwards. */
const CODES: Readonly<Record<number, string>> = {
  400: "InvalidArgument",
  401: "Unauthenticated",
  403: "PermissionDenied",
  404: "NotFound",
  409: "Aborted",
  429: "ResourceExhausted",
  500: "Internal",
  501: "Unimplemented",
  503: "Unavailable",
  504: "DeadlineExceeded",
};

/** Requests of the API, by our names and by those of Argo CD's server. */
export class HttpMetrics {
  readonly #requests: BoundedCounter;
  readonly #handled: BoundedCounter;
  readonly #logins: BoundedCounter;
  readonly #seconds: Histogram;

  constructor({ registers, leftOut }: Into) {
    const counter = (name: string, help: string, labelNames: string[]): BoundedCounter =>
      new BoundedCounter({ name, help, labelNames, registers, leftOut, most: MOST_NAMES });
    this.#requests = counter(
      "holdfast_http_requests_total",
      "Requests that operations of the API answered.",
      ["operation", "code"],
    );
    this.#handled = counter(
      "grpc_server_handled_total",
      "Requests of the API as Argo CD's server would count them; methods are named as our operations, and none came by gRPC.",
      ["grpc_service", "grpc_method", "grpc_code", "grpc_type"],
    );
    this.#logins = counter(
      "argocd_login_request_total",
      "Logins with a name and a password, by HTTP's status.",
      ["status"],
    );
    this.#seconds = new Histogram({
      name: "holdfast_http_request_duration_seconds",
      help: "Seconds until an answer of the API began.",
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
      registers,
    });
  }

  answered({ operation, path, status, tookMs }: AnsweredRequest): void {
    this.#requests.inc({ operation, code: String(status) });
    this.#seconds.observe(tookMs / 1000);
    if (operation === "signIn") this.#logins.inc({ status: String(status) });
    const called = calledOf(path);
    if (called === undefined) return;
    this.#handled.inc({
      grpc_service: called.service,
      grpc_method: operation,
      grpc_code: status < 400 ? "OK" : (CODES[status] ?? "Unknown"),
      grpc_type: called.type,
    });
  }
}

/** What of Argo CD's server a path calls; undefined for what is ours. */
function calledOf(path: string): { service: string; type: "unary" | "server_stream" } | undefined {
  if (path === VERSION) return { service: "version.VersionService", type: "unary" };
  const [, , , first = "", second = ""] = path.split("/");
  const isStream = first === "stream";
  const service = path.startsWith("/api/v1/") ? SERVICES[isStream ? second : first] : undefined;
  return service === undefined ? undefined : { service, type: isStream ? "server_stream" : "unary" };
}
