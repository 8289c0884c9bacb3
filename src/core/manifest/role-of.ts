import { ANNOTATION } from "../model/application.ts";
import type { HookType, Role } from "../model/desired-object.ts";
import type { KubeObject } from "../model/kube-object.ts";
import type { SyncPhase } from "../model/operation.ts";
import { annotationList } from "./annotation-list.ts";

type DeletePolicy = (Role & { is: "hook" })["deletePolicies"][number];

const HOOK_TYPES: ReadonlySet<string> = new Set<HookType>([
  "PreSync",
  "Sync",
  "PostSync",
  "SyncFail",
  "Skip",
  "PreDelete",
  "PostDelete",
]);
const DELETE_POLICIES: ReadonlySet<string> = new Set<DeletePolicy>([
  "HookSucceeded",
  "HookFailed",
  "BeforeHookCreation",
]);

const HELM_HOOKS: Readonly<Record<string, HookType>> = {
  "pre-install": "PreSync",
  "pre-upgrade": "PreSync",
  "post-install": "PostSync",
  "post-upgrade": "PostSync",
  "pre-delete": "PreDelete",
  "post-delete": "PostDelete",
};
const HELM_DELETE_POLICIES: Readonly<Record<string, DeletePolicy>> = {
  "before-hook-creation": "BeforeHookCreation",
  "hook-succeeded": "HookSucceeded",
  "hook-failed": "HookFailed",
};

/** Helm's types that it knows and no sync runs, and the one that makes an ordinary object. */
const OTHER_HELM_HOOKS: readonly string[] = [
  "crd-install",
  "test",
  "test-success",
  "test-failure",
  "pre-rollback",
  "post-rollback",
];

/** The annotations that make a hook, with the words that each takes. */
export const HOOK_WORDS: readonly { annotation: string; what: string; known: readonly string[] }[] = [
  { annotation: ANNOTATION.hook, what: "hook type", known: [...HOOK_TYPES] },
  { annotation: ANNOTATION.hookDeletePolicy, what: "delete policy", known: [...DELETE_POLICIES] },
  {
    annotation: ANNOTATION.helmHook,
    what: "hook type",
    known: [...Object.keys(HELM_HOOKS), ...OTHER_HELM_HOOKS],
  },
  {
    annotation: ANNOTATION.helmHookDeletePolicy,
    what: "delete policy",
    known: Object.keys(HELM_DELETE_POLICIES),
  },
];

/**
 * What a sync does with an object, from its hook annotations. Source: Argo CD.
 * Helm's hooks count only where no known Argo CD hook type is named; `crd-install` makes an ordinary object,
 * tests and rollback hooks are ignored; `Skip` beside other types is a hook of those types.
 */
export function roleOf(object: KubeObject): Role {
  const annotations = object.metadata.annotations ?? {};
  const argo = annotations[ANNOTATION.hook];
  const helm = annotations[ANNOTATION.helmHook];
  if (argo === undefined && (helm === undefined || helm === "crd-install")) return { is: "ordinary" };

  const named = annotationList(object, ANNOTATION.hook).filter((type): type is HookType =>
    HOOK_TYPES.has(type),
  );
  if (named.length === 1 && named[0] === "Skip")
    return { is: "ignored", because: `its annotation ${ANNOTATION.hook} says Skip` };
  const mapped = annotationList(object, ANNOTATION.helmHook).flatMap((type) => HELM_HOOKS[type] ?? []);
  const [first, ...others] = [...new Set(named.length > 0 ? named : mapped)].filter(
    (type) => type !== "Skip",
  );
  if (first === undefined) {
    if (argo !== undefined)
      return { is: "ignored", because: `its annotation ${ANNOTATION.hook} names no known hook type` };
    return { is: "ignored", because: `Helm's ${helm || "unnamed"} hooks are not run` };
  }
  return { is: "hook", types: [first, ...others], deletePolicies: deletePoliciesOf(object) };
}

/** Where nothing known is named, an old run is deleted just before a new one. */
function deletePoliciesOf(object: KubeObject): DeletePolicy[] {
  const argo = annotationList(object, ANNOTATION.hookDeletePolicy).filter((policy): policy is DeletePolicy =>
    DELETE_POLICIES.has(policy),
  );
  const helm = annotationList(object, ANNOTATION.helmHookDeletePolicy).flatMap(
    (policy) => HELM_DELETE_POLICIES[policy] ?? [],
  );
  const policies = [...new Set([...argo, ...helm])];
  return policies.length > 0 ? policies : ["BeforeHookCreation"];
}

/** The first phase in which the object is handled; hooks that no phase runs stand in Sync. */
export function phaseOf(role: Role): SyncPhase {
  if (role.is !== "hook") return "Sync";
  return (["PreSync", "Sync", "PostSync"] as const).find((phase) => role.types.includes(phase)) ?? "Sync";
}
