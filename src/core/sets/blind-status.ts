import type { ApplicationSetStatus, SetCondition } from "../model/application-set-status.ts";

/**
 * What a set says while it is not known what there is: what it came to stands as it was, and that nothing is changed
 * meanwhile is said. What did not change keeps its times.
 *
 * @param why a sentence without a full stop
 * @param now RFC 3339 in UTC, without fractions
 */
export function blindStatus(
  { conditions = [], ...status }: ApplicationSetStatus,
  why: string,
  now: string,
): ApplicationSetStatus {
  const said = (type: "ErrorOccurred" | "ResourcesUpToDate", is: "True" | "False"): SetCondition => {
    const before = conditions.find((one) => one.type === type && one.status === is);
    return {
      ...{ type, status: is, reason: "UpdateApplicationError", message: `nothing is changed: ${why}` },
      lastTransitionTime: before?.lastTransitionTime ?? now,
    };
  };
  const own = [said("ErrorOccurred", "True"), said("ResourcesUpToDate", "False")];
  return {
    ...status,
    conditions: [...own, ...conditions.filter(({ type }) => own.every((one) => one.type !== type))],
  };
}
