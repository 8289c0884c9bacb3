import { isObject, itemsAt, type JsonObject, objectAt, textAt } from "../json.ts";
import { existing, preset } from "./preset.ts";

/** Defaults of a Pod's or a template's `spec`. Mutates the decoder's fresh copy. */
export function defaultPodSpec(spec: JsonObject): void {
  preset(spec, {
    dnsPolicy: "ClusterFirst",
    restartPolicy: "Always",
    terminationGracePeriodSeconds: 30,
    schedulerName: "default-scheduler",
  });
  if (spec["securityContext"] === undefined) spec["securityContext"] = {};
  // Two names for one thing: the old one follows the new one.
  const account = textAt(spec, "serviceAccountName") ?? textAt(spec, "serviceAccount");
  if (account !== undefined) {
    spec["serviceAccountName"] = account;
    spec["serviceAccount"] = account;
  }
  if (spec["hostNetwork"] === true) {
    for (const container of [...itemsAt(spec, "containers"), ...itemsAt(spec, "initContainers")])
      for (const port of itemsAt(container, "ports")) preset(port, { hostPort: port["containerPort"] ?? 0 });
  }
  for (const list of ["containers", "initContainers", "ephemeralContainers"])
    for (const container of itemsAt(spec, list)) defaultContainer(container);
  for (const volume of itemsAt(spec, "volumes")) defaultVolume(volume);
}

/** Defaults of a Pod alone, not of templates: what has a limit and no request asks for its limit. */
export function defaultPodRequests(spec: JsonObject): void {
  for (const list of ["containers", "initContainers"]) {
    for (const container of itemsAt(spec, list)) {
      const resources = existing(container, "resources");
      const limits = objectAt(resources, "limits");
      if (resources !== undefined && Object.keys(limits).length > 0)
        resources["requests"] = { ...limits, ...objectAt(resources, "requests") };
    }
  }
}

function defaultContainer(container: JsonObject): void {
  const image = textAt(container, "image") ?? "";
  preset(container, {
    terminationMessagePath: "/dev/termination-log",
    terminationMessagePolicy: "File",
    imagePullPolicy: isLatest(image) ? "Always" : "IfNotPresent",
  });
  for (const port of itemsAt(container, "ports")) preset(port, { protocol: "TCP" });
  for (const variable of itemsAt(container, "env")) defaultFieldRef(objectAt(variable, "valueFrom"));
  for (const name of ["livenessProbe", "readinessProbe", "startupProbe"]) {
    const probe = existing(container, name);
    if (probe === undefined) continue;
    preset(probe, { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 });
    defaultHandler(probe);
  }
  for (const hook of ["postStart", "preStop"]) defaultHandler(objectAt(container, "lifecycle", hook));
}

function isLatest(image: string): boolean {
  if (image.includes("@")) return false;
  const tag = image.slice(image.lastIndexOf("/") + 1).split(":")[1];
  return tag === undefined || tag === "latest";
}

function defaultHandler(handler: JsonObject): void {
  const get = existing(handler, "httpGet");
  if (get !== undefined) preset(get, { path: "/", scheme: "HTTP" });
  const grpc = existing(handler, "grpc");
  if (grpc !== undefined && grpc["service"] === undefined) grpc["service"] = "";
}

function defaultFieldRef(source: JsonObject): void {
  const field = existing(source, "fieldRef");
  if (field !== undefined) preset(field, { apiVersion: "v1" });
  const resource = existing(source, "resourceFieldRef");
  if (resource !== undefined) preset(resource, { divisor: "0" });
}

function defaultVolume(volume: JsonObject): void {
  if (Object.keys(volume).every((key) => key === "name")) volume["emptyDir"] = {};
  for (const source of ["configMap", "secret", "projected", "downwardAPI"]) {
    const found = existing(volume, source);
    if (found !== undefined) preset(found, { defaultMode: 420 });
  }
  for (const item of itemsAt(volume, "downwardAPI", "items")) defaultFieldRef(item);
  for (const source of itemsAt(volume, "projected", "sources")) {
    for (const item of itemsAt(source, "downwardAPI", "items")) defaultFieldRef(item);
    const token = existing(source, "serviceAccountToken");
    if (token !== undefined) preset(token, { expirationSeconds: 3600 });
  }
  const path = existing(volume, "hostPath");
  if (path !== undefined && path["type"] === undefined) path["type"] = "";
  const iscsi = existing(volume, "iscsi");
  if (iscsi !== undefined) preset(iscsi, { iscsiInterface: "default" });
  const claim = objectAt(volume, "ephemeral", "volumeClaimTemplate", "spec");
  if (isObject(claim) && Object.keys(claim).length > 0) preset(claim, { volumeMode: "Filesystem" });
}
