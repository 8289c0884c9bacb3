/** What going back to a deployment would do: shown object by object, then done. */
import { useState } from "preact/hooks";
import type { Application } from "../../core/model/application.ts";
import { Asked, useAsked } from "../components/asked.tsx";
import { Dialog } from "../components/dialog.tsx";
import {
  type PlannedObject,
  PlannedObjects,
  type RefusedObject,
  RefusedObjects,
} from "../components/planned.tsx";
import { asking } from "../store/awaited.ts";
import { ask } from "../store/daemon.ts";
import { keyOf } from "../words/app-words.ts";
import { type DeploymentLine, planWords } from "../words/deployment-words.ts";
import { argoPathOf, ourPathOf } from "./paths.ts";

interface Plan {
  items: PlannedObject[];
  refusals: RefusedObject[];
  /** `held`: it is synced automatically, and is kept there. */
  then: "held" | "left";
  /** Whether its sources are written otherwise today. */
  sources: "as-written" | "of-that-time";
  /** What it takes from elsewhere as it is now, in words. */
  asNow: { text: string }[];
}

export function RollbackReview({
  app,
  to: { id, revision },
  onClose,
}: {
  app: Application;
  to: Pick<DeploymentLine, "id" | "revision">;
  onClose(): void;
}) {
  const { name } = app.metadata;
  const [prune, setPrune] = useState(false);
  const [until, setUntil] = useState<"lifted" | "next-commit">("lifted");
  const [reason, setReason] = useState("");
  const plan = useAsked(
    (signal) => ask<Plan>("GET", ourPathOf(app, `history/${id}/diff`), { signal }),
    [keyOf(app), id],
  );
  const offer = {
    label: `Roll back to ${id}`,
    work: () =>
      asking(app, `Rollback to ${id}`, () =>
        ask("POST", argoPathOf(app, "rollback"), {
          body: {
            ...{ id, project: app.spec.project, prune, until },
            ...(reason.trim() === "" ? {} : { reason: reason.trim() }),
          },
        }),
      ),
  };
  return (
    <Dialog
      title={`Roll ${name} back to deployment ${id}`}
      offer={plan.is === "answered" ? offer : undefined}
      onClose={onClose}
      cli={[
        ...["app", "rollback", keyOf(app), String(id)],
        ...(prune ? ["--prune"] : []),
        ...(until === "next-commit" ? ["--until", until] : []),
        ...(reason.trim() === "" ? [] : ["--reason", reason.trim()]),
      ]}
    >
      <Asked answer={plan} waiting="Asking the daemon what that would change">
        {({ items, refusals, then, sources, asNow }) => {
          const extras = items.filter(({ change }) => change === "prune").length;
          return (
            <>
              <p id="rollback-sum" class="sum">
                {name} to {revision}: {planWords(items, prune ? "deleted" : "kept")}.
              </p>
              {sources === "of-that-time" && (
                <p>
                  Its source was written otherwise then: it is taken as it was, and the spec is not edited.
                </p>
              )}
              {asNow.length > 0 && (
                <p>
                  It takes this as it is now, because nobody wrote down what it was then:{" "}
                  {asNow.map(({ text }) => text).join(", ")}
                </p>
              )}
              <PlannedObjects items={items} prunes={prune ? "delete" : "not in it, stays"} />
              {extras > 0 && (
                <p>
                  <label>
                    <input
                      type="checkbox"
                      checked={prune}
                      onChange={(event) => setPrune(event.currentTarget.checked)}
                    />
                    {extras === 1
                      ? "Delete the object that was not there then"
                      : `Delete the ${extras} objects that were not there then`}
                  </label>
                </p>
              )}
              {prune && <RefusedObjects items={refusals} />}
              {then === "held" && (
                <fieldset>
                  <legend>It is synced automatically, so it is held there</legend>
                  {(
                    [
                      ["lifted", "until somebody lifts it"],
                      ["next-commit", "until the next commit that changes it"],
                    ] as const
                  ).map(([value, words]) => (
                    <p key={value}>
                      <label>
                        <input
                          type="radio"
                          name="until"
                          value={value}
                          checked={until === value}
                          onChange={() => setUntil(value)}
                        />
                        {words}
                      </label>
                    </p>
                  ))}
                </fieldset>
              )}
              <p>
                <label>
                  Why, for the history
                  <input
                    type="text"
                    autocomplete="off"
                    maxLength={500}
                    value={reason}
                    onInput={(event) => setReason(event.currentTarget.value)}
                  />
                </label>
              </p>
              <p class="dim">Hooks are not run: what they do, they did forwards.</p>
            </>
          );
        }}
      </Asked>
    </Dialog>
  );
}
