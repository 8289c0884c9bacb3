/** What is worth knowing of an object at a glance, out of its manifest: images, ports, how often it began anew, and the like. */
import { isMapping } from "../../lib/is-mapping.ts";
import { containersOf } from "./containers.ts";

export interface Fact {
  label: string;
  values: string[];
}

/** Of one list; the rest is in the manifest. */
const MOST_VALUES = 12;

/** What is missing in it is left out: an object of a cluster, which anybody may have written. */
export function factsOf(object: unknown): Fact[] {
  const spec = at(object, "spec");
  const status = at(object, "status");
  const podSpec = isMapping(at(spec, "template", "spec"))
    ? at(spec, "template", "spec")
    : isMapping(at(spec, "jobTemplate", "spec", "template", "spec"))
      ? at(spec, "jobTemplate", "spec", "template", "spec")
      : spec;
  const containers = [...items(podSpec, "initContainers"), ...items(podSpec, "containers")];
  const restarts = containersOf(object).reduce((sum, one) => sum + one.restarts, 0);
  const isPod = at(object, "kind") === "Pod";
  const facts: Fact[] = [
    // Before how many are ready: of a rollout that is stuck the old ones are.
    fact("Conditions", troubledConditions(object)),
    fact(
      "Images",
      containers.map((one) => word(at(one, "image"))),
    ),
    fact("Ports", [
      ...containers.flatMap((one) => items(one, "ports").map((port) => portWords(port, "containerPort"))),
      ...(at(object, "kind") === "Service"
        ? items(spec, "ports").map((port) => portWords(port, "port"))
        : []),
    ]),
    fact("Restarts", isPod && restarts > 0 ? [String(restarts)] : []),
    fact("Replicas", replicasOf(spec, status)),
    fact("Type", at(object, "kind") === "Service" ? [word(at(spec, "type"))] : []),
    fact("Node", [word(at(spec, "nodeName"))]),
    // What a Pod that no node takes is looked at for.
    fact("Node selector", nodeSelectorOf(podSpec)),
    fact("Addresses", [
      word(at(status, "podIP")),
      word(at(spec, "clusterIP")),
      ...items(at(status, "loadBalancer"), "ingress").map(
        (one) => word(at(one, "hostname")) || word(at(one, "ip")),
      ),
    ]),
    fact("Hosts", [
      ...items(spec, "rules").map((rule) => word(at(rule, "host"))),
      ...(Array.isArray(at(spec, "hostnames")) ? (at(spec, "hostnames") as unknown[]).map(word) : []),
    ]),
    fact("Schedule", [word(at(spec, "schedule"))]),
    fact("Storage", [word(at(spec, "resources", "requests", "storage")), word(at(spec, "storageClassName"))]),
    fact(
      "Keys",
      at(object, "kind") === "ConfigMap" || at(object, "kind") === "Secret"
        ? Object.keys(mapping(at(object, "data")))
        : [],
    ),
    fact(
      "Labels",
      Object.entries(mapping(at(object, "metadata", "labels"))).map(
        ([name, value]) => `${name}=${word(value)}`,
      ),
    ),
  ];
  return facts.filter(({ values }) => values.length > 0);
}

function fact(label: string, values: readonly string[]): Fact {
  const known = [...new Set(values.filter((one) => one !== ""))];
  const rest = known.length - MOST_VALUES;
  return { label, values: rest > 0 ? [...known.slice(0, MOST_VALUES), `and ${rest} more`] : known };
}

function portWords(port: unknown, of: "containerPort" | "port"): string {
  const [number, name, protocol] = [word(at(port, of)), word(at(port, "name")), word(at(port, "protocol"))];
  const target = of === "port" ? word(at(port, "targetPort")) : "";
  if (number === "") return "";
  return `${name === "" ? "" : `${name} `}${number}${target === "" || target === number ? "" : ` → ${target}`}${protocol === "" || protocol === "TCP" ? "" : `/${protocol}`}`;
}

/** Conditions of a workload that tell what is wrong, as `Progressing is False: ProgressDeadlineExceeded: …`. */
function troubledConditions(object: unknown): string[] {
  if (!WORKLOADS.has(word(at(object, "kind")))) return [];
  return items(at(object, "status"), "conditions").flatMap((condition) => {
    const [type, status] = [word(at(condition, "type")), word(at(condition, "status"))];
    if (status !== (type === "ReplicaFailure" ? "True" : "False")) return [];
    const why = [word(at(condition, "reason")), word(at(condition, "message"))].filter((part) => part !== "");
    return [[`${type} is ${status}`, ...why].join(": ")];
  });
}

/** Of which a condition that is false is trouble. */
const WORKLOADS = new Set(["Deployment", "ReplicaSet"]);

/** Which nodes it asks for: labels, then each of the affinity's terms, of which one is to hold. */
function nodeSelectorOf(podSpec: unknown): string[] {
  const labels = Object.entries(mapping(at(podSpec, "nodeSelector"))).map(
    ([name, value]) => `${name}=${word(value)}`,
  );
  const required = at(
    podSpec,
    ...["affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution"],
  );
  const terms = items(required, "nodeSelectorTerms").map((term, place) => {
    const says = [...items(term, "matchExpressions"), ...items(term, "matchFields")].map((one) => {
      const values = items(one, "values").map(word).join(", ");
      return `${word(at(one, "key"))} ${word(at(one, "operator"))}${values === "" ? "" : ` ${values}`}`;
    });
    return says.length === 0 ? "" : `${place > 0 ? "or " : ""}${says.join(" and ")}`;
  });
  return [...labels, ...terms];
}

function replicasOf(spec: unknown, status: unknown): string[] {
  const wanted = at(spec, "replicas");
  if (typeof wanted !== "number") return [];
  const ready = at(status, "readyReplicas");
  return [`${typeof ready === "number" ? ready : 0} of ${wanted} ready`];
}

function at(of: unknown, ...path: string[]): unknown {
  return path.reduce<unknown>(
    (value, step) => (isMapping(value) && Object.hasOwn(value, step) ? value[step] : undefined),
    of,
  );
}

function items(of: unknown, name: string): unknown[] {
  const value = at(of, name);
  return Array.isArray(value) ? value : [];
}

function mapping(of: unknown): Record<string, unknown> {
  return isMapping(of) ? of : {};
}

function word(value: unknown): string {
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}
