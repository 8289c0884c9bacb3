/** A run by its number alone: leads to its place in its application, or says that there is none. */
import { useEffect } from "preact/hooks";
import { Asked, useAsked } from "../components/asked.tsx";
import { go, hrefOf } from "../store/route.ts";
import { askRun } from "./ask-run.ts";
import { pageAt } from "./paths.ts";

/** @param id of the address, whoever wrote it */
export function RunPage({ id }: { id: string }) {
  const answer = useAsked((signal) => askRun(id, signal), [id]);
  const run = answer.is === "answered" ? answer.value : undefined;
  useEffect(() => {
    if (run === undefined) return;
    const query = new URLSearchParams({ view: "run", run: String(run.id) });
    // Whoever goes back comes to where this was linked, and not here again.
    go(`${pageAt(run.app)}?${query}`, "replace");
  }, [run]);
  return (
    <Asked answer={answer} waiting="Asking the daemon whose run that is" title={`Run ${id}`}>
      {(found) =>
        found === undefined && (
          <>
            <h1 tabIndex={-1}>There is no run {id}</h1>
            <p>
              Nothing ran under this number, it is not kept any more, or you may not see its application. Each
              application has its last runs on its page, under Runs.
            </p>
            <p>
              <a href={hrefOf("/applications")}>All applications</a>
            </p>
          </>
        )
      }
    </Asked>
  );
}
