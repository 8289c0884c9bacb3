import type { GeneratedApplications } from "../../generate/generate-applications.ts";
import { type AppKey, type Application, appKey, RESOURCES_FINALIZER } from "../../model/application.ts";
import { type ApplicationSet, type ApplicationSetSpec, setKey } from "../../model/application-set.ts";
import type { ExistingChild } from "../existing-child.ts";

/** The set of all cases. */
export const OURS = setKey("argocd", "web");
export const key = (name: string): AppKey => appKey("argocd", name);

export function setOf(spec: Partial<ApplicationSetSpec> = {}): ApplicationSet {
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "ApplicationSet",
    metadata: { name: "web", namespace: "argocd" },
    spec: { generators: [], template: {}, ...spec },
  };
}

type Changes = { metadata?: Record<string, unknown>; spec?: Record<string, unknown>; status?: unknown };

export function app(name: string, { metadata = {}, spec = {}, ...rest }: Changes = {}): Application {
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Application",
    metadata: { name, namespace: "argocd", finalizers: [RESOURCES_FINALIZER], ...metadata },
    spec: {
      project: "default",
      source: { repoURL: "https://git.example.com/web.git", path: name, targetRevision: "main" },
      destination: { server: "https://a", namespace: "web" },
      ...spec,
    },
    ...rest,
  } as Application;
}

export function child(of: Application, more: Partial<ExistingChild> = {}): ExistingChild {
  const { name, namespace } = of.metadata;
  return { key: appKey(namespace, name), uid: `uid-${name}`, app: of, ownedBy: OURS, going: false, ...more };
}

export function byKey(children: readonly ExistingChild[]): Map<AppKey, ExistingChild> {
  return new Map(children.map((one) => [one.key, one]));
}

export function generated(...applications: Application[]): GeneratedApplications {
  return {
    applications: applications.map((application, at) => ({ application, from: `set ${at}` })),
    problems: [],
    is: "whole",
  };
}

export const part = (made: GeneratedApplications): GeneratedApplications => ({
  ...made,
  problems: [{ severity: "error", text: "the repository did not answer" }],
  is: "part",
});
