/** Actions of the kinds that Kubernetes itself brings along. Names as in Argo CD. */
import { isMapping } from "../../lib/is-mapping.ts";
import type { KubeObject } from "../model/kube-object.ts";
import { type ActionParameter, ActionRefused } from "../model/resource-action.ts";
import { type BuiltInAction, fieldOf, setField } from "./action.ts";

/** What `kubectl rollout restart` sets; a change of the template makes new Pods. */
const RESTARTED_AT = ["spec", "template", "metadata", "annotations", "kubectl.kubernetes.io/restartedAt"];

export const restart: BuiltInAction = {
  name: "restart",
  says: "makes its Pods anew, as kubectl rollout restart does",
  idle: (object) =>
    fieldOf(object, "spec", "paused") === true ? "it is paused, so no Pod would be made anew" : undefined,
  run: (object, { now }) => setField(object, RESTARTED_AT, now),
};

export const scale: BuiltInAction = {
  name: "scale",
  says: "sets the number of its Pods",
  parameters: (object): ActionParameter[] => {
    const replicas = fieldOf(object, "spec", "replicas");
    return [
      {
        name: "replicas",
        says: "how many, from 0",
        ...(typeof replicas === "number" ? { now: String(replicas) } : {}),
      },
    ];
  },
  run: (object, { parameters }) =>
    setField(object, ["spec", "replicas"], wholeNumber("replicas", parameters["replicas"])),
};

/** The most that Kubernetes takes for a number of replicas: 2^31 - 1. */
const MOST = 2_147_483_647;

function wholeNumber(name: string, given: string | undefined): number {
  if (given === undefined || !/^\d{1,10}$/.test(given) || Number(given) > MOST)
    throw new ActionRefused(
      `${name} must be a whole number from 0 to ${MOST}, not ${given === undefined ? "left out" : JSON.stringify(given)}`,
    );
  return Number(given);
}

/** Two actions that set and clear one switch. */
function switches(
  path: readonly string[],
  on: { name: string; says: string; already: string },
  off: { name: string; says: string; already: string },
): BuiltInAction[] {
  const isOn = (object: KubeObject): boolean => fieldOf(object, ...path) === true;
  return [
    {
      name: on.name,
      says: on.says,
      idle: (object) => (isOn(object) ? on.already : undefined),
      run: (object) => setField(object, path, true),
    },
    {
      name: off.name,
      says: off.says,
      idle: (object) => (isOn(object) ? undefined : off.already),
      run: (object) => setField(object, path, false),
    },
  ];
}

export const paused = switches(
  ["spec", "paused"],
  { name: "pause", says: "holds its rollout", already: "it is paused already" },
  { name: "resume", says: "lets its rollout go on", already: "it is not paused" },
);

export const suspended = switches(
  ["spec", "suspend"],
  { name: "suspend", says: "stops it from doing more", already: "it is suspended already" },
  { name: "resume", says: "lets it go on", already: "it is not suspended" },
);

/** Source: `kubectl create job --from=cronjob/…`. */
export const createJob: BuiltInAction = {
  name: "create-job",
  says: "makes a Job of its template now, beside its schedule",
  run(cronJob, { now }) {
    const template = fieldOf(cronJob, "spec", "jobTemplate");
    if (!isMapping(template)) throw new ActionRefused("it has no spec.jobTemplate");
    const { labels, annotations } = isMapping(template["metadata"]) ? template["metadata"] : {};
    const { name, namespace = "", uid = "" } = cronJob.metadata;
    const stamp = Math.floor(Date.parse(now) / 1000);
    const job: KubeObject = {
      apiVersion: "batch/v1",
      kind: "Job",
      metadata: {
        // 63 characters at most: the name becomes a label of its Pods.
        name: `${name.slice(0, 52).replace(/[-.]+$/, "")}-${stamp}`,
        namespace,
        ...(isMapping(labels) ? { labels: labels as Record<string, string> } : {}),
        annotations: {
          ...(isMapping(annotations) ? (annotations as Record<string, string>) : {}),
          "cronjob.kubernetes.io/instantiate": "manual",
        },
        ownerReferences: [{ apiVersion: cronJob.apiVersion, kind: "CronJob", name, uid, controller: true }],
      },
      spec: template["spec"],
    };
    return [{ do: "create", object: job }];
  },
};
