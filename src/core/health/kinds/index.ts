import { apiextensions } from "./apiextensions.ts";
import { apiregistration } from "./apiregistration.ts";
import { apps } from "./apps.ts";
import { autoscaling } from "./autoscaling.ts";
import { batch } from "./batch.ts";
import { core } from "./core.ts";
import { networking } from "./networking.ts";
import { policy } from "./policy.ts";
import type { RuleTable } from "../verdict.ts";

/** Every kind that has a rule of its own. */
export const rulesByKind: RuleTable = {
  ...apiextensions, ...apiregistration, ...apps, ...autoscaling, ...batch, ...core, ...networking, ...policy,
};
