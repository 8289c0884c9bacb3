/** Where a person reads on about what is said of an application: as near to its cause as the sentence itself tells. */

import { isDryRun, withoutDryRun } from "../../core/model/last-sync.ts";
import type { ListedApplication } from "../../core/model/listed-application.ts";
import { suspendedHookIn } from "../../core/model/suspended-hook.ts";
import { pageOf } from "../application/paths.ts";
import { blamedPod, type Sentence, unplacedPod } from "../words/app-words.ts";
import { LAST_SYNC } from "../words/run-tries.ts";

/** @returns a path of ours: what the Pod wrote, the object, the run, or the page, whose head says all of it */
export function placeOfWhy(app: ListedApplication, { text }: Sentence): string {
  const at = (query: Readonly<Record<string, string>>): string =>
    `${pageOf(app)}?${new URLSearchParams(query)}`;
  const object = (
    { group = "", kind, namespace, name }: { group?: string; kind: string; namespace: string; name: string },
    tab?: string,
  ): string => at({ node: `${group}/${kind}/${namespace}/${name}`, ...(tab === undefined ? {} : { tab }) });
  const { health, conditions = [], operationState } = withoutDryRun(app).status ?? {};
  const writer = blamedPod(text);
  if (writer !== undefined) return object({ kind: "Pod", ...writer }, "logs");
  const waiting = unplacedPod(text);
  if (waiting !== undefined) return object({ kind: "Pod", ...waiting }, "events");
  const hook = suspendedHookIn(text);
  if (hook !== undefined) return object(hook);
  if (text.includes("Correct the source's path")) return at({ view: "config", edit: "yes" });
  if (text === health?.message) {
    const [, group = "", kind, namespace = "", name] = OBJECT.exec(text) ?? [];
    if (kind !== undefined && name !== undefined) return object({ group, kind, namespace, name });
  }
  const isOfRun =
    text === operationState?.message ||
    conditions.some(({ type, message }) => type === "SyncError" && message.endsWith(text));
  // What is rehearsed is the run that is there.
  if (!isOfRun) return text === app.status?.operationState?.message ? at({ view: "run" }) : pageOf(app);
  return at(isDryRun(app.status?.operationState) ? { view: "run", run: LAST_SYNC } : { view: "run" });
}

/** `apps/Deployment shop/web: `, as health names what is to blame. */
const OBJECT = /^(?:([\w.-]+)\/)?(\w+) (?:([\w.-]+)\/)?([\w.:-]+): /;
