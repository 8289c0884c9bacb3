/** Which commit changed an application last, and where its branch is to whoever points there. */
import { useEffect, useRef, useState } from "preact/hooks";
import type { Application } from "../../core/model/application.ts";
import type { ListedApplication } from "../../core/model/listed-application.ts";
import { argoPathOf } from "../application/paths.ts";
import { ask } from "../store/daemon.ts";
import { revisionOf, standsAt } from "../words/app-words.ts";

/** Whoever only moves on over many rows asks nothing. */
const REST_MS = 120;
/** What says where its branch is. */
const FIELDS = ["metadata", "spec", "status.sync", "status.hold"].join(",");

/** @param about of the cell */
export function Revision({
  app,
  about,
}: {
  app: ListedApplication;
  about: { role: "gridcell"; class: string };
}) {
  const { changed } = app.status?.sync ?? {};
  const { tip, onPointerEnter, onPointerLeave } = useTip(app);
  const words = standsAt(app);
  const by = changed === undefined || changed.author === "" ? "" : `, by ${changed.author}`;
  const says = changed === undefined ? words : `${words} ${changed.subject}${by}`;
  return (
    <span
      {...about}
      title={tip === "" || tip === words ? says : `${says}\n${tip} is what it is compared with`}
      onPointerEnter={onPointerEnter}
      onPointerLeave={onPointerLeave}
    >
      {words}
      {changed !== undefined && (
        <>
          {" "}
          <span class="dim">{changed.subject}</span>
        </>
      )}
    </span>
  );
}

/**
 * Where its branch is is in no row, because one commit of a monorepo would be a change of thousands: it is asked of the one
 * that somebody points at, each time anew. "" until it is told, and where it is not.
 */
function useTip(app: ListedApplication) {
  const [tip, setTip] = useState("");
  const asking = useRef<{ timer: ReturnType<typeof setTimeout>; leave: AbortController } | undefined>(
    undefined,
  );
  const stop = (): void => {
    clearTimeout(asking.current?.timer);
    asking.current?.leave.abort();
  };
  useEffect(() => stop, []);
  return {
    tip,
    onPointerEnter(): void {
      stop();
      const leave = new AbortController();
      const timer = setTimeout(() => {
        const path = `${argoPathOf(app)}&fields=${FIELDS}`;
        ask<Application>("GET", path, { signal: leave.signal }).then(
          (told) => leave.signal.aborted || setTip(revisionOf(told)),
          () => leave.signal.aborted || setTip(""),
        );
      }, REST_MS);
      asking.current = { timer, leave };
    },
    onPointerLeave(): void {
      stop();
      // It may be another one by the time that somebody points there again.
      setTip("");
    },
  };
}
