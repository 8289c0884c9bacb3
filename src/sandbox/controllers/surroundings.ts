import { selectorMatches } from "../../core/model/label-selector.ts";
import {
  itemsAt,
  type JsonObject,
  type KubeJson,
  numberAt,
  objectAt,
  textAt,
  textMapAt,
  textsAt,
  withAt,
} from "../json.ts";
import { type StoreEvent, storeKey } from "../storage/store.ts";
import type { Controller } from "./loop.ts";
import { conditionsOf, hasCondition, ownerReference, positive, type World, withCondition } from "./world.ts";

/** The address that the sandbox's balancer gives away. */
const publicAddress = "203.0.113.10";

const keyOf = (event: StoreEvent) => storeKey(event.object.metadata.namespace, event.object.metadata.name);
const changed = (table: string) => (event: StoreEvent) =>
  event.table === table && event.type !== "DELETED" ? [keyOf(event)] : [];

/** What a cluster's add-ons do: addresses for Services and Ingresses, volumes for claims, and quiet autoscalers, budgets and API services. */
export function surroundingControllers(world: World): Controller[] {
  return [
    serviceController(world),
    ingressController(world),
    claimController(world),
    autoscalerController(world),
    budgetController(world),
    apiServiceController(world),
  ];
}

function serviceController(world: World): Controller {
  const services = world.kind("v1", "services");
  const pods = world.kind("v1", "pods");
  const slices = world.kind("discovery.k8s.io/v1", "endpointslices");
  return {
    concerns(event) {
      if (event.table === services.table) return event.type === "DELETED" ? [] : [keyOf(event)];
      if (event.table !== pods.table) return [];
      return world.api.store
        .list(services.table, event.object.metadata.namespace ?? "")
        .filter((service) => selects(service, event.object))
        .map((service) => storeKey(service.metadata.namespace, service.metadata.name));
    },
    reconcile(key) {
      const service = world.find(services, key);
      if (service === undefined || service.metadata.deletionTimestamp !== undefined) return undefined;
      if (
        textAt(service, "spec", "type") === "LoadBalancer" &&
        itemsAt(service, "status", "loadBalancer", "ingress").length === 0
      )
        world.status(services, service, {
          ...objectAt(service, "status"),
          loadBalancer: { ingress: [{ ip: publicAddress, ipMode: "VIP" }] },
        });
      if (Object.keys(textMapAt(service, "spec", "selector")).length > 0) slice(service);
      return undefined;
    },
  };

  function slice(service: KubeJson): void {
    const namespace = service.metadata.namespace ?? "";
    const endpoints = world.api.store
      .list(pods.table, namespace)
      .filter(
        (pod) =>
          selects(service, pod) &&
          textAt(pod, "status", "podIP") !== undefined &&
          pod.metadata.deletionTimestamp === undefined,
      )
      .map((pod) => {
        const ready = hasCondition(pod, "Ready");
        return {
          addresses: [textAt(pod, "status", "podIP") ?? ""],
          conditions: { ready, serving: ready, terminating: false },
          nodeName: textAt(pod, "spec", "nodeName") ?? "",
          targetRef: { kind: "Pod", name: pod.metadata.name, namespace, uid: pod.metadata.uid ?? "" },
        };
      });
    const ports = itemsAt(service, "spec", "ports").map((port) => ({
      name: textAt(port, "name") ?? "",
      protocol: textAt(port, "protocol") ?? "TCP",
      port: typeof port["targetPort"] === "number" ? port["targetPort"] : (numberAt(port, "port") ?? 0),
    }));
    const body: JsonObject = { addressType: "IPv4", endpoints, ports };
    const [mine] = world.owned(service, slices);
    if (mine === undefined)
      world.create(slices, namespace, {
        metadata: {
          generateName: `${service.metadata.name}-`,
          labels: {
            ...textMapAt(service, "metadata", "labels"),
            "kubernetes.io/service-name": service.metadata.name,
            "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
          },
          ownerReferences: [ownerReference(service)],
        },
        ...body,
      });
    else world.change(slices, mine, (current) => ({ ...current, ...body }));
  }
}

function selects(service: KubeJson, pod: KubeJson): boolean {
  const wanted = textMapAt(service, "spec", "selector");
  return (
    Object.keys(wanted).length > 0 &&
    selectorMatches({ matchLabels: wanted }, textMapAt(pod, "metadata", "labels"))
  );
}

function ingressController(world: World): Controller {
  const ingresses = world.kind("networking.k8s.io/v1", "ingresses");
  return {
    concerns: changed(ingresses.table),
    reconcile(key) {
      const ingress = world.find(ingresses, key);
      if (ingress !== undefined && itemsAt(ingress, "status", "loadBalancer", "ingress").length === 0)
        world.status(ingresses, ingress, { loadBalancer: { ingress: [{ ip: publicAddress }] } });
      return undefined;
    },
  };
}

function claimController(world: World): Controller {
  const claims = world.kind("v1", "persistentvolumeclaims");
  const volumes = world.kind("v1", "persistentvolumes");
  const pods = world.kind("v1", "pods");
  return {
    concerns(event) {
      if (event.table === claims.table) return [keyOf(event)];
      if (event.table !== pods.table || event.type !== "DELETED") return [];
      return itemsAt(event.object, "spec", "volumes")
        .flatMap((volume) => textAt(volume, "persistentVolumeClaim", "claimName") ?? [])
        .map((name) => storeKey(event.object.metadata.namespace, name));
    },
    reconcile(key) {
      const claim = world.find(claims, key);
      if (claim === undefined) return undefined;
      if (claim.metadata.deletionTimestamp !== undefined) release(claim);
      else if (textAt(claim, "status", "phase") !== "Bound") bind(claim);
      return undefined;
    },
  };

  function bind(claim: KubeJson): void {
    const storage = objectAt(claim, "spec", "resources", "requests")["storage"] ?? "1Gi";
    const accessModes = textsAt(claim, "spec", "accessModes");
    const name = textAt(claim, "spec", "volumeName") ?? `pvc-${claim.metadata.uid ?? ""}`;
    if (world.find(volumes, storeKey("", name)) === undefined) {
      world.create(volumes, "", {
        metadata: { name },
        spec: {
          capacity: { storage },
          accessModes,
          persistentVolumeReclaimPolicy: "Delete",
          hostPath: { path: `/var/lib/sandbox/${name}` },
          claimRef: {
            apiVersion: "v1",
            kind: "PersistentVolumeClaim",
            name: claim.metadata.name,
            namespace: claim.metadata.namespace ?? "",
            uid: claim.metadata.uid ?? "",
          },
        },
      });
    }
    const volume = world.find(volumes, storeKey("", name));
    if (volume !== undefined)
      world.status(volumes, volume, { ...objectAt(volume, "status"), phase: "Bound" });
    world.change(claims, claim, (current) => withAt(current, ["spec", "volumeName"], name));
    world.status(claims, claim, { phase: "Bound", accessModes, capacity: { storage } });
  }

  function release(claim: KubeJson): void {
    const inUse = world.api.store
      .list(pods.table, claim.metadata.namespace ?? "")
      .some((pod) =>
        itemsAt(pod, "spec", "volumes").some(
          (volume) => textAt(volume, "persistentVolumeClaim", "claimName") === claim.metadata.name,
        ),
      );
    if (inUse) return;
    const volume = world.find(volumes, storeKey("", textAt(claim, "spec", "volumeName") ?? ""));
    world.removeFinalizer(claims, claim, "kubernetes.io/pvc-protection");
    if (volume === undefined || textAt(volume, "spec", "persistentVolumeReclaimPolicy") !== "Delete") return;
    world.delete(volumes, volume);
    world.removeFinalizer(volumes, volume, "kubernetes.io/pv-protection");
  }
}

function autoscalerController(world: World): Controller {
  const scalers = world.kind("autoscaling/v2", "horizontalpodautoscalers");
  return {
    concerns: changed(scalers.table),
    reconcile(key) {
      const scaler = world.find(scalers, key);
      if (scaler === undefined) return undefined;
      const reference = objectAt(scaler, "spec", "scaleTargetRef");
      const kind = world.api.registry.ofKind(
        textAt(reference, "apiVersion") ?? "",
        textAt(reference, "kind") ?? "",
      );
      const target =
        kind === undefined
          ? undefined
          : world.find(kind, storeKey(scaler.metadata.namespace, textAt(reference, "name") ?? ""));
      const condition =
        target === undefined
          ? {
              type: "AbleToScale",
              status: "False",
              reason: "FailedGetScale",
              message: `the HPA controller was unable to get the target's current scale: ${textAt(reference, "name") ?? ""} not found`,
            }
          : {
              type: "AbleToScale",
              status: "True",
              reason: "ReadyForNewScale",
              message: "recommended size matches current size",
            };
      const replicas = numberAt(target, "spec", "replicas") ?? 0;
      world.status(scalers, scaler, {
        ...positive({ currentReplicas: replicas }),
        desiredReplicas: replicas,
        currentMetrics: null,
        conditions: withCondition(conditionsOf(scaler), condition, world.now()),
      });
      return target === undefined ? 5_000 : undefined;
    },
  };
}

function budgetController(world: World): Controller {
  const budgets = world.kind("policy/v1", "poddisruptionbudgets");
  return {
    concerns: changed(budgets.table),
    reconcile(key) {
      const budget = world.find(budgets, key);
      if (budget === undefined) return undefined;
      const condition = {
        type: "DisruptionAllowed",
        status: "False",
        reason: "InsufficientPods",
        message: "",
        observedGeneration: budget.metadata.generation ?? 0,
      };
      world.status(budgets, budget, {
        observedGeneration: budget.metadata.generation ?? 0,
        disruptionsAllowed: 0,
        currentHealthy: 0,
        desiredHealthy: 0,
        expectedPods: 0,
        conditions: withCondition(conditionsOf(budget), condition, world.now()),
      });
      return undefined;
    },
  };
}

function apiServiceController(world: World): Controller {
  const apiServices = world.kind("apiregistration.k8s.io/v1", "apiservices");
  return {
    concerns: changed(apiServices.table),
    reconcile(key) {
      const found = world.find(apiServices, key);
      if (found !== undefined)
        world.status(apiServices, found, {
          conditions: withCondition(
            conditionsOf(found),
            { type: "Available", status: "True", reason: "Passed", message: "all checks passed" },
            world.now(),
          ),
        });
      return undefined;
    },
  };
}
