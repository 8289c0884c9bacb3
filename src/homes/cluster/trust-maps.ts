/** The two ConfigMaps of certificates and host keys in the home namespace, as Argo CD's API makes them. */
import { KNOWN_HOSTS, readKnownHosts, TLS_CERTIFICATES, trustData } from "../../core/argocd/host-trust.ts";
import { PART_OF } from "../../core/argocd/setting-keys.ts";
import { Failure } from "../../core/model/failure.ts";
import type { KubeObject } from "../../core/model/kube-object.ts";
import type { KeptTrust } from "../../core/model/trusted-certificate.ts";
import type { ClusterObjects } from "../../core/ports/cluster-objects.ts";
import { canonicalJson } from "../../lib/canonical-json.ts";
import { isMapping } from "../../lib/is-mapping.ts";

type Objects = Pick<ClusterObjects, "read" | "create" | "replace">;
type Name = typeof TLS_CERTIFICATES | typeof KNOWN_HOSTS;

export class TrustMaps {
  /** @param home the home's cluster as it is connected now; undefined: it is not */
  constructor(
    private readonly home: () => Objects | undefined,
    private readonly namespace: string,
  ) {}

  /**
   * @param edit of what is there at that moment
   * @param wrote called once, after the first ConfigMap that was written
   * @returns what is there now
   * @throws {Failure} conflict, refused, cluster-unreachable; what `edit` throws
   */
  async change(edit: (now: KeptTrust) => KeptTrust, wrote: () => void): Promise<KeptTrust> {
    const objects = this.home();
    if (objects === undefined)
      throw new Failure("cluster-unreachable", `namespace ${this.namespace}`, "backoff", {
        cannot: "keep certificates",
        why: "the home cluster is not connected",
        fix: "Wait until it is: holdfast cluster list",
      });
    const maps = {
      [TLS_CERTIFICATES]: await this.#read(objects, TLS_CERTIFICATES),
      [KNOWN_HOSTS]: await this.#read(objects, KNOWN_HOSTS),
    };
    const before: KeptTrust = {
      authorities: new Map(
        Object.entries(textsIn(maps[TLS_CERTIFICATES])).map(([host, pem]) => [host.toLowerCase(), pem]),
      ),
      knownHosts: maps[KNOWN_HOSTS] === undefined ? "" : readKnownHosts(maps[KNOWN_HOSTS]),
    };
    const after = edit(before);
    let said = false;
    for (const name of [TLS_CERTIFICATES, KNOWN_HOSTS] as const) {
      if (canonicalJson(trustData(name, after)) === canonicalJson(trustData(name, before))) continue;
      await this.#write(objects, name, maps[name], trustData(name, after));
      if (!said) wrote();
      said = true;
    }
    return after;
  }

  async #read(objects: Objects, name: Name): Promise<KubeObject | undefined> {
    const found = await objects.read({ group: "", kind: "ConfigMap", namespace: this.namespace, name }, "v1");
    if (found.is === "found") return found.object;
    if (found.is === "absent") return undefined;
    throw new Failure(
      found.is === "unreachable" ? "cluster-unreachable" : "refused",
      `ConfigMap ${this.namespace}/${name}`,
      "backoff",
      { cannot: "read it", why: found.why },
    );
  }

  /** What others wrote beside it stays, and what they wrote since it was read. */
  async #write(
    objects: Objects,
    name: Name,
    standing: KubeObject | undefined,
    data: Record<string, string>,
  ): Promise<void> {
    // The known hosts' map may hold other keys, and the certificates' is all hosts.
    const kept = name === KNOWN_HOSTS ? { ...textsIn(standing), ...withoutKeys(data) } : data;
    const outcome =
      standing === undefined
        ? await objects.create(
            {
              apiVersion: "v1",
              kind: "ConfigMap",
              metadata: { name, namespace: this.namespace, labels: { [PART_OF.label]: PART_OF.value } },
              data: kept,
            },
            "write",
          )
        : await objects.replace({ ...standing, data: kept }, "write");
    if (outcome.is === "done") return;
    const object = `ConfigMap ${this.namespace}/${name}`;
    if (outcome.is === "unreachable")
      throw new Failure("cluster-unreachable", object, "backoff", { cannot: "write it", why: outcome.why });
    const isConflict = outcome.status === 409;
    throw new Failure(isConflict ? "conflict" : "refused", object, "after-edit", {
      cannot: "write it",
      why: isConflict ? "somebody made or changed it meanwhile" : outcome.message,
      fix: isConflict
        ? "Look at it, and try again"
        : "Let the daemon's account create and update ConfigMaps in that namespace",
    });
  }
}

/** With no host left its key is emptied. */
function withoutKeys(data: Record<string, string>): Record<string, string> {
  return { ssh_known_hosts: "", ...data };
}

function textsIn(configMap: KubeObject | undefined): Record<string, string> {
  const data = configMap?.["data"];
  return isMapping(data) ? (data as Record<string, string>) : {};
}
