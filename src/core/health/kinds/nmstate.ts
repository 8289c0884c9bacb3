import { operatorHealth } from "../families/openshift-operator.ts";
import type { RuleTable } from "../verdict.ts";

export const nmstate: RuleTable = { "nmstate.io/NodeNetworkConfigurationPolicy": operatorHealth, "nmstate.io/NMState": operatorHealth };
