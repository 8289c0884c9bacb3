/** Whom an object leads requests to, by what it says itself: Argo CD's `networkingInfo` of a node. */
import type { KubeObject } from "../../core/model/kube-object.ts";
import type { ObjectRef } from "../../core/model/object-ref.ts";
import { isMapping } from "../../lib/is-mapping.ts";
import type { Networking } from "../control.ts";
import { urlsOf } from "./external-urls.ts";

/** Nobody writes more by hand, and a tree has thousands of objects. */
const MOST_LABELS = 64;
const MOST_REFS = 200;
const MOST_PORTS = 16;
/** Of one target; and of one of them, in letters. */
const MOST_WORDS = 8;
const LONGEST_WORD = 200;
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
  if (group === "" && kind === "Service") return some(serviceIn(spec));
  if (group === "networking.k8s.io" && kind === "Ingress") {
    const put = (service: unknown, by: string): void =>
      found.put(service, { kind: "Service" }, `${by}${portIn(inPath(service, "port"))}`);
    put(inPath(spec, "defaultBackend", "service"), "all else");
    for (const rule of listIn(spec.rules))
      for (const path of listIn(inPath(rule, "http", "paths")))
        put(
          inPath(path, "backend", "service"),
          `${textOr(inPath(rule, "host"), "")}${textOr(inPath(path, "path"), "/")}`,
        );
    return some({ targetRefs: found.refs, targetWords: found.wordsFor() });
  }
  if (group !== GATEWAYS || !kind.endsWith("Route")) return undefined;
  const [host = ""] = listIn(spec.hostnames);
  for (const rule of listIn(spec.rules)) {
    const [match] = listIn(inPath(rule, "matches"));
    const path = kind === "HTTPRoute" ? textOr(inPath(match, "path", "value"), "/") : "";
    const by = `${textOr(host, "")}${path}`;
    for (const ref of listIn(inPath(rule, "backendRefs")))
      found.put(ref, { kind: "Service" }, `${by}${portIn({ number: inPath(ref, "port") })}`.trim());
  }
  const sources = new Refs(object.metadata.namespace ?? "");
  for (const ref of listIn(spec.parentRefs)) sources.put(ref, { kind: "Gateway", group: GATEWAYS });
  return some({ targetRefs: found.refs, targetWords: found.wordsFor(), sourceRefs: sources.refs });
}

function serviceIn(spec: Record<string, unknown>): Networking {
  const { type } = spec;
  const isOpen = type === "LoadBalancer" || type === "NodePort";
  const ports = listIn(spec.ports)
    .slice(0, MOST_PORTS)
    .flatMap((port) => {
      const [number, node, to, protocol] = ["port", "nodePort", "targetPort", "protocol"].map((name) =>
        inPath(port, name),
      );
      if (typeof number !== "number") return [];
      const outside = isOpen && typeof node === "number" ? ` (${node})` : "";
      const target =
        typeof to === "number" || (typeof to === "string" && to !== "") ? String(to) : `${number}`;
      return [
        `${number}${outside} to ${target}${protocol === "UDP" || protocol === "SCTP" ? ` ${protocol}` : ""}`,
      ];
    });
  const targetLabels = labelsIn(spec.selector);
  return { targetLabels, ...(isOpen ? { opens: type } : {}), ports };
}

/** ` :80`, ` :http`; "" where it says none. */
function portIn(port: unknown): string {
  const one = inPath(port, "number") ?? inPath(port, "name");
  return typeof one === "number" || (typeof one === "string" && one !== "") ? ` :${one}` : "";
}

function textOr(value: unknown, other: string): string {
  return typeof value === "string" && value !== "" ? value : other;
}

class Refs {
  readonly refs: ObjectRef[] = [];
  readonly #words = new Map<string, string[]>();
  readonly #home: string;

  constructor(home: string) {
    this.#home = home;
  }

  /** @param usual what it is where it does not say @param by what leads there; "" where nothing is said */
  put(ref: unknown, usual: { kind: string; group?: string }, by = ""): void {
    if (!isMapping(ref) || typeof ref.name !== "string") return;
    const textIn = (value: unknown, other: string): string => (typeof value === "string" ? value : other);
    const one: ObjectRef = {
      group: textIn(ref.group, usual.group ?? ""),
      kind: textIn(ref.kind, usual.kind),
      namespace: textIn(ref.namespace, this.#home),
      name: ref.name,
    };
    const key = JSON.stringify(Object.values(one));
    const said = this.#words.get(key) ?? [];
    if (!this.#words.has(key)) {
      if (this.refs.length >= MOST_REFS) return;
      this.#words.set(key, said);
      this.refs.push(one);
    }
    if (by !== "" && said.length < MOST_WORDS && !said.includes(by)) said.push(by.slice(0, LONGEST_WORD));
  }

  /** Of each of `refs`; none where nothing is said of any. */
  wordsFor(): string[][] {
    const words = [...this.#words.values()];
    return words.some((some) => some.length > 0) ? words : [];
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
