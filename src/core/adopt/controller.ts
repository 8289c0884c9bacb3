/** Which workloads and Pods of a cluster are an Argo CD's application controller, however it was installed. */
import { isMapping } from "../../lib/is-mapping.ts";
import type { ArgoController } from "../model/adoption-report.ts";
import type { KubeObject } from "../model/kube-object.ts";
import { refOf, show } from "../model/object-ref.ts";

/** Of the namespaces that it may run in. */
export interface Workloads {
  /** StatefulSets and Deployments. */
  workloads: readonly KubeObject[];
  replicaSets: readonly KubeObject[];
  pods: readonly KubeObject[];
}

/**
 * `proven`: by its program or a label that nothing else bears; `likely`: by its name alone, which may be anything's, so that
 * it can run and hold an application, and its rest lets go of none.
 */
type Evidence = "proven" | "likely" | "none";

/** The program of every image of Argo CD's, which its manifests, its Helm chart and its operators start by this name. */
const PROGRAM = /(^|\/)argocd-application-controller$/;
/** argocd-application-controller, openshift-gitops-application-controller, RELEASE-argocd-application-controller-0. */
const NAME = /(^|-)application-controller(-\d+)?$/;
const COMPONENT = "app.kubernetes.io/component";
const APP_NAME = "app.kubernetes.io/name";

/** A Pod that still ends may still write. */
export function controllerOf({ workloads, replicaSets, pods }: Workloads): ArgoController {
  const found = workloads.filter((each) => evidenceOf(each) !== "none");
  const uids = new Set(found.map(uidOf));
  for (const each of replicaSets) if (ownersOf(each).some((uid) => uids.has(uid))) uids.add(uidOf(each));
  const alive = pods.filter(
    (pod) => !hasEnded(pod) && (evidenceOf(pod) !== "none" || ownersOf(pod).some((uid) => uids.has(uid))),
  );
  const running = [...found.filter((each) => replicasOf(each) > 0), ...alive];
  if (running.length > 0) return { is: "running", what: running.map((each) => show(refOf(each))) };
  const proven = found.filter((each) => evidenceOf(each) === "proven");
  return proven.length === 0
    ? { is: "not-found" }
    : { is: "stopped", what: proven.map((each) => show(refOf(each))) };
}

/** Where it may run beside Argo CD's own namespace: its controller notes its own in each status. */
export function controllerNamespaces(own: string, applications: readonly KubeObject[]): string[] {
  const noted = applications.map(({ status }) =>
    isMapping(status) ? status["controllerNamespace"] : undefined,
  );
  const others = noted.filter((each): each is string => typeof each === "string" && each !== "");
  return [...new Set([own, ...others])].sort();
}

function evidenceOf(object: KubeObject): Evidence {
  const { name, labels = {} } = object.metadata;
  const template = mappingIn(mappingIn(object, "spec"), "template");
  const theirs = mappingIn(mappingIn(template, "metadata"), "labels");
  const all = [labels, theirs];
  const isLabelled = all.some(
    (each) => each[COMPONENT] === "application-controller" || PROGRAM.test(text(each[APP_NAME])),
  );
  if (isLabelled || wordsOf(object, template).some((word) => PROGRAM.test(word))) return "proven";
  const names = [name, ...all.map((each) => text(each[APP_NAME]))];
  return names.some((each) => NAME.test(each)) ? "likely" : "none";
}

/** What its containers start. */
function wordsOf(object: KubeObject, template: Record<string, unknown>): string[] {
  const spec = object.kind === "Pod" ? mappingIn(object, "spec") : mappingIn(template, "spec");
  return listIn(spec, "containers").flatMap((container) =>
    isMapping(container) ? [...listIn(container, "command"), ...listIn(container, "args")].map(text) : [],
  );
}

function ownersOf({ metadata }: KubeObject): string[] {
  return (metadata.ownerReferences ?? []).map(({ uid }) => uid);
}

/** An object without one, as nobody serves it, owns nothing. */
function uidOf({ metadata }: KubeObject): string {
  return metadata.uid ?? "";
}

function mappingIn(value: Record<string, unknown> | KubeObject, key: string): Record<string, unknown> {
  const found = (value as Record<string, unknown>)[key];
  return isMapping(found) ? found : {};
}

function listIn(value: Record<string, unknown>, key: string): unknown[] {
  return Array.isArray(value[key]) ? value[key] : [];
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** What is wished for and what is there: either may still be on its way. */
function replicasOf(workload: KubeObject): number {
  const spec = isMapping(workload["spec"]) ? workload["spec"] : {};
  const status = isMapping(workload["status"]) ? workload["status"] : {};
  // A workload that names no number has one.
  return Math.max(numberIn(spec["replicas"], 1), numberIn(status["replicas"], 0));
}

function hasEnded(pod: KubeObject): boolean {
  const status = isMapping(pod["status"]) ? pod["status"] : {};
  return status["phase"] === "Succeeded" || status["phase"] === "Failed";
}

function numberIn(value: unknown, absent: number): number {
  return typeof value === "number" ? value : absent;
}
