import { isMapping } from "../../../lib/is-mapping.ts";
import type { KubeObject } from "../../model/kube-object.ts";
import { byConditions } from "../families/by-conditions.ts";
import { reported } from "../families/reported.ts";
import { isWorse } from "../order.ts";
import { at, count, join, listAt, textAt } from "../read.ts";
import { degraded, type HealthRule, healthy, progressing, type RuleTable, type Verdict } from "../verdict.ts";

/** GitOps Promoter: Ready tells whether reconciling worked; what a promotion or gate waits for stands beside it. */
const ready = byConditions({ good: ["Ready"], vocabulary: "ignored" });

/** `then` speaks once Ready is True. */
const onceReady = (then: HealthRule): HealthRule =>
  reported((object) => {
    const verdict = ready(object);
    return verdict?.status === "Healthy" ? (then(object) ?? verdict) : verdict;
  });

/** Gates: one phase per environment. */
const gate: HealthRule = (object) => {
  const environments = [
    ...listAt(object, "status", "environments"),
    ...listAt(object, "status", "applicationsSelected"),
  ].filter(isMapping);
  const inPhase = (phase: string) =>
    environments
      .filter((environment) => textAt(environment, "phase") === phase)
      .map((environment) => textAt(environment, "branch") || textAt(environment, "name"));
  const [failed, pending] = [inPhase("failure"), inPhase("pending")];
  if (failed.length > 0)
    return degraded("an environment's phase is failure", `The check failed for ${failed.join(", ")}`);
  if (pending.length > 0)
    return progressing("an environment's phase is pending", `The check is pending for ${pending.join(", ")}`);
  return environments.length === 0
    ? undefined
    : healthy(
        "every environment's phase is success",
        `The check passed for ${count(environments.length, "environment")}`,
      );
};

const sha = (text: string): string => text.slice(0, 7);

interface Checks {
  failed: string[];
  pending: string[];
}
const checksOf = (side: unknown): Checks => {
  const entries = listAt(side, "commitStatuses").filter(isMapping);
  const keys = (phase: string) =>
    entries.filter((entry) => textAt(entry, "phase") === phase).map((entry) => textAt(entry, "key"));
  return { failed: keys("failure"), pending: keys("pending") };
};
const showChecks = ({ failed, pending }: Checks): string =>
  join(
    [
      pending.length > 0 ? `pending: ${pending.join(", ")}` : "",
      failed.length > 0 ? `failed: ${failed.join(", ")}` : "",
    ],
    "; ",
  );

/** One environment on its way from the proposed commit to the active one. `where` names it, or is "". */
function promotion(environment: unknown, where: string): Verdict | undefined {
  const [active, proposed] = [
    textAt(environment, "active", "dry", "sha"),
    textAt(environment, "proposed", "dry", "sha"),
  ];
  const place = where === "" ? "" : `Environment ${where}: `;
  if (active === "") return progressing("active.dry.sha is absent", `${place}no commit is active yet`);
  if (proposed === "") return progressing("proposed.dry.sha is absent", `${place}no commit is proposed yet`);
  if (active !== proposed) {
    const checks = checksOf(at(environment, "proposed"));
    const say = join(
      [`${place}promotion from ${sha(active)} to ${sha(proposed)}`, showChecks(checks)],
      ", checks ",
    );
    return checks.failed.length > 0 && checks.pending.length === 0
      ? degraded("a check of the proposed commit failed", say)
      : progressing("the proposed commit is not active yet", say);
  }
  const checks = checksOf(at(environment, "active"));
  const say = `${place}commit ${sha(active)} is active, checks ${showChecks(checks)}`;
  // The promotion is done; how the environment fares on its commit is what the checks' own objects tell.
  return checks.pending.length + checks.failed.length > 0
    ? healthy("the proposed commit is active", say)
    : undefined;
}

const strategy: HealthRule = (object) => {
  if (listAt(object, "status", "environments").length === 0)
    return progressing("status.environments is empty", "Waiting for the environments to be reported");
  const verdicts = listAt(object, "status", "environments")
    .filter(isMapping)
    .flatMap((environment) => promotion(environment, textAt(environment, "branch")) ?? []);
  return verdicts.reduce<Verdict | undefined>(
    (worst, verdict) => (worst === undefined || isWorse(verdict.status, worst.status) ? verdict : worst),
    undefined,
  );
};

const reports: HealthRule = (object: KubeObject) =>
  healthy(
    "condition Ready is True",
    join([
      `Reports ${textAt(object, "status", "phase") || textAt(object, "spec", "phase")} for commit ${sha(textAt(object, "status", "sha"))}`,
    ]),
  );

const group = (kind: string): string => `promoter.argoproj.io/${kind}`;

export const promoter: RuleTable = {
  [group("PromotionStrategy")]: onceReady(strategy),
  [group("ChangeTransferPolicy")]: onceReady((object) => promotion(at(object, "status"), "")),
  // A commit status that says "failure" has done its work.
  [group("CommitStatus")]: onceReady(reports),
  [group("ArgoCDCommitStatus")]: onceReady(gate),
  [group("GitCommitStatus")]: onceReady(gate),
  [group("TimedCommitStatus")]: onceReady(gate),
  [group("WebRequestCommitStatus")]: onceReady(gate),
  [group("PullRequest")]: reported(ready),
  [group("GitRepository")]: reported(ready),
  [group("ScmProvider")]: reported(ready),
  [group("ClusterScmProvider")]: reported(ready),
};
