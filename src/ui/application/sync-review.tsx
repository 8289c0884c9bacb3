/** What a sync would do, and then the sync. */
import { useState } from "preact/hooks";
import type { ListedApplication } from "../../core/model/listed-application.ts";
import { Asked, useAsked } from "../components/asked.tsx";
import { Dialog } from "../components/dialog.tsx";
import { type PlannedObject, PlannedObjects } from "../components/planned.tsx";
import { asking } from "../store/awaited.ts";
import { ask } from "../store/daemon.ts";
import { keyOf, revisionOf } from "../words/app-words.ts";
import { planWords } from "../words/deployment-words.ts";
import { LOSES } from "../words/losing.ts";
import { argoPathOf, ourPathOf } from "./paths.ts";

export function SyncReview({ app, onClose }: { app: ListedApplication; onClose(): void }) {
  const { name } = app.metadata;
  const [prune, setPrune] = useState(false);
  const [dryRun, setDryRun] = useState(false);
  const [typed, setTyped] = useState("");
  const plan = useAsked(
    (signal) => ask<{ items: PlannedObject[] }>("GET", ourPathOf(app, "diff"), { signal }),
    [keyOf(app)],
  );
  const items = plan.is === "answered" ? plan.value.items : [];
  const prunes = items.filter(({ change }) => change === "prune");
  const loses = prune && !dryRun && prunes.some(({ kind }) => LOSES.has(kind));
  const isSure = !loses || typed === name;
  const offer = {
    label: dryRun ? "Rehearse" : prune && prunes.length > 0 ? `Sync and delete ${prunes.length}` : "Sync",
    ...(loses ? { tone: "danger" as const } : {}),
    async work() {
      if (!isSure) throw new Error(`type ${name} to say that these may go`);
      await asking(app, dryRun ? "Dry run" : "Sync", () =>
        ask("POST", argoPathOf(app, "sync"), { body: { prune, dryRun } }),
      );
    },
  };
  return (
    <Dialog
      title={`Sync ${name} to ${revisionOf(app)}`}
      onClose={onClose}
      cli={["app", "sync", keyOf(app), ...(prune ? ["--prune"] : []), ...(dryRun ? ["--dry-run"] : [])]}
      // Without a plan it may be synced all the same: that it cannot be compared is no reason to forbid it.
      offer={plan.is === "asking" ? undefined : offer}
    >
      <Asked answer={plan} waiting="Asking the daemon what that would change">
        {() => (
          <>
            <p class="sum">{capital(planWords(items, prune ? "deleted" : "kept"))}.</p>
            <PlannedObjects items={items} prunes={prune ? "delete" : "not in Git, stays"} />
          </>
        )}
      </Asked>
      {prunes.length > 0 && (
        <p>
          <label>
            <input
              type="checkbox"
              checked={prune}
              onChange={(event) => setPrune(event.currentTarget.checked)}
            />
            {prunes.length === 1
              ? "Delete the object that Git does not have"
              : `Delete the ${prunes.length} objects that Git does not have`}
          </label>
        </p>
      )}
      <p>
        <label>
          <input
            type="checkbox"
            checked={dryRun}
            onChange={(event) => setDryRun(event.currentTarget.checked)}
          />
          Rehearse: ask the cluster, write nothing
        </label>
      </p>
      {loses && (
        <p>
          <label>
            What is deleted takes data with it. Type <b>{name}</b> to go on
            <input
              type="text"
              autocomplete="off"
              spellcheck={false}
              value={typed}
              onInput={(event) => setTyped(event.currentTarget.value)}
            />
          </label>
        </p>
      )}
    </Dialog>
  );
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
