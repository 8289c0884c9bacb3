/** An object that is not there: since when, and by what, as far as anybody knows. */
import { useEffect, useRef, useState } from "preact/hooks";
import type { Application } from "../../core/model/application.ts";
import { Ago } from "../components/time.tsx";
import { hrefOf } from "../store/route.ts";
import { idOf } from "./outline.ts";

/** When it was missed by this page; undefined where it was not there from the beginning. */
export function useMissed(isGone: boolean, isThere: boolean): string | undefined {
  const seen = useRef(false);
  const [at, setAt] = useState<string>();
  useEffect(() => {
    if (isThere) {
      seen.current = true;
      setAt(undefined);
    } else if (isGone && seen.current) setAt((before) => before ?? new Date().toISOString());
  }, [isGone, isThere]);
  return at;
}

/** Since when it is gone and by what, as far as anybody knows. */
export function Gone({ app, id, missedAt }: { app: Application; id: string; missedAt: string | undefined }) {
  const run = app.status?.operationState;
  const pruned = run?.syncResult?.resources?.find(
    (one) =>
      one.status === "Pruned" &&
      idOf({ ...one, group: one.group ?? "", namespace: one.namespace ?? "" }) === id,
  );
  const since = pruned === undefined ? missedAt : run?.finishedAt;
  const name = id.split("/").at(-1) ?? "";
  return (
    <p class="words" data-tone="unknown" role="status">
      {since === undefined ? (
        "It is not there: it is gone, or nothing of this application was ever called so."
      ) : (
        <>
          It is gone since <Ago at={since} />
          {pruned === undefined ? "." : ": a sync pruned it."}
        </>
      )}{" "}
      <a href={hrefOf(`/activity?${new URLSearchParams({ q: name })}`)}>What was done</a>
    </p>
  );
}
