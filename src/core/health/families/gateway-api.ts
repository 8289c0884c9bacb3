import { isMapping } from "../../../lib/is-mapping.ts";
import type { KubeObject } from "../../model/kube-object.ts";
import { type Condition, cite, conditionsAt, conditionsOf, isTrue } from "../conditions.ts";
import { count, listAt, textAt } from "../read.ts";
import { degraded, type HealthRule, healthy, progressing, type Verdict } from "../verdict.ts";
import { shortfall } from "./by-conditions.ts";
import { staleGeneration } from "./generation.ts";
import { firstOf, reported } from "./reported.ts";

/** False is good for these. */
const negative = /^(Conflicted|OverlappingTLSConfig|PartiallyInvalid|Degraded)$/;

/** One place that judges the object: the object itself, a listener, a parent, an ancestor. */
interface Judge {
  /** "" for the object itself. */
  name: string;
  conditions: Condition[];
}

function judgeOne(object: KubeObject, { name, conditions }: Judge): Verdict | undefined {
  const prefix = name === "" ? "" : `${name}: `;
  const { generation } = object.metadata;
  const behind =
    generation === undefined
      ? undefined
      : conditions.find(({ observedGeneration: seen }) => seen !== undefined && seen < generation);
  if (behind !== undefined)
    return progressing(
      `${prefix}condition ${behind.type} has an older observedGeneration`,
      `${prefix}waiting for it to see the newest change (generation ${generation})`,
    );
  const wrong = conditions.filter((condition) =>
    negative.test(condition.type) ? isTrue(condition) : !isTrue(condition),
  );
  const verdicts = wrong.map((condition) => ({
    condition,
    status: negative.test(condition.type) ? ("Degraded" as const) : shortfall(condition, "Degraded"),
  }));
  const worst = verdicts.find(({ status }) => status === "Degraded") ?? verdicts[0];
  if (worst === undefined) return undefined;
  const { condition } = worst;
  const say = `${prefix}${condition.message === "" ? `${condition.type} is ${condition.status} (${condition.reason})` : condition.message}`;
  return worst.status === "Degraded"
    ? degraded(`${prefix}${cite(condition)}`, say)
    : progressing(`${prefix}${cite(condition)}`, say);
}

/** The worst that any of them says; none, or one that says nothing, is waited for. */
function judgeAll(object: KubeObject, judges: readonly Judge[]): Verdict | undefined {
  const verdicts = judges.flatMap((judge) => judgeOne(object, judge) ?? []);
  const bad = verdicts.find(({ status }) => status === "Degraded") ?? verdicts[0];
  if (bad !== undefined) return bad;
  const silent = judges.find(({ conditions }) => conditions.length === 0);
  if (silent !== undefined)
    return progressing("no conditions", `Waiting for ${silent.name || "a controller"} to report`);
  return undefined;
}

const refName = (entry: unknown, field: string): string => textAt(entry, field, "name");

/** Routes (`status.parents`) and policies (`status.ancestors`): every gateway that they attach to judges them. */
const attachedHealth =
  (list: "parents" | "ancestors", ref: "parentRef" | "ancestorRef", word: string): HealthRule =>
  (object) => {
    const judges = listAt(object, "status", list)
      .filter(isMapping)
      .map(
        (entry): Judge => ({
          name: `${word} ${refName(entry, ref)}`,
          conditions: conditionsAt(entry, "conditions"),
        }),
      );
    if (judges.length === 0) return undefined;
    const said = judgeAll(object, judges);
    if (said !== undefined) return said;
    const unaccepted = judges.find(
      ({ conditions }) => !conditions.some(({ type }) => type === "Accepted" || type === "Programmed"),
    );
    if (unaccepted !== undefined)
      return degraded(
        `${unaccepted.name}: no condition Accepted`,
        `${unaccepted.name} did not accept this ${object.kind}`,
      );
    return healthy(
      "every condition is good",
      `${count(judges.length, word.toLowerCase())} took this ${object.kind}`,
    );
  };

const gatewayRule: HealthRule = (object) => {
  const own = conditionsOf(object);
  if (own.length === 0) return undefined;
  const listeners = listAt(object, "status", "listeners")
    .filter(isMapping)
    .map(
      (entry): Judge => ({
        name: `Listener ${textAt(entry, "name")}`,
        conditions: conditionsAt(entry, "conditions"),
      }),
    );
  const said = judgeAll(object, [
    { name: "", conditions: own },
    ...listeners.filter(({ conditions }) => conditions.length > 0),
  ]);
  return (
    said ??
    healthy(
      "every condition is good",
      own.find(({ type }) => type === "Programmed" || type === "Accepted")?.message,
    )
  );
};

const gatewayRules: HealthRule = reported(
  firstOf(
    attachedHealth("parents", "parentRef", "Parent"),
    attachedHealth("ancestors", "ancestorRef", "Ancestor"),
    firstOf(staleGeneration, gatewayRule),
  ),
);

/** `gateway.networking.k8s.io` and the policies that others attach to gateways by the same convention. A grant has no status. */
export const gatewayApiHealth: HealthRule = (object) =>
  object.kind === "ReferenceGrant" ? undefined : gatewayRules(object);

/** As a convention of any kind: routes and policies of other groups show `parents` and `ancestors` too. */
export const attachmentHealth: HealthRule = firstOf(
  attachedHealth("parents", "parentRef", "Parent"),
  attachedHealth("ancestors", "ancestorRef", "Ancestor"),
);
