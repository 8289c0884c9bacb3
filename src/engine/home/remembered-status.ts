import type { ApplicationStatus, RevisionHistory } from "../../core/model/application.ts";
import type { OperationState } from "../../core/model/operation.ts";
import { defined } from "../../lib/defined.ts";
import { isMapping } from "../../lib/is-mapping.ts";

/**
 * What of a status that stands in a cluster goes on where the store remembers none: of a daemon that lost its store, or of
 * Argo CD. The deployments keep their numbers and the last operation is shown; an operation that seems to run is nobody's.
 * Everything else is worked out anew. Pure.
 */
export function rememberedStatus(status: unknown): ApplicationStatus | undefined {
  if (!isMapping(status)) return undefined;
  const { history, operationState } = status;
  const deployed = Array.isArray(history) ? history.filter(isDeployment) : [];
  const ended = isEnded(operationState) ? operationState : undefined;
  if (deployed.length === 0 && ended === undefined) return undefined;
  return {
    sync: { status: "Unknown", comparedTo: { destination: {} } },
    health: { status: "Unknown" },
    ...(deployed.length === 0 ? {} : { history: deployed }),
    ...defined({ operationState: ended }),
  };
}

function isDeployment(entry: unknown): entry is RevisionHistory {
  if (!isMapping(entry)) return false;
  const { id, deployedAt, revision, revisions } = entry;
  return (
    Number.isSafeInteger(id) &&
    typeof deployedAt === "string" &&
    (typeof revision === "string" ||
      (Array.isArray(revisions) && revisions.every((one) => typeof one === "string")))
  );
}

function isEnded(state: unknown): state is OperationState {
  if (!isMapping(state)) return false;
  const { phase, message, startedAt, finishedAt, operation } = state;
  return (
    ["Succeeded", "Failed", "Error"].includes(String(phase)) &&
    [startedAt, finishedAt].every((time) => typeof time === "string" && Number.isFinite(Date.parse(time))) &&
    (message === undefined || typeof message === "string") &&
    isMapping(operation)
  );
}
