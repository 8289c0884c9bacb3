/** What a case of the guards is made of: some objects with a history each, an application, and what is asked of it. */
import fc from "fast-check";
import { ANNOTATION } from "../../src/core/model/application.ts";
import type { KubeObject } from "../../src/core/model/kube-object.ts";
import { configMap } from "../lib/manifests.ts";

export const NAMESPACE = "shop";

export const MARKS = {
  none: {},
  "Prune=false": { [ANNOTATION.syncOptions]: "Prune=false" },
  "Prune=confirm": { [ANNOTATION.syncOptions]: "Prune=confirm" },
  "Prune=true": { [ANNOTATION.syncOptions]: "Prune=true" },
  helm: { [ANNOTATION.helmResourcePolicy]: "keep" },
  flux: { "kustomize.toolkit.fluxcd.io/prune": "disabled" },
  detach: { "client.lifecycle.config.k8s.io/deletion": "detach" },
} as const;

/** One object, from the first sync to what is asked then. */
export interface Slot {
  kind: "ConfigMap" | "PersistentVolumeClaim" | "Namespace" | "CustomResourceDefinition";
  /** `own`: what the daemon itself lives on, where the kind has that. */
  which: "any" | "own";
  /** `planted`: it bears our mark and we never made it. `foreign`: another's mark. `absent`: nothing is there. */
  before: "wanted" | "planted" | "foreign" | "absent";
  after: "wanted" | "dropped" | "left-out";
  mark: keyof typeof MARKS;
  /** What others do to it between. */
  meddling: "none" | "replaced" | "taken" | "unmarked" | "going" | "gone";
  otherWants: boolean;
  /** What is in it, where it is a Namespace or a definition: nobody looks into anything else. */
  holds: "nothing" | "ours" | "others" | "what-every-one-has" | "unreadable";
}

export interface GuardCase {
  slots: Slot[];
  automated: "off" | "no-prune" | "prune";
  allowEmpty: boolean;
  appOption: "none" | "Prune=false" | "Prune=confirm";
  asked:
    | { by: "commit" }
    | {
        by: "person";
        prune: boolean;
        named: "none" | "planted" | "all";
        confirm: "none" | "right" | "wrong";
        mode: "write" | "dry-run";
      };
  /** The Application's annotation: of a time before what is to be deleted was there, after it, or of next year. */
  approved: "no" | "before" | "after" | "ahead";
  budget: { percent: number; count: number };
  /** A kind that the project forbids from then on. */
  denied: "none" | Slot["kind"];
  fault: "none" | "git" | "render" | "cluster-away" | "kind-unseen";
  /** The config's kinds that ask. */
  confirmKinds: "as built" | "none";
}

const slot: fc.Arbitrary<Slot> = fc.record({
  kind: fc.oneof(
    { weight: 6, arbitrary: fc.constant("ConfigMap" as const) },
    {
      weight: 3,
      arbitrary: fc.constantFrom(
        "PersistentVolumeClaim" as const,
        "Namespace" as const,
        "CustomResourceDefinition" as const,
      ),
    },
  ),
  which: fc.oneof(
    { weight: 4, arbitrary: fc.constant("any" as const) },
    { weight: 1, arbitrary: fc.constant("own" as const) },
  ),
  before: fc.oneof(
    { weight: 6, arbitrary: fc.constant("wanted" as const) },
    { weight: 3, arbitrary: fc.constantFrom("planted" as const, "foreign" as const, "absent" as const) },
  ),
  after: fc.oneof(
    { weight: 20, arbitrary: fc.constantFrom("wanted" as const, "dropped" as const, "dropped" as const) },
    { weight: 1, arbitrary: fc.constant("left-out" as const) },
  ),
  mark: fc.oneof(
    { weight: 5, arbitrary: fc.constant("none" as const) },
    { weight: 3, arbitrary: fc.constantFrom(...(Object.keys(MARKS) as (keyof typeof MARKS)[])) },
    { weight: 2, arbitrary: fc.constant("Prune=true" as const) },
  ),
  meddling: fc.oneof(
    { weight: 6, arbitrary: fc.constant("none" as const) },
    {
      weight: 2,
      arbitrary: fc.constantFrom(
        "replaced" as const,
        "taken" as const,
        "unmarked" as const,
        "going" as const,
        "gone" as const,
      ),
    },
  ),
  holds: fc.oneof(
    { weight: 7, arbitrary: fc.constant("nothing" as const) },
    { weight: 2, arbitrary: fc.constant("others" as const) },
    {
      weight: 2,
      arbitrary: fc.constantFrom(
        "ours" as const,
        "others" as const,
        "what-every-one-has" as const,
        "unreadable" as const,
      ),
    },
  ),
  otherWants: fc.oneof(
    { weight: 7, arbitrary: fc.constant(false) },
    { weight: 1, arbitrary: fc.constant(true) },
  ),
});

export const guardCase: fc.Arbitrary<GuardCase> = fc.record({
  slots: fc.array(slot, { minLength: 1, maxLength: 9 }),
  automated: fc.constantFrom("off", "no-prune", "prune", "prune"),
  allowEmpty: fc.boolean(),
  appOption: fc.oneof(
    { weight: 6, arbitrary: fc.constant("none" as const) },
    { weight: 1, arbitrary: fc.constantFrom("Prune=false" as const, "Prune=confirm" as const) },
  ),
  asked: fc.oneof(
    fc.constant({ by: "commit" as const }),
    fc.record({
      by: fc.constant("person" as const),
      prune: fc.oneof(
        { weight: 5, arbitrary: fc.constant(true) },
        { weight: 1, arbitrary: fc.constant(false) },
      ),
      named: fc.constantFrom("none" as const, "none" as const, "planted" as const, "all" as const),
      confirm: fc.constantFrom("none" as const, "none" as const, "right" as const, "wrong" as const),
      mode: fc.oneof(
        { weight: 7, arbitrary: fc.constant("write" as const) },
        { weight: 1, arbitrary: fc.constant("dry-run" as const) },
      ),
    }),
  ),
  approved: fc.constantFrom("no", "no", "no", "before", "after", "ahead"),
  budget: fc.record({ percent: fc.constantFrom(0, 50, 50, 100), count: fc.constantFrom(0, 1, 2, 5) }),
  denied: fc.oneof(
    { weight: 7, arbitrary: fc.constant("none" as const) },
    { weight: 1, arbitrary: fc.constantFrom("ConfigMap" as const, "Namespace" as const) },
  ),
  fault: fc.oneof(
    { weight: 9, arbitrary: fc.constant("none" as const) },
    {
      weight: 2,
      arbitrary: fc.constantFrom(
        "git" as const,
        "render" as const,
        "cluster-away" as const,
        "kind-unseen" as const,
      ),
    },
  ),
  confirmKinds: fc.oneof(
    { weight: 5, arbitrary: fc.constant("as built" as const) },
    { weight: 1, arbitrary: fc.constant("none" as const) },
  ),
});

/** As Git has it. */
export function manifestOf({ kind, which, mark }: Slot, at: number): KubeObject {
  const annotations = MARKS[mark];
  const name = `o${at}`;
  const metadata = (of: string) => ({ name: of, annotations });
  switch (kind) {
    case "ConfigMap":
      return { ...configMap(NAMESPACE, name), metadata: { ...metadata(name), namespace: NAMESPACE } };
    case "PersistentVolumeClaim":
      return {
        apiVersion: "v1",
        kind,
        metadata: { ...metadata(name), namespace: NAMESPACE },
        spec: { accessModes: [] },
        status: { phase: "Bound" },
      };
    case "Namespace":
      return { apiVersion: "v1", kind, metadata: metadata(which === "own" ? "argocd" : name) };
    case "CustomResourceDefinition": {
      const plural = which === "own" ? "applications" : name;
      const group = which === "own" ? "argoproj.io" : "example.com";
      return {
        apiVersion: "apiextensions.k8s.io/v1",
        kind,
        metadata: metadata(`${plural}.${group}`),
        spec: { group, names: { kind: `Kind${at}`, plural }, scope: "Namespaced", versions: [] },
      };
    }
  }
}

/** The slots that stand for themselves: of what the daemon lives on there is one of a kind. */
export function distinct(slots: readonly Slot[]): Slot[] {
  const seen = new Set<string>();
  return slots.filter(({ kind, which }) => {
    if (which !== "own" || kind === "ConfigMap" || kind === "PersistentVolumeClaim") return true;
    if (seen.has(kind)) return false;
    seen.add(kind);
    return true;
  });
}
