/** What users say of kinds in their own words, read from the config. */
import type { IgnoreRule } from "./ignore-rule.ts";
import type { ResourceFilter } from "./resource-filter.ts";

/** A Lua script for the kinds that `kinds` names. */
export interface HealthScript {
  /** `group/Kind`, or `Kind` in the core group; may be a glob. */
  kinds: string;
  script: string;
}

/** Actions of one kind: which ones an object offers, and what each does. */
export interface ActionScripts {
  kinds: string;
  discovery: string;
  /** Whether actions of ours for the kind stand beside them (Argo CD's `mergeBuiltinActions`). */
  builtIns: "kept" | "replaced";
  actions: { name: string; script: string }[];
}

export interface Customizations {
  health: HealthScript[];
  actions: ActionScripts[];
  /** Fields that are left to others in every application. */
  ignoreDifferences: IgnoreRule[];
  /** Kinds that nothing is done with. */
  resources: { exclusions: ResourceFilter[]; inclusions: ResourceFilter[] };
  /** Options of `kustomize build`, of each version that has its own and of the others, whose version is "". */
  buildOptions: { version: string; words: string[] }[];
}

export function noCustomizations(): Customizations {
  return {
    health: [],
    actions: [],
    ignoreDifferences: [],
    resources: { exclusions: [], inclusions: [] },
    buildOptions: [],
  };
}

/**
 * A check in CEL: the first of these that is true decides, in this order; none is Progressing. `message` gives the
 * sentence. Each sees the object as `object` and `self`.
 */
export interface CelCheck {
  kinds: string;
  degraded?: string;
  suspended?: string;
  progressing?: string;
  healthy?: string;
  message?: string;
}
