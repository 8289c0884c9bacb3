import type { Application } from "../../core/model/application.ts";
import { plainText } from "../terminal/plain-text.ts";
import { healthOf, isBeingDeleted, isBusy, syncOf } from "./app-words.ts";
import { reasons, why } from "./why.ts";

/** Where an application stands, as words for a line of progress: `sync=Synced health=Progressing`. */
export function headlineOf(app: Application): string {
  const state = app.status?.operationState;
  if (!isBusy(app)) return `sync=${syncOf(app)} health=${healthOf(app)}`;
  if (app.operation !== undefined && state?.phase !== "Running") return "operation=Waiting";
  return `operation=${state?.phase ?? "Running"}${quoted(state?.message ?? "")}${quoted(heldUpBy(app))}`;
}

/** A deletion goes on for as long as something stands in its way; a sync fails with it. */
function heldUpBy(app: Application): string {
  if (!isBeingDeleted(app)) return "";
  const [first] = reasons(app);
  return first?.weight === "trouble" || first?.lead === "DeletionHeldWarning" ? first.text : "";
}

function quoted(text: string): string {
  return text === "" ? "" : ` ${JSON.stringify(plainText(text))}`;
}

/** The same for a sign of life, with what keeps the application from being well; an operation says that itself. */
export function stillWaits(app: Application): string {
  const because = isBusy(app) ? "" : why(app);
  return `${headlineOf(app)}${quoted(because)}`;
}
