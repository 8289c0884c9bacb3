import { listAt } from "../read.ts";
import { type HealthRule, healthy, progressing, type RuleTable } from "../verdict.ts";

const ingressHealth: HealthRule = (object) =>
  listAt(object, "status", "loadBalancer", "ingress").length > 0
    ? healthy("status.loadBalancer.ingress has an address")
    : progressing(
        "status.loadBalancer.ingress is empty",
        "Waiting for the ingress controller to publish an address; for one that never does, annotate the Ingress with argocd.argoproj.io/ignore-healthcheck",
      );

export const networking: RuleTable = {
  "networking.k8s.io/Ingress": ingressHealth,
  "extensions/Ingress": ingressHealth,
};
