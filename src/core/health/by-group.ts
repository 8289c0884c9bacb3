import { awsControllerHealth } from "./families/ack.ts";
import { camelHealth } from "./families/camel.ts";
import { clusterApiHealth } from "./families/cluster-api.ts";
import { configConnectorHealth } from "./families/config-connector.ts";
import { usualHealth } from "./families/conventions.ts";
import { crossplaneHealth } from "./families/crossplane.ts";
import { fluxHealth } from "./families/flux.ts";
import { gatekeeperHealth } from "./families/gatekeeper.ts";
import { gatewayApiHealth } from "./families/gateway-api.ts";
import { glooHealth } from "./families/gloo.ts";
import { victoriaMetricsHealth } from "./families/victoria-metrics.ts";
import type { HealthRule } from "./verdict.ts";

/** Families that own whole API groups; `*.` stands for any prefix, the domain itself included. */
const families: readonly { name: string; groups: string; rule: HealthRule }[] = [
  { name: "crossplane", groups: "*.crossplane.io *.upbound.io", rule: crossplaneHealth },
  { name: "config-connector", groups: "*.cnrm.cloud.google.com", rule: configConnectorHealth },
  { name: "aws-controllers", groups: "*.services.k8s.aws", rule: awsControllerHealth },
  { name: "camel", groups: "camel.apache.org", rule: camelHealth },
  { name: "cluster-api", groups: "*.cluster.x-k8s.io", rule: clusterApiHealth },
  { name: "flux", groups: "*.toolkit.fluxcd.io", rule: fluxHealth },
  {
    name: "gateway-api",
    groups: "gateway.networking.k8s.io microgateway.airlock.com",
    rule: gatewayApiHealth,
  },
  {
    name: "gatekeeper",
    groups: "templates.gatekeeper.sh constraints.gatekeeper.sh mutations.gatekeeper.sh",
    rule: gatekeeperHealth,
  },
  { name: "gloo", groups: "gateway.solo.io gloo.solo.io", rule: glooHealth },
  { name: "victoria-metrics", groups: "operator.victoriametrics.com", rule: victoriaMetricsHealth },
  // Azure Service Operator; Kubitus' Grafana organisations; Knative's own kinds: every kind of theirs reports.
  {
    name: "usual",
    groups:
      "*.azure.com *.kubitus-project.gitlab.io serving.knative.dev eventing.knative.dev sources.knative.dev messaging.knative.dev flows.knative.dev operator.knative.dev",
    rule: usualHealth,
  },
];

const exact = new Map(
  families.flatMap(({ name, groups, rule }) =>
    groups
      .split(" ")
      .filter((group) => !group.startsWith("*."))
      .map((group) => [group, { name, rule }] as const),
  ),
);
const suffixes = families.flatMap(({ name, groups, rule }) =>
  groups
    .split(" ")
    .filter((group) => group.startsWith("*."))
    .map((group) => ({ suffix: group.slice(1), name, rule })),
);

/** The family that every kind of a group belongs to. */
export function familyOf(group: string): { name: string; rule: HealthRule } | undefined {
  return (
    exact.get(group) ?? suffixes.find(({ suffix }) => group.endsWith(suffix) || group === suffix.slice(1))
  );
}
