import type { ResourceStatus } from "./application.ts";

/** `status` of an ApplicationSet. Source: Argo CD's custom resource definition. */
export interface ApplicationSetStatus {
  conditions?: ApplicationSetCondition[];
  /** Progressive syncs: one an application. */
  applicationStatus?: SetApplicationStatus[];
  /** Its applications, the first 5,000 by name. */
  resources?: ResourceStatus[];
  /** How many there are. */
  resourcesCount?: number;
  health?: { status: string; message?: string };
}

export interface ApplicationSetCondition {
  type:
    | "ErrorOccurred"
    | "ParametersGenerated"
    | "ResourcesUpToDate"
    | "RolloutProgressing"
    | "InvalidRolloutConfig";
  status: "True" | "False" | "Unknown";
  reason: string;
  message: string;
  /** RFC 3339. */
  lastTransitionTime: string;
}

export interface SetApplicationStatus {
  application: string;
  status: "Waiting" | "Pending" | "Progressing" | "Healthy";
  /** 1 is the first; "-1" where no step takes it. */
  step: string;
  targetRevisions: string[];
  message: string;
  /** RFC 3339. */
  lastTransitionTime: string;
}
