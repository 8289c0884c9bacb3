import { printYaml } from "../../lib/yaml.ts";
import { customResourceDefinitions } from "../definitions/custom-resources.ts";
import type { KubeObject } from "../model/kube-object.ts";
import { AROUND, type InstallPlan, NAME, ours } from "./install-plan.ts";
import { accountOf, rightsOf } from "./rights.ts";
import { claimOf, deploymentOf, networkPolicyOf, serviceOf } from "./workload.ts";

/** Of a restricted namespace nothing but what is written here may run. */
const RESTRICTED = {
  "pod-security.kubernetes.io/enforce": "restricted",
  "pod-security.kubernetes.io/warn": "restricted",
};

/** The kinds of applications, marked as part of an installation. */
export function installedDefinitions(): KubeObject[] {
  return customResourceDefinitions().map(ours);
}

/** All of an installation but the definitions, in the order in which a cluster is to get it. */
export function installObjects(plan: InstallPlan): KubeObject[] {
  const { namespace } = plan;
  return [
    { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace, labels: RESTRICTED } },
    accountOf(plan),
    ...rightsOf(plan),
    {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: NAME, namespace },
      data: { "holdfast.yaml": printYaml(installedConfig(plan)) },
    },
    claimOf(plan),
    networkPolicyOf(plan),
    serviceOf(plan),
    deploymentOf(plan),
  ].map(ours);
}

/** The config that it starts with. With an account everybody is asked who they are. */
export function installedConfig({ namespace, rights }: InstallPlan): Record<string, unknown> {
  return {
    server: { listen: "0.0.0.0:8080", tls: { selfSigned: true } },
    data: "/var/lib/holdfast",
    home: "cluster",
    namespace,
    accounts: [{ name: "admin", may: ["login", "apiKey"] }],
    ...(rights.is === "namespaces"
      ? { clusters: [{ name: "in-cluster", server: AROUND, namespaces: rights.namespaces }] }
      : {}),
  };
}
