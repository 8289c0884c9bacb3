import type { GeneratedApplications } from "../../generate/generated.ts";
import {
  type AppKey,
  type Application,
  appKey,
  keyOfApp,
  RESOURCES_FINALIZER,
} from "../../model/application.ts";
import {
  type ApplicationSet,
  type ApplicationSetSpec,
  type RolloutStep,
  setKey,
} from "../../model/application-set.ts";
import type { SetChild } from "../../ports/sets-home.ts";
import { ChildIndex } from "../child-index.ts";
import { planSet, type SetPlanInput } from "../plan-set.ts";

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

export function child(of: Application, more: Partial<SetChild> = {}): SetChild {
  const { name, namespace } = of.metadata;
  return {
    key: appKey(namespace, name),
    uid: `uid-${name}`,
    app: of,
    ownedBy: OURS,
    isGoing: false,
    ...more,
  };
}

export function byKey(children: readonly SetChild[]): ChildIndex {
  return new ChildIndex(children);
}

export function generated(...applications: Application[]): GeneratedApplications {
  return {
    applications: applications.map((application, at) => ({
      key: keyOfApp(application),
      application,
      from: `set ${at}`,
    })),
    problems: [],
    is: "whole",
  };
}

export const part = (made: GeneratedApplications): GeneratedApplications => ({
  ...made,
  problems: [{ severity: "error", text: "the repository did not answer" }],
  is: "part",
});

/** The applications with this label. */
export const stage = (name: string): RolloutStep => ({
  matchExpressions: [{ key: "stage", operator: "In", values: [name] }],
});
export const at = (name: string, label: string): Application =>
  app(name, { metadata: { labels: { stage: label } } });
export const rolling = (
  steps: RolloutStep[],
  more: Partial<NonNullable<ApplicationSetSpec["strategy"]>> = {},
) => setOf({ strategy: { type: "RollingSync", rollingSync: { steps }, ...more } });

export function input(
  wanted: GeneratedApplications,
  existing: readonly SetChild[],
  more: Partial<SetPlanInput> = {},
): SetPlanInput {
  return {
    set: setOf(),
    generated: wanted,
    existing: byKey(existing),
    budget: { percent: 20, count: 5 },
    ...more,
  };
}

/** The same, from elsewhere. */
export const moved = (name: string): Application =>
  app(name, { spec: { source: { repoURL: "https://b", path: "." } } });

/** The one child after a plan, where it is updated. */
export function after(wanted: Application, live: Application, spec: Partial<ApplicationSetSpec> = {}) {
  const [step] = planSet(input(generated(wanted), [child(live)], { set: setOf(spec) })).steps;
  return step?.do === "update" ? step.app : step;
}
