import { selectorMatches } from "../../core/model/label-selector.ts";
import { equalJson } from "../../lib/equal-json.ts";
import { type Cause, duplicate, forbiddenField, invalidValue, notSupported, required } from "../api-error.ts";
import {
  isObject,
  itemsAt,
  type Json,
  type JsonObject,
  type KubeJson,
  numberAt,
  objectAt,
  textAt,
  textMapAt,
  textsAt,
} from "../json.ts";
import { labelCauses } from "./names.ts";

type Validation = (object: KubeJson, old: KubeJson | undefined) => Cause[];

/**
 * The refusals of built-in kinds that people meet: what is required, what may not change, what must fit together.
 * A small part of the real server's rules, in its words.
 */
export const validationByKind: Readonly<Record<string, Validation>> = {
  ConfigMap(object, old) {
    if (old?.["immutable"] !== true) return [];
    const changed = ["data", "binaryData"].filter((field) => !equalJson(object[field], old[field]));
    return [...(object["immutable"] === true ? [] : ["immutable"]), ...changed].map((field) =>
      forbiddenField(field, "field is immutable when `immutable` is set"),
    );
  },
  Secret(object, old) {
    const causes: Cause[] = [];
    if (old !== undefined && object["type"] !== old["type"])
      causes.push(invalidValue("type", object["type"], "field is immutable"));
    if (old?.["immutable"] === true && !equalJson(object["data"], old["data"]))
      causes.push(forbiddenField("data", "field is immutable when `immutable` is set"));
    return causes;
  },
  Pod(object, old) {
    const causes = podCauses(objectAt(object, "spec"), "spec");
    if (old !== undefined && !equalJson(fixedPart(object), fixedPart(old))) {
      causes.push(
        forbiddenField(
          "spec",
          "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)",
        ),
      );
    }
    return causes;
  },
  Service(object, old) {
    const spec = objectAt(object, "spec");
    const type = textAt(spec, "type") ?? "";
    const causes: Cause[] = [];
    const ports = itemsAt(spec, "ports");
    if (ports.length === 0 && type !== "ExternalName" && spec["clusterIP"] !== "None")
      causes.push(required("spec.ports"));
    if (type === "ExternalName" && textAt(spec, "externalName") === undefined)
      causes.push(required("spec.externalName"));
    ports.forEach((port, position) => {
      const path = `spec.ports[${position}]`;
      if (ports.length > 1 && (textAt(port, "name") ?? "") === "") causes.push(required(`${path}.name`));
      causes.push(...portCauses(numberAt(port, "port") ?? 0, `${path}.port`));
      if (typeof port["targetPort"] === "number")
        causes.push(...portCauses(port["targetPort"], `${path}.targetPort`));
      if (
        ports
          .slice(0, position)
          .some((other) => other["port"] === port["port"] && other["protocol"] === port["protocol"])
      )
        causes.push(
          duplicate(path, {
            Name: "",
            Protocol: port["protocol"],
            AppProtocol: null,
            Port: port["port"],
            TargetPort: 0,
            NodePort: 0,
          }),
        );
      if (!["TCP", "UDP", "SCTP"].includes(textAt(port, "protocol") ?? ""))
        causes.push(notSupported(`${path}.protocol`, port["protocol"], ["SCTP", "TCP", "UDP"]));
    });
    const types = ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"];
    if (!types.includes(type)) causes.push(notSupported("spec.type", type, types));
    const before = textAt(old, "spec", "clusterIP");
    const isIp = type !== "ExternalName" && textAt(old, "spec", "type") !== "ExternalName";
    if (before !== undefined && before !== "" && isIp && spec["clusterIP"] !== before)
      causes.push(invalidValue("spec.clusterIPs[0]", spec["clusterIPs"], "may not change once set"));
    return causes;
  },
  PersistentVolumeClaim(object, old) {
    const spec = objectAt(object, "spec");
    if (old === undefined) {
      const causes: Cause[] =
        textsAt(spec, "accessModes").length === 0
          ? [required("spec.accessModes", "at least 1 access mode is required")]
          : [];
      if (objectAt(spec, "resources", "requests")["storage"] === undefined)
        causes.push(required("spec.resources[storage]"));
      return causes;
    }
    const { resources: _a, volumeName: _b, ...before } = objectAt(old, "spec");
    const { resources: _c, volumeName: _d, ...after } = spec;
    return equalJson(before, after)
      ? []
      : [
          forbiddenField(
            "spec",
            "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims",
          ),
        ];
  },
  "apps/Deployment"(object, old) {
    const strategy = objectAt(object, "spec", "strategy");
    const causes = workloadCauses(object, old, "Deployment");
    return strategy["type"] === "Recreate" && strategy["rollingUpdate"] !== undefined
      ? [
          ...causes,
          forbiddenField(
            "spec.strategy.rollingUpdate",
            "may not be specified when strategy `type` is 'Recreate'",
          ),
        ]
      : causes;
  },
  "apps/ReplicaSet": (object, old) => workloadCauses(object, old, "ReplicaSet"),
  "apps/DaemonSet": (object, old) => workloadCauses(object, old, "DaemonSet"),
  "apps/StatefulSet"(object, old) {
    const causes = workloadCauses(object, undefined, "StatefulSet");
    if (old === undefined) return causes;
    const open = new Set([
      "replicas",
      "ordinals",
      "template",
      "updateStrategy",
      "revisionHistoryLimit",
      "persistentVolumeClaimRetentionPolicy",
      "minReadySeconds",
    ]);
    const fixed = (spec: JsonObject): JsonObject =>
      Object.fromEntries(Object.entries(spec).filter(([field]) => !open.has(field)));
    if (!equalJson(fixed(objectAt(object, "spec")), fixed(objectAt(old, "spec"))))
      causes.push(
        forbiddenField(
          "spec",
          "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
        ),
      );
    return causes;
  },
  "batch/Job"(object, old) {
    const causes = podCauses(objectAt(object, "spec", "template", "spec"), "spec.template.spec");
    if (old !== undefined) causes.unshift(...jobSelectorCauses(object, old));
    const restart = textAt(object, "spec", "template", "spec", "restartPolicy");
    if (restart === "Always")
      causes.push(required("spec.template.spec.restartPolicy", 'valid values: "OnFailure", "Never"'));
    if (
      old !== undefined &&
      isObject(objectAt(object, "spec")["selector"]) &&
      !equalJson(objectAt(object, "spec", "template"), objectAt(old, "spec", "template"))
    )
      causes.push(invalidValue("spec.template", objectAt(object, "spec", "template"), "field is immutable"));
    return causes;
  },
  "batch/CronJob"(object) {
    const schedule = textAt(object, "spec", "schedule") ?? "";
    const causes = schedule === "" ? [required("spec.schedule")] : [];
    const restart = textAt(object, "spec", "jobTemplate", "spec", "template", "spec", "restartPolicy");
    if (restart === "Always")
      causes.push(
        required("spec.jobTemplate.spec.template.spec.restartPolicy", 'valid values: "OnFailure", "Never"'),
      );
    return [
      ...causes,
      ...podCauses(
        objectAt(object, "spec", "jobTemplate", "spec", "template", "spec"),
        "spec.jobTemplate.spec.template.spec",
      ),
    ];
  },
  "autoscaling/HorizontalPodAutoscaler"(object) {
    const max = numberAt(object, "spec", "maxReplicas") ?? 0;
    const min = numberAt(object, "spec", "minReplicas") ?? 1;
    if (max < 1) return [invalidValue("spec.maxReplicas", max, "must be greater than 0")];
    return max < min
      ? [invalidValue("spec.maxReplicas", max, "must be greater than or equal to `minReplicas`")]
      : [];
  },
  "networking.k8s.io/Ingress"(object) {
    const spec = objectAt(object, "spec");
    const rules = itemsAt(spec, "rules");
    if (rules.length === 0 && !isObject(spec["defaultBackend"]))
      return [invalidValue("spec", null, "either `defaultBackend` or `rules` must be specified")];
    return rules.flatMap((rule, r) =>
      itemsAt(rule, "http", "paths").flatMap((path, p) => {
        const at = `spec.rules[${r}].http.paths[${p}]`;
        return (textAt(path, "pathType") ?? "") === ""
          ? [required(`${at}.pathType`, "pathType must be specified")]
          : [];
      }),
    );
  },
  "rbac.authorization.k8s.io/RoleBinding": bindingCauses,
  "rbac.authorization.k8s.io/ClusterRoleBinding": bindingCauses,
  "storage.k8s.io/StorageClass"(object, old) {
    const causes = (textAt(object, "provisioner") ?? "") === "" ? [required("provisioner")] : [];
    if (old === undefined) return causes;
    const fixed = ["provisioner", "parameters", "reclaimPolicy", "volumeBindingMode"].filter(
      (field) => !equalJson(object[field], old[field]),
    );
    return [
      ...causes,
      ...fixed.map((field) =>
        field === "provisioner" || field === "parameters"
          ? forbiddenField(field, `updates to ${field} are forbidden.`)
          : invalidValue(field, object[field], "field is immutable"),
      ),
    ];
  },
  "apiextensions.k8s.io/CustomResourceDefinition"(object) {
    const group = textAt(object, "spec", "group") ?? "";
    const plural = textAt(object, "spec", "names", "plural") ?? "";
    const wanted = `${plural}.${group}`;
    const causes: Cause[] = [];
    if (object.metadata.name !== wanted)
      causes.push(
        invalidValue("metadata.name", object.metadata.name, `must be spec.names.plural+"."+spec.group`),
      );
    if (group === "") causes.push(required("spec.group"));
    if (!["Cluster", "Namespaced"].includes(textAt(object, "spec", "scope") ?? ""))
      causes.push(
        (textAt(object, "spec", "scope") ?? "") === ""
          ? required("spec.scope")
          : notSupported("spec.scope", textAt(object, "spec", "scope"), ["Cluster", "Namespaced"]),
      );
    const versions = itemsAt(object, "spec", "versions");
    if (versions.filter((version) => version["storage"] === true).length !== 1)
      causes.push(
        invalidValue("spec.versions", null, "must have exactly one version marked as storage version"),
      );
    versions.forEach((version, position) => {
      if (!isObject(objectAt(version, "schema")["openAPIV3Schema"]))
        causes.push(required(`spec.versions[${position}].schema.openAPIV3Schema`, "schemas are required"));
    });
    return causes;
  },
};

function jobSelectorCauses(object: KubeJson, old: KubeJson): Cause[] {
  const selector = objectAt(object, "spec")["selector"];
  if (isObject(selector))
    return equalJson(selector, objectAt(old, "spec")["selector"])
      ? []
      : [invalidValue("spec.selector", selector, "field is immutable")];
  const labels = textMapAt(object, "spec", "template", "metadata", "labels");
  const missing = [
    required("spec.selector"),
    invalidValue(
      "spec.template.metadata.labels",
      Object.keys(labels).length === 0 ? null : labels,
      "`selector` does not match template `labels`",
    ),
  ];
  return [...missing, ...missing, invalidValue("spec.selector", null, "field is immutable")];
}

function bindingCauses(object: KubeJson, old: KubeJson | undefined): Cause[] {
  if (old !== undefined && !equalJson(object["roleRef"], old["roleRef"]))
    return [invalidValue("roleRef", object["roleRef"], "cannot change roleRef")];
  return (textAt(object, "roleRef", "name") ?? "") === "" ? [required("roleRef.name")] : [];
}

function workloadCauses(object: KubeJson, old: KubeJson | undefined, kind: string): Cause[] {
  const spec = objectAt(object, "spec");
  const causes: Cause[] = [];
  const replicas = numberAt(spec, "replicas");
  if (replicas !== undefined && replicas < 0)
    causes.push(invalidValue("spec.replicas", replicas, "must be greater than or equal to 0"));
  const selector = spec["selector"];
  const labels = textMapAt(spec, "template", "metadata", "labels");
  if (!isObject(selector)) causes.push(required("spec.selector"));
  else if (Object.keys(selector).length === 0)
    causes.push(
      invalidValue("spec.selector", selector, `empty selector is invalid for ${kind.toLowerCase()}`),
    );
  if (!isObject(selector) || !selectorMatches(selector, labels))
    causes.push(
      invalidValue(
        "spec.template.metadata.labels",
        Object.keys(labels).length === 0 ? null : labels,
        "`selector` does not match template `labels`",
      ),
    );
  causes.push(...labelCauses(labels, "spec.template.labels"));
  causes.push(...podCauses(objectAt(spec, "template", "spec"), "spec.template.spec"));
  const restart = textAt(spec, "template", "spec", "restartPolicy");
  if (restart !== "Always")
    causes.push(notSupported("spec.template.spec.restartPolicy", restart, ["Always"]));
  if (old !== undefined && !equalJson(selector, objectAt(old, "spec")["selector"]))
    causes.push(invalidValue("spec.selector", selector, "field is immutable"));
  return causes;
}

function podCauses(spec: JsonObject, path: string): Cause[] {
  const causes: Cause[] = [];
  const volumes = new Set(itemsAt(spec, "volumes").map((volume) => textAt(volume, "name")));
  const containers = itemsAt(spec, "containers");
  if (containers.length === 0) causes.push(required(`${path}.containers`));
  for (const list of ["initContainers", "containers"]) {
    itemsAt(spec, list).forEach((container, position) => {
      const at = `${path}.${list}[${position}]`;
      if ((textAt(container, "name") ?? "") === "") causes.push(required(`${at}.name`));
      if ((textAt(container, "image") ?? "") === "") causes.push(required(`${at}.image`));
      itemsAt(container, "ports").forEach((port, index) => {
        const number = numberAt(port, "containerPort") ?? 0;
        if (number === 0) causes.push(required(`${at}.ports[${index}].containerPort`));
        else causes.push(...portCauses(number, `${at}.ports[${index}].containerPort`));
      });
      itemsAt(container, "env").forEach((variable, index) => {
        if ((textAt(variable, "name") ?? "") === "") causes.push(required(`${at}.env[${index}].name`));
      });
      itemsAt(container, "volumeMounts").forEach((mount, index) => {
        const name = textAt(mount, "name") ?? "";
        if (!volumes.has(name))
          causes.push({
            field: `${at}.volumeMounts[${index}].name`,
            reason: "FieldValueNotFound",
            message: `Not found: ${JSON.stringify(name)}`,
          });
      });
    });
  }
  return causes;
}

function portCauses(port: number, path: string): Cause[] {
  return port >= 1 && port <= 65535
    ? []
    : [invalidValue(path, port, "must be between 1 and 65535, inclusive")];
}

/** A Pod's spec without what may still change. */
function fixedPart(object: KubeJson): JsonObject {
  const {
    tolerations: _t,
    activeDeadlineSeconds: _a,
    terminationGracePeriodSeconds: _g,
    nodeName: _n,
    ...spec
  } = objectAt(object, "spec");
  const withoutImages = (containers: JsonObject[]): Json[] =>
    containers.map(({ image: _image, ...container }) => container);
  return {
    ...spec,
    containers: withoutImages(itemsAt(spec, "containers")),
    initContainers: withoutImages(itemsAt(spec, "initContainers")),
  };
}
