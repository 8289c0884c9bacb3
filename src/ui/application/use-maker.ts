/** What made an application, and how it stands: the line above its objects, and the box above its graph. */
import { useComputed } from "@preact/signals";
import { useEffect, useMemo, useState } from "preact/hooks";
import type { Application } from "../../core/model/application.ts";
import type { ApplicationSetStatus } from "../../core/model/application-set-status.ts";
import { healthOf, syncOf } from "../../core/model/listed-words.ts";
import { known } from "../store/applications.ts";
import { ask, Refused } from "../store/daemon.ts";
import { type Maker, makerOf } from "../words/maker.ts";
import type { Origin } from "../words/origin-words.ts";
import type { Item } from "./outline.ts";
import { pageOfMaker } from "./paths.ts";

export interface ShownMaker {
  item: Item;
  kind: Maker["kind"];
  /** Its page, below the base. */
  path: string;
}

/** Of no object: those have slashes in theirs. */
const MAKER_ID = "maker";

/**
 * Used by what is drawn once the objects are there: what a set says of itself is asked for after them.
 * @returns undefined where nothing made it, and where whoever looks may not see what did
 */
export function useMaker(app: Application, origin: Origin): ShownMaker | undefined {
  const maker = makerOf(origin);
  const { kind, key = "" } = maker ?? {};
  const set = useSetHealth(kind === "ApplicationSet" ? key : undefined, app);
  const parent = useComputed(() => known.value?.get(key)).value;
  const isListed = useComputed(() => known.value !== undefined).value;
  return useMemo(() => {
    if (kind === undefined) return undefined;
    if (kind === "ApplicationSet")
      return set === "absent"
        ? undefined
        : { item: itemOf({ kind, key }, {}, set), kind, path: pageOfMaker({ kind, key }) };
    if (parent === undefined && isListed) return undefined;
    const state = parent === undefined ? {} : { sync: syncOf(parent) };
    const health = parent === undefined ? undefined : { status: healthOf(parent) };
    return { item: itemOf({ kind, key }, state, health), kind, path: pageOfMaker({ kind, key }) };
  }, [kind, key, set, parent, isListed]);
}

function itemOf({ kind, key }: Maker, { sync }: { sync?: string }, health: Item["health"]): Item {
  const [namespace = "", name = ""] = key.split("/");
  return {
    ...{ id: MAKER_ID, group: "argoproj.io", kind, namespace, name, sync, health },
    ...{ uid: undefined, info: "", remark: "", createdAt: undefined, wave: undefined, images: [] },
    ...{ restarts: undefined, node: undefined, networking: undefined, children: [] },
  };
}

/** `absent`: it is gone, or not to be seen any more; undefined: not known, or not known yet. */
function useSetHealth(key: string | undefined, { status }: Application): Item["health"] | "absent" {
  const [told, setTold] = useState<{ key: string; health: Item["health"] | "absent" }>();
  useEffect(() => {
    if (key === undefined) return;
    const leave = new AbortController();
    const show = (health: Item["health"] | "absent"): void => {
      if (!leave.signal.aborted) setTold({ key, health });
    };
    const path = `/api/holdfast/v1/applicationsets/${key.split("/").map(encodeURIComponent).join("/")}`;
    ask<{ applicationSet: { status?: ApplicationSetStatus } }>("GET", path, { signal: leave.signal }).then(
      ({ applicationSet }) => show(applicationSet.status?.health),
      (cause: unknown) => {
        // What was known stands where the daemon does not answer: that is said above all.
        if (cause instanceof Refused && (cause.status === 404 || cause.status === 403)) show("absent");
      },
    );
    return () => leave.abort();
    // As it changes the set may: a state of before is shown no longer than the application's own.
  }, [key, status?.health?.status, status?.sync.status, status?.reconciledAt]);
  return told !== undefined && told.key === key ? told.health : undefined;
}
