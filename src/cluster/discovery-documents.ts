/** Discovery documents, aggregated and classic, as one list of kinds. Pure. */
import { type GroupVersionKind, showApiVersion } from "../core/model/kube-object.ts";
import type { KindInfo } from "../core/ports/cluster.ts";

export interface Discovered {
  /** `group/version` as manifests write it -> its kinds, in the server's order of preference. */
  versions: Map<string, KindInfo[]>;
  /** `group/version` -> why its kinds could not be listed. */
  broken: Map<string, string>;
}

/** Kinds by name: each write asks for its kind several times. */
export class KindIndex {
  readonly #byVersion = new Map<string, KindInfo>();
  readonly #preferred = new Map<string, KindInfo>();

  constructor({ versions }: Pick<Discovered, "versions">) {
    for (const [version, infos] of versions)
      for (const info of infos) {
        keepFirst(this.#byVersion, `${version}/${info.kind}`, info);
        keepFirst(this.#preferred, `${info.group}/${info.kind}`, info);
      }
  }

  /** @param gvk without a version ("") the one that the server prefers */
  find(gvk: GroupVersionKind): KindInfo | undefined {
    return gvk.version === ""
      ? this.#preferred.get(`${gvk.group}/${gvk.kind}`)
      : this.#byVersion.get(`${showApiVersion(gvk)}/${gvk.kind}`);
  }

  /** Each kind once, at its preferred version. */
  preferred(): KindInfo[] {
    return [...this.#preferred.values()];
  }
}

function keepFirst(infos: Map<string, KindInfo>, name: string, info: KindInfo): void {
  if (!infos.has(name)) infos.set(name, info);
}

interface AggregatedResource {
  resource?: string;
  responseKind?: { group?: string; version?: string; kind?: string };
  scope?: string;
  verbs?: string[];
}

export interface AggregatedList {
  kind?: string;
  items?: {
    metadata?: { name?: string };
    versions?: { version?: string; freshness?: string; resources?: AggregatedResource[] }[];
  }[];
}

export interface ClassicList {
  resources?: {
    name?: string;
    kind?: string;
    namespaced?: boolean;
    verbs?: string[];
    group?: string;
    version?: string;
  }[];
}

const written = (group: string, version: string): string => (group === "" ? version : `${group}/${version}`);

/** @param documents answers of `/api` and `/apis` */
export function readAggregated(documents: readonly AggregatedList[]): Discovered {
  const discovered: Discovered = { versions: new Map(), broken: new Map() };
  for (const { metadata, versions } of documents.flatMap(({ items }) => items ?? [])) {
    const group = metadata?.name ?? "";
    for (const { version = "", freshness, resources } of versions ?? []) {
      // Stale is what a broken extension server leaves: what it last said, or nothing.
      if (freshness === "Stale")
        discovered.broken.set(written(group, version), "its API server does not answer");
      const kinds = (resources ?? []).flatMap(({ resource, responseKind, scope, verbs }): KindInfo[] =>
        resource === undefined || !responseKind?.kind
          ? []
          : [
              {
                group,
                version,
                kind: responseKind.kind,
                resource,
                scope: scope === "Namespaced" ? "namespaced" : "cluster",
                verbs: verbs ?? [],
              },
            ],
      );
      if (freshness !== "Stale" || kinds.length > 0) discovered.versions.set(written(group, version), kinds);
    }
  }
  return discovered;
}

/** One `APIResourceList`; subresources are left out. */
export function readClassic(group: string, version: string, list: ClassicList): KindInfo[] {
  return (list.resources ?? []).flatMap(({ name, kind, namespaced, verbs }): KindInfo[] =>
    name === undefined || kind === undefined || name.includes("/")
      ? []
      : [
          {
            group,
            version,
            kind,
            resource: name,
            scope: namespaced === true ? "namespaced" : "cluster",
            verbs: verbs ?? [],
          },
        ],
  );
}

/** `v1`, `apps/v1`, `apps/v1/Deployment`, sorted. */
export function apiVersionsOf({ versions }: Discovered): string[] {
  const all = new Set<string>();
  for (const [version, kinds] of versions) {
    all.add(version);
    for (const { kind } of kinds) all.add(`${version}/${kind}`);
  }
  return [...all].sort();
}

/** Equal for equal kinds, however the server lists them: scope, path and verbs included. */
export function signature({ versions }: Discovered): string {
  return [...versions]
    .flatMap(([version, kinds]) => [
      version,
      ...kinds.map(({ kind, resource, scope, verbs }) =>
        [version, kind, resource, scope, ...[...verbs].sort()].join(" "),
      ),
    ])
    .sort()
    .join("\n");
}
