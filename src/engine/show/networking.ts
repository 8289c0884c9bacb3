/** Whom an object leads requests to, by what it says itself: Argo CD's `networkingInfo` of a node. */
import type { KubeObject } from "../../core/model/kube-object.ts";
import type { ObjectRef } from "../../core/model/object-ref.ts";
import { isMapping } from "../../lib/is-mapping.ts";
import type { Networking } from "../control.ts";
import { urlsOf } from "./external-urls.ts";

/** Nobody writes more by hand, and a tree has thousands of objects. */
const MOST_LABELS = 64;
const MOST_REFS = 200;
const GATEWAYS = "gateway.networking.k8s.io";

/** @returns undefined for what leads nowhere by its kind or its annotations, or says nothing that can be read */
export function networkingOf(object: KubeObject): Networking | undefined {
  return some({ ...leadsTo(object), externalURLs: urlsOf(object) });
}

function leadsTo(object: KubeObject): Networking | undefined {
  const { kind } = object;
  const group = object.apiVersion.includes("/") ? object.apiVersion.replace(/\/.*$/, "") : "";
  const spec = isMapping(object.spec) ? object.spec : {};
  const found = new Refs(object.metadata.namespace ?? "");
  if (group === "" && kind === "Pod") return some({ labels: labelsIn(object.metadata.labels) });
  if (group === "" && kind === "Service") return some({ targetLabels: labelsIn(spec.selector) });
  if (group === "networking.k8s.io" && kind === "Ingress") {
    found.put(inPath(spec, "defaultBackend", "service"), { kind: "Service" });
    for (const rule of listIn(spec.rules))
      for (const path of listIn(inPath(rule, "http", "paths")))
        found.put(inPath(path, "backend", "service"), { kind: "Service" });
    return some({ targetRefs: found.refs });
  }
  if (group !== GATEWAYS || !kind.endsWith("Route")) return undefined;
  for (const rule of listIn(spec.rules))
    for (const ref of listIn(inPath(rule, "backendRefs"))) found.put(ref, { kind: "Service" });
  const sources = new Refs(object.metadata.namespace ?? "");
  for (const ref of listIn(spec.parentRefs)) sources.put(ref, { kind: "Gateway", group: GATEWAYS });
  return some({ targetRefs: found.refs, sourceRefs: sources.refs });
}

class Refs {
  readonly refs: ObjectRef[] = [];
  readonly #seen = new Set<string>();
  readonly #home: string;

  constructor(home: string) {
    this.#home = home;
  }

  /** @param usual what it is where it does not say */
  put(ref: unknown, usual: { kind: string; group?: string }): void {
    if (!isMapping(ref) || typeof ref.name !== "string" || this.refs.length >= MOST_REFS) return;
    const textOr = (value: unknown, other: string): string => (typeof value === "string" ? value : other);
    const one: ObjectRef = {
      group: textOr(ref.group, usual.group ?? ""),
      kind: textOr(ref.kind, usual.kind),
      namespace: textOr(ref.namespace, this.#home),
      name: ref.name,
    };
    const key = JSON.stringify(Object.values(one));
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    this.refs.push(one);
  }
}

function labelsIn(value: unknown): Record<string, string> {
  if (!isMapping(value)) return {};
  const labels = Object.entries(value).filter(
    (pair): pair is [string, string] => typeof pair[1] === "string",
  );
  return Object.fromEntries(labels.slice(0, MOST_LABELS));
}

/** Without what is empty. */
function some(networking: Networking): Networking | undefined {
  const filled = Object.entries(networking).filter(([, value]) => Object.keys(value).length > 0);
  return filled.length === 0 ? undefined : (Object.fromEntries(filled) as Networking);
}

function inPath(value: unknown, ...path: readonly string[]): unknown {
  let at = value;
  for (const step of path) at = isMapping(at) ? at[step] : undefined;
  return at;
}

function listIn(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
