import type { Application } from "../../core/model/application.ts";
import { plainText } from "../terminal/plain-text.ts";
import { healthOf, isBusy, syncOf } from "./app-words.ts";
import { why } from "./why.ts";

/** Where an application stands, as words for a line of progress: `sync=Synced health=Progressing`. */
export function headlineOf(app: Application): string {
  const state = app.status?.operationState;
  if (!isBusy(app)) return `sync=${syncOf(app)} health=${healthOf(app)}`;
  if (app.operation !== undefined && state?.phase !== "Running") return "operation=Waiting";
  return `operation=${state?.phase ?? "Running"}${state?.message ? ` ${JSON.stringify(plainText(state.message))}` : ""}`;
}

/** The same for a sign of life, with what keeps the application from being well; an operation says that itself. */
export function stillWaits(app: Application): string {
  const because = isBusy(app) ? "" : why(app);
  return `${headlineOf(app)}${because === "" ? "" : ` ${JSON.stringify(plainText(because))}`}`;
}
