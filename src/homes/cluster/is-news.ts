import type { ApplicationStatus } from "../../core/model/application.ts";
import { equalJson } from "../../lib/equal-json.ts";

/**
 * Whether somebody who watches waits for this: what kubectl shows in columns, how an operation began and ended, and what
 * is wrong. How far an operation is, and when somebody looked, can wait. Pure.
 */
export function isNews(before: ApplicationStatus | undefined, now: ApplicationStatus): boolean {
  return before === undefined || !equalJson(headline(before), headline(now));
}

function headline({
  sync,
  health,
  operationState,
  conditions = [],
  history = [],
}: ApplicationStatus): unknown {
  const { phase, startedAt, finishedAt } = operationState ?? {};
  return [
    sync.status,
    sync.revision,
    sync.revisions,
    health.status,
    phase,
    startedAt,
    finishedAt,
    history.length,
    conditions.map(({ type, message }) => [type, message]),
  ];
}
