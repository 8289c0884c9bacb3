import { isMapping } from "../../lib/is-mapping.ts";
import { nearest } from "../../lib/nearest.ts";

/** What stands at the top of every Kubernetes object. */
const KEYS = ["apiVersion", "kind", "metadata"] as const;
export type TopKey = (typeof KEYS)[number];

/**
 * Groups in whose name files are written that no API server takes: the configuration of tools and of Kubernetes' own
 * programs. They name an apiVersion and a kind, and have no metadata.
 */
const TOOL_GROUPS =
  /^(?:kustomize\.config\.k8s\.io|kubeadm\.k8s\.io|kind\.x-k8s\.io|audit\.k8s\.io|[a-z]+\.config\.k8s\.io|k3d\.io|skaffold|score\.dev|ctlptl\.dev)\//;

/** A key at the beginning of a line, quoted or not. */
const KEY_OF_LINE = /^(?:["']?)([A-Za-z]{3,12})(?:["']?)[ \t]*:(?=[ \t]|$)/gm;

/**
 * Whether a value was meant as a Kubernetes object, whatever it lacks: two of the three keys are there, slips of the pen
 * counted, and it is no tool's configuration. Values of a chart, dashboards and linters' settings have one at most.
 */
export function isMeantAsManifest(value: unknown): boolean {
  if (!isMapping(value)) return false;
  const { apiVersion, kind } = value;
  if (typeof kind === "string" && kind.endsWith("List") && Array.isArray(value["items"])) return true;
  const keys = Object.keys(value);
  if (countOf(keys) < 2) return false;
  if (countOf(keys) === 3 || typeof apiVersion !== "string") return true;
  // A kubeconfig is of group and version `v1`, like a ConfigMap.
  const isKubeconfig = kind === "Config" && Array.isArray(value["contexts"]);
  return !TOOL_GROUPS.test(apiVersion) && !isKubeconfig;
}

/** The same of a text that is no YAML, by the keys that begin its lines. */
export function isTextMeantAsManifest(text: string): boolean {
  return countOf([...text.matchAll(KEY_OF_LINE)].map(([, key]) => key as string)) >= 2;
}

/** The key that was written in place of one of the three; undefined where none is near. */
export function misspelt(key: TopKey, keys: readonly string[]): string | undefined {
  return keys.find((written) => isSlipOf(written, key));
}

function countOf(keys: readonly string[]): number {
  return KEYS.filter((key) => keys.includes(key) || misspelt(key, keys) !== undefined).length;
}

/** `metdata`, `apiVerson`, `Kind`, `knd`; not `appVersion`, which charts have, nor `bind`. */
function isSlipOf(written: string, key: TopKey): boolean {
  if (written === key || (KEYS as readonly string[]).includes(written)) return false;
  const [a, b] = [written.toLowerCase(), key.toLowerCase()];
  if (a === b) return true;
  if (a[0] !== b[0] || a.startsWith("app") || nearest(a, [b]) === undefined) return false;
  return key !== "kind" || a.at(-1) === "d" || [...a].sort().join("") === [...b].sort().join("");
}
