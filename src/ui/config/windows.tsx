/** Whether an application may be synced now by its project's windows, and when that changes. */
import { useEffect, useState } from "preact/hooks";
import type { Application } from "../../core/model/application.ts";
import { argoPathOf } from "../application/paths.ts";
import { useAsked } from "../components/asked.tsx";
import { ask } from "../store/daemon.ts";
import { zoneName } from "../store/zone.ts";
import { keyOf } from "../words/app-words.ts";
import { nextChange, type Reader, type Windows } from "../words/window-words.ts";

/** A project's windows are seen so late after somebody changes them. */
const AGAIN_MS = 60_000;
const SOONEST_MS = 1_000;

/** Those that are for it, asked for anew when one of them opens or closes; undefined as long as nobody answered. */
export function useWindows(app: Application): Windows | undefined {
  const [times, setTimes] = useState(0);
  const [known, setKnown] = useState<{ key: string; windows: Windows }>();
  const key = keyOf(app);
  const answer = useAsked(
    (signal) => ask<{ holdfast: Windows }>("GET", argoPathOf(app, "syncwindows"), { signal }),
    [key, times],
  );
  useEffect(() => {
    if (answer.is === "asking") return;
    const change = answer.is === "answered" ? nextChange(answer.value.holdfast) : undefined;
    if (answer.is === "answered") setKnown({ key, windows: answer.value.holdfast });
    const pause = Math.min(AGAIN_MS, Math.max(SOONEST_MS, (change ?? Number.POSITIVE_INFINITY) - Date.now()));
    const timer = setTimeout(() => setTimes((now) => now + 1), pause);
    return () => clearTimeout(timer);
  }, [answer, key]);
  return known?.key === key ? known.windows : undefined;
}

export function reader(): Reader {
  return { zone: zoneName(), now: Date.now() };
}

/** What is paused is automated all the same: it goes on once somebody says so. */
export function syncsOf({ spec }: Application): "automated" | "by-hand" {
  return spec.syncPolicy?.automated != null ? "automated" : "by-hand";
}
