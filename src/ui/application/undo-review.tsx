/** What was deleted and can be made again: shown object by object, then made. */
import { useState } from "preact/hooks";
import type { Application } from "../../core/model/application.ts";
import type { DeletedRun, UndoAnswer, UndoableObject } from "../../core/model/undo-answer.ts";
import { Asked, useAsked } from "../components/asked.tsx";
import { Dialog } from "../components/dialog.tsx";
import { Ago, Until } from "../components/time.tsx";
import { asking } from "../store/awaited.ts";
import { ask } from "../store/daemon.ts";
import { keyOf, shortOf } from "../words/app-words.ts";
import { objectName } from "../words/deployment-words.ts";
import { ourPathOf } from "./paths.ts";

const MAKES: Record<UndoableObject["can"], string> = {
  yes: "is made again",
  no: "cannot be",
  "is-there": "need not be",
};

export function UndoReview({ app, onClose }: { app: Application; onClose(): void }) {
  const path = ourPathOf(app, "undo");
  const [chosen, choose] = useState<number | undefined>(undefined);
  const answer = useAsked(
    (signal) => ask<UndoAnswer>("GET", chosen === undefined ? path : `${path}?run=${chosen}`, { signal }),
    [keyOf(app), chosen],
  );
  const possible =
    answer.is === "answered"
      ? answer.value.objects.filter(({ can }) => can === "yes").map(({ id }) => id)
      : [];
  const run = answer.is === "answered" ? answer.value.run : undefined;
  const offer = {
    label: `Make ${possible.length === 1 ? "1 object" : `${possible.length} objects`} again`,
    work: () => asking(app, "Undo", () => ask("POST", path, { body: { run, objects: possible } })),
  };
  return (
    <Dialog
      title={`Make again what was deleted of ${app.metadata.name}`}
      offer={possible.length === 0 ? undefined : offer}
      onClose={onClose}
      cli={["app", "undo", keyOf(app)]}
    >
      <Asked answer={answer} waiting="Asking the daemon what can be made again">
        {({ runs, run, objects }) => {
          const meant = runs.find((one) => one.run === run);
          if (meant === undefined) return <p>Nothing that was deleted is kept.</p>;
          return (
            <>
              {runs.length > 1 && (
                <p>
                  <label>
                    Deleted by{" "}
                    <select
                      id="undo-run"
                      value={String(meant.run)}
                      onChange={(event) => choose(Number(event.currentTarget.value))}
                    >
                      {runs.map((one) => (
                        <option key={one.run} value={String(one.run)}>
                          Run {one.run}: {one.objects === 1 ? "1 object" : `${one.objects} objects`}
                        </option>
                      ))}
                    </select>
                  </label>
                </p>
              )}
              <AboutRun run={meant} />
              <div class="table undo-table">
                <table>
                  <thead>
                    <tr>
                      <th scope="col">Object</th>
                      <th scope="col">Now</th>
                      <th scope="col">Note</th>
                    </tr>
                  </thead>
                  <tbody>
                    {objects.map((object) => (
                      <tr key={object.id}>
                        <td class="mono">{objectName(object)}</td>
                        <td class="word" data-can={object.can}>
                          {MAKES[object.can]}
                        </td>
                        <td>{object.why}</td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </div>
              <p class="dim">
                What is made again is marked Prune=false, because Git does not have it: no sync deletes it,
                until Git has it again.
              </p>
            </>
          );
        }}
      </Asked>
    </Dialog>
  );
}

function AboutRun({ run: { run, at, until, application, sync } }: { run: DeletedRun }) {
  const by = sync?.initiatedBy;
  const who = by?.automated === true ? "by policy" : by?.username === undefined ? "" : `by ${by.username}`;
  const what = [sync?.cause ?? "", who, (sync?.revisions ?? []).map(shortOf).join(", ")].filter(
    (part) => part !== "",
  );
  const whose = application === "this" ? "" : ", of an application of this name that was deleted since,";
  return (
    <p>
      Run {run}
      {what.length === 0 ? "" : ` (${what.join(", ")})`}
      {whose} deleted them <Ago at={at} />. They are kept until <Until at={until} />.
    </p>
  );
}
