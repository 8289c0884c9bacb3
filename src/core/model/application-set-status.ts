import type { ResourceStatus } from "./application.ts";
import type { HealthStatus } from "./health.ts";

/** Argo CD's `status` of an ApplicationSet. Times are RFC 3339 in UTC, without fractions. */
export interface ApplicationSetStatus {
  conditions?: SetCondition[];
  /** Of a rollout; empty where the set has none. */
  applicationStatus?: ApplicationRollout[];
  /** Its applications, at most 5,000 of them. */
  resources?: ResourceStatus[];
  /** Of all of them. */
  resourcesCount?: number;
  health?: { status: HealthStatus; message?: string; lastTransitionTime?: string };
}

export interface SetCondition {
  type:
    | "ErrorOccurred"
    | "ParametersGenerated"
    | "ResourcesUpToDate"
    | "RolloutProgressing"
    | "InvalidRolloutConfig";
  status: "True" | "False";
  reason: string;
  message: string;
  /** Since when `status` is what it is. */
  lastTransitionTime?: string;
}

/** How far a rollout is with one application. */
export interface ApplicationRollout {
  /** Its name. */
  application: string;
  /**
   * `Waiting`: what is to be synced is not asked for yet; `Pending`: it is; `Progressing`: it began; `Healthy`: this
   * application holds up nobody.
   */
  status: "Waiting" | "Pending" | "Progressing" | "Healthy";
  /** `1` for the first one; `-1`: no step selects it. */
  step: string;
  targetRevisions: string[];
  message: string;
  /** Since when `status` and `targetRevisions` are what they are. */
  lastTransitionTime?: string;
}
