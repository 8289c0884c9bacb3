import { byConditions } from "../families/by-conditions.ts";
import { reported } from "../families/reported.ts";
import type { RuleTable } from "../verdict.ts";

const configured = reported(byConditions({ good: ["Ready"], reasons: { Degraded: ["NotReady"] } }));

/** Pools and node classes are Ready or misconfigured; a claim is on its way to a node. */
export const karpenter: RuleTable = {
  "karpenter.k8s.aws/EC2NodeClass": configured,
  "karpenter.azure.com/AKSNodeClass": configured,
  "karpenter.sh/NodePool": configured,
  "karpenter.sh/NodeClaim": reported(
    byConditions({
      good: ["Ready"],
      reasons: { Progressing: ["UnhealthyDependents", "ReconcilingDependents"] },
    }),
  ),
};
