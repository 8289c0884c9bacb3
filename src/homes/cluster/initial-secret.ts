/** The administrator's first password in the home namespace, where Argo CD's users look for it. */
import { fromBase64 } from "../../core/model/decoded-secret.ts";
import type { KubeObject } from "../../core/model/kube-object.ts";
import type { ObjectRef } from "../../core/model/object-ref.ts";
import { Secret } from "../../core/model/secret.ts";
import type { ClusterObjects } from "../../core/ports/cluster-objects.ts";

/** `password` of it. Source: https://argo-cd.readthedocs.io/en/stable/getting_started/ */
const NAME = "argocd-initial-admin-secret";
const KEY = "password";

/** Never writes over one: whoever comes second, another replica or this one after a restart, reads what the first wrote. */
export class InitialSecretInCluster {
  readonly #ref: ObjectRef;

  /** @param home the home's cluster as it is connected now; undefined: it is not */
  constructor(
    private readonly home: () => Pick<ClusterObjects, "create" | "read"> | undefined,
    namespace: string,
  ) {
    this.#ref = { group: "", kind: "Secret", namespace, name: NAME };
  }

  /**
   * @returns false where there is one, which stays
   * @throws where it cannot be told
   */
  async create(password: Secret): Promise<boolean> {
    const { name, namespace } = this.#ref;
    const object: KubeObject = {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name, namespace },
      type: "Opaque",
      data: { [KEY]: Buffer.from(password.reveal()).toString("base64") },
    };
    const outcome = await this.#objects().create(object, "write");
    if (outcome.is === "done") return true;
    if (outcome.is === "refused" && outcome.reason === "AlreadyExists") return false;
    throw new Error(
      `Secret ${namespace}/${name} cannot be made: ${outcome.is === "refused" ? outcome.message : outcome.why}. Let the daemon's account create and get Secrets in that namespace, or set a password by holdfast admin reset-password`,
    );
  }

  /** @throws where it cannot be told, or where what is there holds no password */
  async read(): Promise<Secret | undefined> {
    const { name, namespace } = this.#ref;
    const found = await this.#objects().read(this.#ref, "v1");
    if (found.is === "absent") return undefined;
    if (found.is !== "found") throw new Error(`Secret ${namespace}/${name} cannot be read: ${found.why}`);
    const kept = (found.object["data"] as Record<string, unknown> | undefined)?.[KEY];
    const password = typeof kept === "string" ? fromBase64(kept) : undefined;
    if (password === undefined || password === "")
      throw new Error(
        `Secret ${namespace}/${name} is there and holds no ${KEY}. Remove it, and it is made anew; or set a password by holdfast admin reset-password`,
      );
    return new Secret(password);
  }

  #objects(): Pick<ClusterObjects, "create" | "read"> {
    const objects = this.home();
    if (objects === undefined) throw new Error("the home cluster is not connected");
    return objects;
  }
}
