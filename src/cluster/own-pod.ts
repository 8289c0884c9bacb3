/**
 * Whether the daemon runs in a cluster, and on what: the token of its account names its Pod, and only its own cluster has
 * one of that uid, by whatever road it is reached.
 * https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/#schema-for-service-account-private-claims
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { KubeObject } from "../core/model/kube-object.ts";
import { type ObjectRef, type RefKey, refKey } from "../core/model/object-ref.ts";
import type { OwnPodLookup } from "../core/model/own-pod.ts";
import { bindsTo } from "../core/plan/self-protection.ts";
import type { Clock } from "../core/ports/clock.ts";
import { isMapping } from "../lib/is-mapping.ts";
import type { ApiClient } from "./api-client.ts";
import type { Discovery } from "./discovery.ts";
import { listPages } from "./list-pages.ts";
import type { Objects } from "./objects.ts";

/** A Pod does not change what it runs on; the roles that are bound to its account may. */
const KNOWN_FOR_MS = 5 * 60_000;
/** Where no answer came: whoever looks at the cluster waits for a further one no sooner. */
const AGAIN_AFTER_MS = 10_000;
const RBAC = "rbac.authorization.k8s.io";

interface Parts {
  client: ApiClient;
  discovery: Discovery;
  objects: Objects;
  clock: Clock;
  /** Where the daemon's account lies, if it runs in a Pod. */
  folder: string;
  /** `by-account`: the account is what speaks to this cluster, so it is the daemon's own. */
  reached: "by-account" | "otherwise";
}

interface Account {
  namespace: string;
  serviceAccount: string;
  /** Absent in tokens that are bound to none. */
  pod?: { name: string; uid: string };
}

export class OwnPodFinder {
  #lookup: OwnPodLookup = { is: "unknown", why: "it was not looked for yet" };
  /** Milliseconds, monotonic: what was found is believed, or nobody asks again after nothing was. */
  #restsUntil = Number.NEGATIVE_INFINITY;
  #looking: Promise<void> | undefined;

  constructor(private readonly parts: Parts) {
    // Nothing to ask anybody for.
    if (accountIn(parts.folder) === undefined) this.#lookup = { is: "elsewhere" };
  }

  get lookup(): OwnPodLookup {
    return this.#lookup;
  }

  /** Asks where that is some time ago; what was known stays known where no answer comes. */
  refresh(): Promise<void> {
    if (this.parts.clock.monotonic() < this.#restsUntil) return Promise.resolve();
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  async #look(): Promise<void> {
    const { clock, folder } = this.parts;
    const account = accountIn(folder);
    const found: OwnPodLookup = account === undefined ? { is: "elsewhere" } : await this.#find(account);
    // What was known stays: a cluster that does not answer takes no protection away.
    if (found.is !== "unknown" || this.#lookup.is === "unknown") this.#lookup = found;
    this.#restsUntil = clock.monotonic() + (found.is === "unknown" ? AGAIN_AFTER_MS : KNOWN_FOR_MS);
  }

  async #find({ pod: bound, ...account }: Account): Promise<OwnPodLookup> {
    const { objects, reached } = this.parts;
    const { namespace } = account;
    const unread = (): Promise<OwnPodLookup> | OwnPodLookup =>
      reached === "by-account" ? this.#here(account, undefined) : { is: "elsewhere" };
    if (bound === undefined) return unread();
    const found = await objects.read(inPod("Pod", namespace, bound.name), "v1");
    switch (found.is) {
      case "found":
        return found.live.uid === bound.uid ? this.#here(account, found.object) : { is: "elsewhere" };
      case "absent":
        return { is: "elsewhere" };
      case "forbidden":
        return unread();
      case "unreachable":
        return { is: "unknown", why: `the Pod that it runs in cannot be read: ${found.why}` };
    }
  }

  /** @param pod undefined where the daemon may not read it */
  async #here(account: Omit<Account, "pod">, pod: KubeObject | undefined): Promise<OwnPodLookup> {
    const { namespace, serviceAccount } = account;
    const bound = await Promise.all(
      ["ClusterRoleBinding", "RoleBinding"].map((kind) => this.#roles(account, kind)),
    );
    const roles: RefKey[] = [];
    for (const one of bound) {
      if (one.is === "unknown") return one;
      roles.push(...one.roles);
    }
    return {
      is: "here",
      pod: {
        ...account,
        labels: pod?.metadata.labels ?? (pod === undefined ? undefined : {}),
        uses: new Set([
          refKey(inPod("ServiceAccount", namespace, serviceAccount)),
          ...(pod === undefined ? [] : usedBy(pod, namespace)),
          ...roles,
        ]),
      },
    };
  }

  /** What bindings of a kind give the account. What may not be listed may hardly be deleted either. */
  async #roles(
    account: Omit<Account, "pod">,
    kind: string,
  ): Promise<{ is: "known"; roles: RefKey[] } | Extract<OwnPodLookup, { is: "unknown" }>> {
    const { client, discovery } = this.parts;
    const unknown = (why: string) =>
      ({
        is: "unknown",
        why: `what its account may do cannot be told, for ${kind} cannot be listed: ${why}`,
      }) as const;
    const lookup = await discovery.kind({ group: RBAC, version: "", kind });
    if (lookup.is === "absent") return { is: "known", roles: [] };
    if (lookup.is === "unreachable") return unknown(lookup.why);
    const found = await listPages(client, lookup.info, "", { owner: "what Holdfast lives on" });
    if (found.is === "unreachable") return unknown(found.why);
    return { is: "known", roles: found.objects.flatMap((binding) => roleOf(binding, account)) };
  }
}

/** @returns of a binding of others none */
function roleOf(binding: KubeObject, account: Omit<Account, "pod">): RefKey[] {
  const role = binding["roleRef"];
  if (!bindsTo(account, binding["subjects"]) || !isMapping(role)) return [];
  const { kind, name } = role as { kind: string; name: string };
  const namespace = kind === "Role" ? (binding.metadata.namespace ?? "") : "";
  return [refKey({ group: RBAC, kind, namespace, name })];
}

function inPod(kind: string, namespace: string, name: string): ObjectRef {
  return { group: "", kind, namespace, name };
}

/** @returns undefined where there is none: the daemon runs in no Pod, or in one without its account */
function accountIn(folder: string): Account | undefined {
  let claims: unknown;
  try {
    const [, payload = ""] = readFileSync(join(folder, "token"), "utf8").split(".");
    claims = JSON.parse(Buffer.from(payload, "base64url").toString());
  } catch {
    return undefined;
  }
  if (!isMapping(claims)) return undefined;
  const [, namespace, serviceAccount] =
    /^system:serviceaccount:([^:]+):([^:]+)$/.exec(String(claims["sub"])) ?? [];
  if (namespace === undefined || serviceAccount === undefined) return undefined;
  const bound = claims["kubernetes.io"];
  const pod = isMapping(bound) ? bound["pod"] : undefined;
  return isMapping(pod) && typeof pod["name"] === "string" && typeof pod["uid"] === "string"
    ? { namespace, serviceAccount, pod: { name: pod["name"], uid: pod["uid"] } }
    : { namespace, serviceAccount };
}

/** The Pod, and what it mounts or reads: without one of these it does not start again. */
function usedBy(pod: KubeObject, namespace: string): RefKey[] {
  const spec = pod.spec as PodSpec;
  const containers = [...(spec.containers ?? []), ...(spec.initContainers ?? [])];
  const env = containers.flatMap((one) => one.env ?? []).map(({ valueFrom }) => valueFrom);
  const envFrom = containers.flatMap((one) => one.envFrom ?? []);
  const volumes = spec.volumes ?? [];
  const projected = volumes.flatMap((volume) => volume.projected?.sources ?? []);
  const names: [kind: string, name: string | undefined][] = [
    ["Pod", pod.metadata.name],
    ...volumes.map((volume): [string, string | undefined] => [
      "PersistentVolumeClaim",
      volume.persistentVolumeClaim?.claimName,
    ]),
    ...volumes.map((volume): [string, string | undefined] => ["Secret", volume.secret?.secretName]),
    ...[...volumes, ...projected].map((one): [string, string | undefined] => [
      "ConfigMap",
      one.configMap?.name,
    ]),
    ...projected.map((one): [string, string | undefined] => ["Secret", one.secret?.name]),
    ...env.map((from): [string, string | undefined] => ["ConfigMap", from?.configMapKeyRef?.name]),
    ...env.map((from): [string, string | undefined] => ["Secret", from?.secretKeyRef?.name]),
    ...envFrom.map((from): [string, string | undefined] => ["ConfigMap", from.configMapRef?.name]),
    ...envFrom.map((from): [string, string | undefined] => ["Secret", from.secretRef?.name]),
    ...(spec.imagePullSecrets ?? []).map((one): [string, string | undefined] => ["Secret", one.name]),
  ];
  return names.flatMap(([kind, name]) => (name === undefined ? [] : [refKey(inPod(kind, namespace, name))]));
}

interface Named {
  name?: string;
}

interface PodSpec {
  containers?: Container[];
  initContainers?: Container[];
  imagePullSecrets?: Named[];
  volumes?: {
    persistentVolumeClaim?: { claimName?: string };
    configMap?: Named;
    secret?: { secretName?: string };
    projected?: { sources?: { configMap?: Named; secret?: Named }[] };
  }[];
}

interface Container {
  env?: { valueFrom?: { configMapKeyRef?: Named; secretKeyRef?: Named } }[];
  envFrom?: { configMapRef?: Named; secretRef?: Named }[];
}
