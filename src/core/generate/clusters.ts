import { isMapping } from "../../lib/is-mapping.ts";
import type { ClusterDecisionGenerator, ClustersGenerator, Selector } from "../model/application-set.ts";
import { selectorMatches } from "../model/label-selector.ts";
import type { Decisions, KnownCluster } from "../ports/generator-facts.ts";
import type { ParameterSet } from "../ports/template-engine.ts";
import { failed, type Generated, sets } from "./generated.ts";
import { normalizeName } from "./names.ts";
import { asText, type Spelling } from "./parameters.ts";

/** What is known of clusters: those with an entry, and the one that manifests call in-cluster. */
export interface Clusters {
  known: readonly KnownCluster[];
  local: KnownCluster | undefined;
}

/**
 * A set for each cluster that the selector takes, by the name of its entry. An empty selector takes the local cluster,
 * too, whether it has an entry or not.
 */
export function clusterSets(
  { selector }: ClustersGenerator,
  { known, local }: Clusters,
  spelling: Spelling,
): ParameterSet[] {
  const chosen = known
    .filter(({ labels }) => selectorMatches(selector ?? {}, labels))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const sets = chosen.map((cluster) => clusterSet(cluster, spelling));
  const hasLocal = local === undefined || known.some(({ server }) => server === local.server);
  if (hasLocal || selects(selector)) return sets;
  return [...sets, { ...names(local), project: "" }];
}

function selects(selector: Selector | undefined): boolean {
  return ["matchLabels", "matchExpressions"].some((field) => {
    const written = selector?.[field];
    return typeof written === "object" && written !== null && Object.keys(written).length > 0;
  });
}

const names = ({ name, server }: KnownCluster): { name: string; nameNormalized: string; server: string } => ({
  name,
  nameNormalized: normalizeName(name),
  server,
});

function clusterSet(cluster: KnownCluster, spelling: Spelling): ParameterSet {
  const { project = "", labels, annotations } = cluster;
  const kept = Object.entries({ labels, annotations }).filter(([, all]) => Object.keys(all).length > 0);
  if (spelling === "nested") return { ...names(cluster), project, metadata: Object.fromEntries(kept) };
  const flat = kept.flatMap(([what, all]) =>
    Object.entries(all).map(([key, value]) => [`metadata.${what}.${key}`, value] as const),
  );
  return { ...names(cluster), project, ...Object.fromEntries(flat) };
}

/** A set for each decision about a cluster that is known: what the decision says, and the cluster's name and server. */
export function decisionSets(
  { name = "", labelSelector }: ClusterDecisionGenerator,
  { resources, statusListKey, matchKey }: Decisions,
  { known, local }: Clusters,
  spelling: Spelling,
  path: string,
): Generated {
  if ((name === "") === (labelSelector === undefined))
    return failed(path, "needs either name or labelSelector");
  const chosen = resources.filter(
    ({ metadata }) =>
      (name === "" || metadata.name === name) &&
      (labelSelector === undefined || selectorMatches(labelSelector, metadata.labels ?? {})),
  );
  if (chosen.length === 0)
    return failed(path, "finds no resource", "Correct its name or labelSelector, or make the resource");
  const clusters = local === undefined ? known : [...known, local];
  const found: ParameterSet[] = [];
  for (const resource of chosen) {
    const { status } = resource as { status?: unknown };
    const decisions = isMapping(status) ? status[statusListKey] : undefined;
    if (!Array.isArray(decisions)) continue;
    for (const decision of decisions) {
      const wanted = isMapping(decision) ? decision[matchKey] : undefined;
      if (typeof wanted !== "string" || wanted === "")
        return failed(
          path,
          `a decision of ${resource.kind} ${resource.metadata.name} has no ${matchKey}`,
          "Correct matchKey in the ConfigMap, or the resource",
        );
      const cluster = clusters.find((each) => each.name === wanted);
      if (cluster === undefined) continue;
      const said = Object.entries(decision as Record<string, unknown>);
      found.push({
        name: cluster.name,
        server: cluster.server,
        ...Object.fromEntries(
          spelling === "nested" ? said : said.map(([key, value]) => [key, asText(value)]),
        ),
      });
    }
  }
  return sets(...found);
}
