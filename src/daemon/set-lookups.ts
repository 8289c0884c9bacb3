import type { ApplicationSetSettings } from "../config/application-set-settings.ts";
import { Failure } from "../core/model/failure.ts";
import type { KubeObject } from "../core/model/kube-object.ts";
import { secretData } from "../core/model/secret-data.ts";
import type { Cluster } from "../core/ports/cluster.ts";
import { isMapping } from "../lib/is-mapping.ts";

export interface SetLookupsParts {
  /** Values that the config has, which count in the home namespace. */
  settings(): ApplicationSetSettings;
  homeNamespace: string;
  /** The home's cluster, or the one that manifests call in-cluster; undefined where there is none. */
  cluster(): Cluster | undefined;
}

/** Secrets and ConfigMaps that generators name: of the config, and behind it of the home's cluster. */
export class SetLookups {
  constructor(private readonly parts: SetLookupsParts) {}

  /** Each throws a Failure where it is not there or could not be read. */
  of(namespace: string): {
    secret(name: string, key: string): Promise<string | undefined>;
    configMap(name: string): Promise<Readonly<Record<string, string>>>;
  } {
    const { settings, homeNamespace } = this.parts;
    const own = <T extends { name: string }>(entries: readonly T[], name: string): T[] =>
      namespace === homeNamespace ? entries.filter((entry) => entry.name === name) : [];
    return {
      secret: async (name, key) => {
        const entry = own(settings().secrets, name).find((one) => one.key === key);
        if (entry !== undefined) return entry.value.reveal();
        const encoded = secretData(await this.#read("Secret", namespace, name, "secrets"))[key];
        return encoded === undefined ? undefined : Buffer.from(encoded, "base64").toString();
      },
      configMap: async (name) => {
        const entries = own(settings().configMaps, name);
        if (entries.length > 0) return Object.fromEntries(entries.map(({ key, value }) => [key, value]));
        const { data } = (await this.#read("ConfigMap", namespace, name, "configMaps")) as { data?: unknown };
        return (isMapping(data) ? data : {}) as Record<string, string>;
      },
    };
  }

  async #read(kind: string, namespace: string, name: string, list: string): Promise<KubeObject> {
    const object = `${kind} ${namespace}/${name}`;
    const cluster = this.parts.cluster();
    const lacks = (why: string, fix: string): Failure =>
      new Failure("provider-auth", object, "backoff", { cannot: "read it", why, fix });
    const inConfig = `Write its values under applicationSets.${list} of the config`;
    if (cluster === undefined)
      throw lacks(
        "neither the config has it, nor is there a cluster in-cluster in which it could be",
        inConfig,
      );
    const found = await cluster.read({ group: "", kind, namespace, name }, "v1");
    switch (found.is) {
      case "found":
        return found.object;
      case "absent":
        throw lacks(
          `it is not there, in cluster ${cluster.name}`,
          `Make it there, or ${inConfig.replace(/^W/, "w")}`,
        );
      default:
        throw lacks(found.why, inConfig);
    }
  }
}
