/** Puts an installation into a cluster as whoever holds a kubeconfig, and says beforehand what that changes. */
import { changedFields } from "../core/install/changed-fields.ts";
import { Failure } from "../core/model/failure.ts";
import { FIELD_MANAGER } from "../core/model/field-manager.ts";
import type { KubeObject } from "../core/model/kube-object.ts";
import type { Log } from "../core/ports/log.ts";
import { defined } from "../lib/defined.ts";
import { systemClock } from "../lib/system-clock.ts";
import { Access } from "./access.ts";
import { ApiClient } from "./api-client.ts";
import { TIMINGS } from "./timings.ts";

/** `kept`: somebody else's, which is used as it is. `foreign`: somebody else's in the place of ours. */
export type InstallOutlook =
  | { is: "create" | "unchanged" | "kept" | "foreign" }
  /** `fields`: as `changedFields` shows them. */
  | { is: "change"; fields: readonly string[] };

export interface InstallerOptions {
  /** As failures name it. */
  cluster: string;
  kubeconfig: string;
  /** Default: the kubeconfig's current one. */
  context?: string;
  environment: Readonly<Record<string, string | undefined>>;
  log: Log;
  /** Labels of what installations made. */
  marks: Readonly<Record<string, string>>;
}

/** Kinds of an installation, and where they are served: `/api/v1` or `/apis/GROUP/VERSION` comes of the apiVersion. */
const PLURALS: Readonly<Record<string, string>> = {
  CustomResourceDefinition: "customresourcedefinitions",
  Namespace: "namespaces",
  ServiceAccount: "serviceaccounts",
  ClusterRole: "clusterroles",
  ClusterRoleBinding: "clusterrolebindings",
  Role: "roles",
  RoleBinding: "rolebindings",
  ConfigMap: "configmaps",
  PersistentVolumeClaim: "persistentvolumeclaims",
  NetworkPolicy: "networkpolicies",
  Service: "services",
  Deployment: "deployments",
};
/** Kinds by which an installation is known again, in its own namespace; bindings lie in those of its rights too. */
const WITHIN = ["ConfigMap", "PersistentVolumeClaim", "Deployment", "Role"];
const ANYWHERE = ["RoleBinding", "ClusterRole", "ClusterRoleBinding"];
const GROUPS: Readonly<Record<string, string>> = {
  ConfigMap: "v1",
  PersistentVolumeClaim: "v1",
  Deployment: "apps/v1",
};
const RBAC = "rbac.authorization.k8s.io/v1";
/** What others made of these is as good. */
const SHARED = new Set(["CustomResourceDefinition", "Namespace"]);
const VERBS = { GET: "get", PATCH: "apply", DELETE: "delete" } as const;
const LONGEST_ANSWER = 8 * 1024 * 1024;
const SHORT = { ...TIMINGS, readMs: 10_000, writeMs: 30_000 };

export class Installer {
  readonly #client: ApiClient;

  /** @throws {Failure} config where the kubeconfig, or the context, is none */
  constructor(private readonly options: InstallerOptions) {
    const access = new Access({
      source: { file: options.kubeconfig },
      context: options.context,
      trust: "operator",
      environment: options.environment,
      pluginMs: TIMINGS.pluginMs,
      clock: systemClock,
    });
    this.#client = new ApiClient(access, systemClock, Math.random, options.log, SHORT, 4, () => undefined);
  }

  stop(): void {
    this.#client.stop();
  }

  /**
   * What installations made that is of this namespace, or of the whole cluster.
   * @throws {Failure} cluster-auth, forbidden, cluster-unreachable
   */
  async marked(namespace: string): Promise<KubeObject[]> {
    const marks = Object.entries(this.options.marks).map(([name, value]) => `${name}=${value}`);
    const found: KubeObject[] = [];
    for (const kind of [...WITHIN, ...ANYWHERE]) {
      const apiVersion = GROUPS[kind] ?? RBAC;
      const metadata = { name: "", ...(WITHIN.includes(kind) ? { namespace } : {}) };
      const path = pathOf({ apiVersion, kind, metadata }).slice(0, -1);
      const answer = await this.#ask("GET", `${path}?labelSelector=${encodeURIComponent(marks.join())}`);
      if (answer.is !== "ok") throw this.#refused("list", { apiVersion, kind, metadata }, answer);
      // A list says once for all of them what they are.
      const { items } = answer.body as { items: Omit<KubeObject, "apiVersion" | "kind">[] };
      for (const each of items) found.push({ ...each, apiVersion, kind } as KubeObject);
    }
    return found;
  }

  /** What `apply` would do with it. Nothing is written. @throws {Failure} cluster-auth, forbidden, cluster-unreachable */
  async outlook(object: KubeObject): Promise<InstallOutlook> {
    const live = await this.#ask("GET", pathOf(object));
    if (live.is === "status" && live.status.code === 404) return { is: "create" };
    if (live.is !== "ok") throw this.#refused("read", object, live);
    const there = live.body as KubeObject;
    if (!this.#isOurs(there)) return { is: SHARED.has(object.kind) ? "kept" : "foreign" };
    const tried = await this.#apply(object, "&dryRun=All");
    if (tried.is !== "ok") throw this.#refused("apply", object, tried);
    const fields = changedFields(there, tried.body as KubeObject);
    return fields.length === 0 ? { is: "unchanged" } : { is: "change", fields };
  }

  /** Only as it was read: one that somebody changed since stays. @throws {Failure} as `apply` */
  async remove(object: KubeObject): Promise<void> {
    const { uid, resourceVersion } = object.metadata;
    const answer = await this.#ask("DELETE", pathOf(object), { preconditions: { uid, resourceVersion } });
    const isGone = answer.is === "status" && answer.status.code === 404;
    if (answer.is !== "ok" && !isGone) throw this.#refused("remove", object, answer);
  }

  /** @throws {Failure} cluster-auth, forbidden, refused, cluster-unreachable */
  async apply(object: KubeObject): Promise<void> {
    const answer = await this.#apply(object, "");
    if (answer.is !== "ok") throw this.#refused("apply", object, answer);
  }

  #isOurs({ metadata }: KubeObject): boolean {
    const labels = metadata.labels ?? {};
    return Object.entries(this.options.marks).every(([name, value]) => labels[name] === value);
  }

  #apply(object: KubeObject, more: string): ReturnType<ApiClient["ask"]> {
    return this.#ask(
      "PATCH",
      `${pathOf(object)}?fieldManager=${FIELD_MANAGER}&force=true${more}`,
      object,
      "application/apply-patch+yaml",
    );
  }

  #ask(
    method: "GET" | "PATCH" | "DELETE",
    path: string,
    body?: unknown,
    contentType?: string,
  ): ReturnType<ApiClient["ask"]> {
    return this.#client.ask({
      verb: VERBS[method],
      kind: "",
      method,
      path,
      ...defined({ body, contentType }),
      turn: { owner: "install", urgency: "heal" },
      most: LONGEST_ANSWER,
      afterCut: "again",
    });
  }

  #refused(
    cannot: string,
    { kind, metadata }: KubeObject,
    answer: Exclude<Awaited<ReturnType<ApiClient["ask"]>>, { is: "ok" }>,
  ): Failure {
    const object = `${kind} ${metadata.namespace === undefined ? "" : `${metadata.namespace}/`}${metadata.name} of ${this.options.cluster}`;
    if (answer.is === "unreachable")
      return new Failure("cluster-unreachable", object, "backoff", {
        cannot,
        why: answer.why,
        fix: "Look at the context and its server",
      });
    const { code, message } = answer.status;
    return code === 401 || code === 403
      ? new Failure(code === 401 ? "cluster-auth" : "forbidden", object, "after-edit", {
          cannot,
          why: message,
          fix: "Use a context that may administer the cluster: --kube-context",
        })
      : new Failure("refused", object, "after-edit", {
          cannot,
          why: message,
          ...(code === 409 ? { fix: "Somebody changed it meanwhile: run install again" } : {}),
        });
  }
}

function pathOf({ apiVersion, kind, metadata: { name, namespace } }: KubeObject): string {
  const plural = PLURALS[kind];
  if (plural === undefined) throw new TypeError(`an installation has no ${kind}`);
  const within = namespace === undefined ? "" : `/namespaces/${encodeURIComponent(namespace)}`;
  return `${apiVersion === "v1" ? "/api" : "/apis"}/${apiVersion}${within}/${plural}/${encodeURIComponent(name)}`;
}
