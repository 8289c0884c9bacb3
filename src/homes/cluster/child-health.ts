/** What a parent sees of a child that Holdfast itself looks after. Pure. */
import type { Application } from "../../core/model/application.ts";
import type { Health } from "../../core/model/health.ts";
import { comparedTo } from "../../core/status/compared-to.ts";
import { equalJson } from "../../lib/equal-json.ts";

/** @param app as it is shown now; undefined: nobody has met it yet */
export function childHealth(app: Application | undefined): Health {
  const { status, operation } = app ?? {};
  if (app === undefined || status === undefined || !equalJson(status.sync.comparedTo, comparedTo(app)))
    return NOT_LOOKED_AT;
  const { phase } = status.operationState ?? {};
  if (operation !== undefined || phase === "Running" || phase === "Terminating")
    return { status: "Progressing", message: "it is being synced" };
  const { status: said, message = "" } = status.health;
  return { status: said, message };
}

export const NOT_LOOKED_AT: Health = {
  status: "Progressing",
  message: "it has not been looked at as it is now",
};
