/** Hooks for tests, and what a sync says of them. */
import { ANNOTATION, type Application } from "../../src/core/model/application.ts";
import type { KubeObject } from "../../src/core/model/kube-object.ts";
import { job } from "./manifests.ts";

export function marked(object: KubeObject, annotations: Record<string, string>): KubeObject {
  const { metadata } = object;
  return { ...object, metadata: { ...metadata, annotations: { ...metadata.annotations, ...annotations } } };
}

export interface HookOf {
  image?: string;
  policy?: string;
  /** Annotations. */
  more?: Record<string, string>;
  suspend?: boolean;
  spec?: Record<string, unknown>;
}

/** A Job that completes by itself; `image` `x:broken` makes it fail, `suspend` makes it wait. */
export function hookJob(namespace: string, name: string, type: string, of: HookOf = {}): KubeObject {
  const made = job({ namespace, name, image: of.image ?? "migrate:1" });
  return marked(
    { ...made, spec: { ...(made["spec"] as object), suspend: of.suspend ?? false, ...of.spec } },
    {
      [ANNOTATION.hook]: type,
      ...(of.policy === undefined ? {} : { [ANNOTATION.hookDeletePolicy]: of.policy }),
      ...of.more,
    },
  );
}

/** The same with a name that is made: a file of a repository, and no object of a cluster. */
export function unnamed(object: KubeObject, generateName: string): KubeObject {
  const { name: _, ...metadata } = object.metadata;
  return { ...object, metadata: { ...metadata, generateName } as unknown as KubeObject["metadata"] };
}

export const jobPath = (namespace: string, name: string): string =>
  `/apis/batch/v1/namespaces/${namespace}/jobs/${name}`;

/** `PreSync migrate Succeeded`, in the order of the results. */
export function hooksOf({ status }: Pick<Application, "status">): string[] {
  return (status?.operationState?.syncResult?.resources ?? []).flatMap(
    ({ name, hookType, hookPhase, syncPhase }) =>
      hookType === undefined ? [] : [`${syncPhase} ${name} ${hookPhase}`],
  );
}

export const messageOf = ({ status }: Pick<Application, "status">): string =>
  status?.operationState?.message ?? "";

/** The operation says that it waits for this hook, since when. */
export const waitsForHook =
  (name: string) =>
  (app: Pick<Application, "status">): boolean =>
    new RegExp(`waiting for completion of hook batch/Job \\S+/${name} since \\d{4}-`).test(messageOf(app));
