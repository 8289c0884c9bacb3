import { filled } from "../../lib/defined.ts";
import { ANNOTATION, type Application, isAutomated } from "../model/application.ts";
import type { ApplicationSet } from "../model/application-set.ts";
import type { KubeObject } from "../model/kube-object.ts";
import type { Sides } from "./left-alone.ts";

/** What others write on applications while they run, and no template says. Source: Argo CD. */
const OF_OTHERS: readonly string[] = [
  "notified.notifications.argoproj.io",
  ANNOTATION.refresh,
  "argocd.argoproj.io/hydrate",
];
/** Marks that a person sets on one application: they stay where the template does not say otherwise. */
const isMark = (annotation: string): boolean =>
  annotation === ANNOTATION.skipReconcile || /^holdfast(\.dev)?\//.test(annotation);
/** Written where an application has hooks around its deletion. Source: Argo CD. */
const isOfDeletion = (finalizer: string): boolean =>
  /^(pre|post)-delete-finalizer\.argocd\.argoproj\.io(\/|$)/.test(finalizer);

/** What a set writes of a child, beside the same part of what is there. */
export function sidesOf(set: Pick<ApplicationSet, "spec">, generated: Application, live: Application): Sides {
  const { annotations = [], labels = [] } = set.spec.preservedFields ?? {};
  const kept = { annotations: [...OF_OTHERS, ...annotations], labels };
  const { metadata } = generated;
  const have = live.metadata;
  const said = metadata.annotations ?? {};
  const finalizers = metadata.finalizers ?? [];
  return {
    wanted: part({
      ...generated,
      metadata: {
        ...metadata,
        labels: withKept(metadata.labels, have.labels, (key) => kept.labels.includes(key)),
        annotations: withKept(
          said,
          have.annotations,
          (key) => kept.annotations.includes(key) || (isMark(key) && !(key in said)),
        ),
        finalizers: [
          ...finalizers,
          ...(have.finalizers ?? []).filter((one) => isOfDeletion(one) && !finalizers.includes(one)),
        ],
      },
    }),
    live: part(live),
  };
}

/** The child with these fields of it written anew; all else of it, its status and operation above all, as it is there. */
export function withPart(live: Application, { metadata, spec }: KubeObject): Application {
  const { labels: _, annotations: __, finalizers: ___, ...rest } = live.metadata;
  const { labels, annotations, finalizers } = metadata;
  return {
    ...live,
    metadata: { ...rest, ...written({ labels, annotations, finalizers }) },
    spec: spec as Application["spec"],
  };
}

/** Under a rollout its set says when each is synced, and nobody else. Source: Argo CD, by this field. */
export function withoutAutomation(app: Application): Application {
  const { syncPolicy } = app.spec;
  if (!isAutomated(app.spec)) return app;
  const automated = { ...syncPolicy?.automated, enabled: false };
  return { ...app, spec: { ...app.spec, syncPolicy: { ...syncPolicy, automated } } };
}

function part({ apiVersion, kind, metadata, spec }: Application): KubeObject {
  const { name, namespace, labels, annotations, finalizers } = metadata;
  return {
    apiVersion,
    kind,
    metadata: { name, namespace, ...written({ labels, annotations, finalizers }) },
    spec,
  };
}

type Written = Pick<KubeObject["metadata"], "labels" | "annotations" | "finalizers">;

/** Without what holds nothing. */
function written({
  labels = {},
  annotations = {},
  finalizers = [],
}: { [K in keyof Written]: Written[K] | undefined }): Written {
  return {
    ...(Object.keys(labels).length > 0 ? { labels } : {}),
    ...(Object.keys(annotations).length > 0 ? { annotations } : {}),
    ...filled({ finalizers }),
  };
}

function withKept(
  wanted: Readonly<Record<string, string>> = {},
  live: Readonly<Record<string, string>> = {},
  isKept: (key: string) => boolean,
): Record<string, string> {
  return { ...wanted, ...Object.fromEntries(Object.entries(live).filter(([key]) => isKept(key))) };
}
