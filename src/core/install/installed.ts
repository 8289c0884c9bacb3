/** What an installation is that is there already, read from its objects. */
import { defined } from "../../lib/defined.ts";
import { isMapping } from "../../lib/is-mapping.ts";
import { parseYaml } from "../../lib/yaml.ts";
import type { KubeObject } from "../model/kube-object.ts";
import {
  AROUND,
  clusterWideName,
  formerName,
  type GivenRights,
  type KindRule,
  NAME,
  SERVER,
} from "./install-plan.ts";
import { chosenKinds } from "./rights.ts";

/** Nothing of what is not there. */
export interface Installed {
  image?: string;
  rights?: GivenRights;
  storage?: { size: string; class?: string };
  config?: InstalledConfig;
}

export interface InstalledConfig {
  text: string;
  /** What `install` wrote last, as YAML; absent: written by another way, or by a version that kept no note of it. */
  last?: string;
  /** Of its ConfigMap: what was read is what is written over. */
  resourceVersion: string;
}

/** On the ConfigMap: the config as `install` wrote it, by which it knows later what somebody changed. */
export const WRITTEN = "holdfast.dev/installed-config";
/** Of the ConfigMap. */
export const CONFIG_FILE = "holdfast.yaml";

/** @param found objects with the mark of installations, of this one's namespace and of the whole cluster */
export function readInstalled(found: readonly KubeObject[], namespace: string): Installed {
  const one = (kind: string, name: string): KubeObject | undefined =>
    found.find((each) => each.kind === kind && each.metadata.name === name && isAt(each, namespace));
  const config = configIn(one("ConfigMap", NAME));
  return defined({
    image: imageOf(one("Deployment", SERVER)),
    rights: rightsIn(found, namespace, config?.text),
    storage: storageOf(one("PersistentVolumeClaim", NAME)),
    config,
  });
}

/** Whether a binding gives its role to the account of an installation in this namespace. */
export function isBoundTo(binding: KubeObject, namespace: string): boolean {
  const subjects = (binding["subjects"] ?? []) as { kind?: string; name?: string; namespace?: string }[];
  return subjects.some(
    (each) => each.kind === "ServiceAccount" && each.name === NAME && each.namespace === namespace,
  );
}

function isAt({ metadata }: KubeObject, namespace: string): boolean {
  return metadata.namespace === namespace;
}

function imageOf(deployment: KubeObject | undefined): string | undefined {
  const spec = deployment?.["spec"] as
    | { template?: { spec?: { containers?: { name?: string; image?: string }[] } } }
    | undefined;
  return spec?.template?.spec?.containers?.find(({ name }) => name === NAME)?.image;
}

function storageOf(claim: KubeObject | undefined): Installed["storage"] {
  const { storageClassName, resources } = (claim?.["spec"] ?? {}) as {
    storageClassName?: string;
    resources?: { requests?: { storage?: string } };
  };
  const size = resources?.requests?.storage;
  return size === undefined ? undefined : { size, ...defined({ class: storageClassName }) };
}

function configIn(map: KubeObject | undefined): InstalledConfig | undefined {
  const text = (map?.["data"] as Record<string, string> | undefined)?.[CONFIG_FILE];
  if (map === undefined || text === undefined) return undefined;
  const { annotations = {}, resourceVersion = "" } = map.metadata;
  return { text, resourceVersion, ...defined({ last: annotations[WRITTEN] }) };
}

/** The largest size of which there is a binding: that one counts, whatever else was left. */
function rightsIn(
  found: readonly KubeObject[],
  namespace: string,
  config: string | undefined,
): GivenRights | undefined {
  const bound = found.filter((each) => isBoundTo(each, namespace));
  const has = (name: string | undefined): boolean =>
    bound.some(({ kind, metadata }) => kind === "ClusterRoleBinding" && metadata.name === name);
  if (has(clusterWideName(namespace)) || has(formerName(namespace))) return { is: "all" };
  const deliver = clusterWideName(namespace, "deliver");
  const namespaces = bound.flatMap(({ kind, metadata }) =>
    kind === "RoleBinding" && metadata.name === deliver && metadata.namespace !== undefined
      ? [metadata.namespace]
      : [],
  );
  const role = found.find(({ kind, metadata }) => kind === "ClusterRole" && metadata.name === deliver);
  if (role !== undefined && namespaces.length > 0)
    return {
      is: "namespaces",
      namespaces: inOrderOf(config, namespaces),
      kinds: chosenKinds((role["rules"] ?? []) as KindRule[]),
    };
  return has(clusterWideName(namespace, "view")) ? { is: "read" } : undefined;
}

/** As the config has them: another order of the same would be a change of it. */
function inOrderOf(config: string | undefined, namespaces: readonly string[]): string[] {
  const sorted = [...namespaces].sort();
  const value = config === undefined ? undefined : parseYaml(config).documents[0]?.value;
  const clusters = isMapping(value) && Array.isArray(value["clusters"]) ? value["clusters"] : [];
  const around = clusters.find((each) => isMapping(each) && each["server"] === AROUND);
  const written: unknown[] = Array.isArray(around?.namespaces) ? around.namespaces : [];
  const isSame = [...written].map(String).sort().join() === sorted.join();
  return isSame ? written.map(String) : sorted;
}
