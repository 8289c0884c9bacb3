import { hasOption } from "../../model/application.ts";
import type { DesiredObject } from "../../model/desired-object.ts";
import type { KubeObject } from "../../model/kube-object.ts";
import { immutableFields, wordsWithoutValue } from "./immutable-fields.ts";
import { keepingPods } from "./keeping-pods.ts";
import type { ServerRefusal } from "./repairs-for.ts";

/** Longer findings are repeated without the value that they quote, which may be a whole pod template in Go's words. */
const MOST_CHARACTERS = 160;
const MOST_FINDINGS = 5;

/** What was refused, as far as it is known. */
export interface RefusedObject extends Pick<DesiredObject, "syncOptions"> {
  object?: KubeObject;
  /** What a refusal of all of `spec` is about, see `frozenFields`. */
  frozen?: ReadonlyMap<string, readonly string[]>;
}

/**
 * A server's refusal as a sentence: each field with what is wrong about it, once, and what to do where a field cannot
 * be changed. Refusals that name no fields stay as they are: others read them.
 */
export function sayRefusal(
  refusal: ServerRefusal,
  refused: RefusedObject,
  recreated: "may-be" | "never",
): string {
  const { status, message, causes = [] } = refusal;
  if (status !== 422) return message;
  const findings = causes.length === 0 ? [message] : [...new Set(causes.map(findingOf))];
  const shown = findings.slice(0, MOST_FINDINGS).join("; ");
  const more = findings.length > MOST_FINDINGS ? `; and ${findings.length - MOST_FINDINGS} more` : "";
  return `${shown}${more}${adviceOn(refusal, refused, recreated)}`;
}

/** What is about the whole object, as an admission policy's word or its size, has no field, or `[]`. */
function findingOf({ field, message }: { field: string; message: string }): string {
  const said = shortened(message);
  return field === "" || field === "[]" ? said : `${field}: ${said}`;
}

function shortened(message: string): string {
  return message.length <= MOST_CHARACTERS && !message.includes("\n") ? message : wordsWithoutValue(message);
}

function adviceOn(
  refusal: ServerRefusal,
  { syncOptions, object, frozen }: RefusedObject,
  recreated: "may-be" | "never",
): string {
  const fields = immutableFields(refusal).flatMap(
    ({ field }) => frozen?.get(field) ?? (field === "" ? [] : [field]),
  );
  if (fields.length === 0) return "";
  const what =
    fields.length === 1 ? `${fields[0]} cannot be changed` : `${fields.join(", ")} cannot be changed`;
  if (recreated === "never")
    return `. ${what} on an object that is there, and objects of this kind are never deleted to be made again: write it as the cluster has it, or delete the object by hand where what hangs on it may go`;
  if (hasOption(syncOptions, "Force=true"))
    return `. ${what} on an object that is there: a sync deletes it and makes it again, because of its sync option Force=true`;
  const byHand = object === undefined ? undefined : keepingPods(object, fields);
  const force = `set the sync option Force=true on the object to have it deleted${byHand === undefined ? "" : " with its Pods"} and made again`;
  return `. ${what} on an object that is there: write it as the cluster has it, ${force}, or ${byHand ?? "delete it by hand"}`;
}
