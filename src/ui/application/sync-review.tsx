/** What a sync would do, of one application or of several, and then the sync. */
import { useState } from "preact/hooks";
import type { ListedApplication } from "../../core/model/listed-application.ts";
import { Asked, useAsked } from "../components/asked.tsx";
import { Dialog } from "../components/dialog.tsx";
import { note } from "../components/notes.tsx";
import { type PlannedObject, PlannedObjects } from "../components/planned.tsx";
import { asking } from "../store/awaited.ts";
import { ask } from "../store/daemon.ts";
import { changesOf, keyOf, revisionOf } from "../words/app-words.ts";
import { planWords } from "../words/deployment-words.ts";
import { argoPathOf, ourPathOf } from "./paths.ts";

/** What is lost with it is not in Git. */
const LOSES: ReadonlySet<string> = new Set([
  "Namespace",
  "PersistentVolumeClaim",
  "PersistentVolume",
  "CustomResourceDefinition",
]);

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

/** Several at once: nothing is pruned but by each one's policy. */
export function BulkSyncReview({ apps, onClose }: { apps: readonly ListedApplication[]; onClose(): void }) {
  const offer = {
    label: `Sync ${apps.length}`,
    async work() {
      const failed: string[] = [];
      for (const app of apps)
        await asking(app, "Sync", () => ask("POST", argoPathOf(app, "sync"), { body: {} })).catch(
          (cause: unknown) =>
            failed.push(`${keyOf(app)}: ${cause instanceof Error ? cause.message : String(cause)}`),
        );
      if (failed.length === apps.length) throw new Error(failed.join("\n"));
      for (const text of failed) note("bad", text);
      note("good", `Sync asked for, of ${apps.length - failed.length}`);
    },
  };
  return (
    <Dialog
      title={`Sync ${apps.length} applications`}
      offer={offer}
      onClose={onClose}
      cli={["app", "sync", ...apps.map(keyOf)]}
    >
      <ul class="plan">
        {apps.map((app) => (
          <li key={keyOf(app)}>
            <div class="object">
              <span class="mono">{keyOf(app)}</span> {changesOf(app) || "nothing differs"}
            </div>
          </li>
        ))}
      </ul>
      <p class="dim">Nothing that Git does not have is deleted, but where an application's policy prunes.</p>
    </Dialog>
  );
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
