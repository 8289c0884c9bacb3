import { filled } from "../../lib/defined.ts";
import type { JsonObject } from "../json.ts";
import type { Kind } from "../kinds/kind.ts";
import type { Registry } from "../kinds/registry.ts";

const allVerbs = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];
const pieceVerbs = ["get", "patch", "update"];

/** Versions of one group, the preferred one first. */
interface GroupVersions {
  group: string;
  versions: { version: string; kinds: Kind[] }[];
}

function groupsOf(registry: Registry): GroupVersions[] {
  const groups = new Map<string, Map<string, Kind[]>>();
  for (const kind of registry.all()) {
    const versions = groups.get(kind.group) ?? new Map<string, Kind[]>();
    groups.set(kind.group, versions);
    versions.set(kind.version, [...(versions.get(kind.version) ?? []), kind]);
  }
  return [...groups].map(([group, versions]) => ({
    group,
    versions: [...versions]
      .sort(([a], [b]) => compareVersions(b, a))
      .map(([version, kinds]) => ({ version, kinds })),
  }));
}

/** `v2` over `v1` over `v1beta2` over `v1alpha1`. */
function compareVersions(a: string, b: string): number {
  const read = (version: string) => /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version);
  const [left, right] = [read(a), read(b)];
  if (left === null || right === null) return left === right ? (a < b ? 1 : -1) : left === null ? -1 : 1;
  const stage = (match: RegExpExecArray) => (match[2] === undefined ? 2 : match[2] === "beta" ? 1 : 0);
  return (
    stage(left) - stage(right) ||
    Number(left[1]) - Number(right[1]) ||
    Number(left[3] ?? 0) - Number(right[3] ?? 0)
  );
}

const verbsOf = (kind: Kind) => (kind.use === "create-only" ? ["create"] : allVerbs);

/** `/api`, `/apis`, `/apis/G`: which groups and versions there are. */
export function coreVersions(): JsonObject {
  return { kind: "APIVersions", versions: ["v1"], serverAddressByClientCIDRs: [] };
}

export function groupList(registry: Registry): JsonObject {
  return {
    kind: "APIGroupList",
    apiVersion: "v1",
    groups: groupsOf(registry)
      .filter(({ group }) => group !== "")
      .map(groupEntry),
  };
}

export function oneGroup(registry: Registry, group: string): JsonObject | undefined {
  const found = groupsOf(registry).find((one) => one.group === group);
  return found === undefined ? undefined : { kind: "APIGroup", apiVersion: "v1", ...groupEntry(found) };
}

function groupEntry({ group, versions }: GroupVersions): JsonObject {
  const named = versions.map(({ version }) => ({ groupVersion: `${group}/${version}`, version }));
  return { name: group, versions: named, preferredVersion: named[0] ?? {} };
}

/** `/api/v1`, `/apis/G/V`: the resources of one version. */
export function resourceList(registry: Registry, apiVersion: string): JsonObject | undefined {
  const kinds = registry.all().filter((kind) => kind.apiVersion === apiVersion);
  if (kinds.length === 0) return undefined;
  return {
    kind: "APIResourceList",
    apiVersion: "v1",
    groupVersion: apiVersion,
    resources: kinds.flatMap((kind) => [
      {
        name: kind.resource,
        singularName: kind.singular,
        namespaced: kind.scope === "namespaced",
        kind: kind.kind,
        verbs: verbsOf(kind),
        ...filled({ shortNames: [...kind.shortNames], categories: [...kind.categories] }),
      },
      ...kind.subresources.map((one) => ({
        name: `${kind.resource}/${one}`,
        singularName: "",
        namespaced: kind.scope === "namespaced",
        ...(one === "scale" ? { group: "autoscaling", version: "v1", kind: "Scale" } : { kind: kind.kind }),
        verbs: pieceVerbs,
      })),
    ]),
  };
}

/** Aggregated discovery, v2: everything of `/api` or `/apis` in one answer. */
export function aggregated(registry: Registry, which: "core" | "named"): JsonObject {
  return {
    kind: "APIGroupDiscoveryList",
    apiVersion: "apidiscovery.k8s.io/v2",
    metadata: {},
    items: groupsOf(registry)
      .filter(({ group }) => (group === "") === (which === "core"))
      .map(({ group, versions }) => ({
        metadata: { ...filled({ name: group }), creationTimestamp: null },
        versions: versions.map(({ version, kinds }) => ({
          version,
          freshness: "Current",
          resources: kinds.map((kind) => ({
            resource: kind.resource,
            responseKind: { group: kind.group, version: kind.version, kind: kind.kind },
            scope: kind.scope === "namespaced" ? "Namespaced" : "Cluster",
            singularResource: kind.singular,
            verbs: verbsOf(kind),
            ...filled({ shortNames: [...kind.shortNames], categories: [...kind.categories] }),
            ...(kind.subresources.length === 0
              ? {}
              : {
                  subresources: kind.subresources.map((one) => ({
                    subresource: one,
                    responseKind:
                      one === "scale"
                        ? { group: "autoscaling", version: "v1", kind: "Scale" }
                        : { group: kind.group, version: kind.version, kind: kind.kind },
                    verbs: pieceVerbs,
                  })),
                }),
          })),
        })),
      })),
  };
}
