/** Which conditions of Argo CD's triggers were told of an application. */
import { type AppKey, type Application, keyOfApp } from "../core/model/application.ts";
import { isMapping } from "../lib/is-mapping.ts";
import type { NotifyStore } from "./needs.ts";

/** By which Argo CD remembers what it sent. */
const STATE_ANNOTATION = "notified.notifications.argoproj.io";

interface KeptState {
  uid: string;
  /** By `stateKey`: seconds since 1970. */
  sent: Record<string, number>;
}

/** What was sent of it already; at first what Argo CD wrote into it. */
export function sentBefore(app: Application, store: Pick<NotifyStore, "value">): KeptState {
  const uid = app.metadata.uid ?? "";
  const kept = store.value(stateName(keyOfApp(app)));
  const state = kept === undefined ? undefined : (JSON.parse(kept) as KeptState);
  if (state?.uid === uid) return state;
  try {
    const written: unknown = JSON.parse(app.metadata.annotations?.[STATE_ANNOTATION] ?? "{}");
    const entries = Object.entries(isMapping(written) ? written : {});
    return {
      uid,
      sent: Object.fromEntries(
        entries.filter((entry): entry is [string, number] => typeof entry[1] === "number"),
      ),
    };
  } catch {
    // Somebody else wrote it: as if nothing were sent.
    return { uid, sent: {} };
  }
}

export function stateName(key: AppKey): string {
  return `notified ${key}`;
}
