/** Automated sync, paused or let go on: what comes of it is said before, and by whom it was paused. */
import type { Application } from "../../core/model/application.ts";
import { useAsked } from "../components/asked.tsx";
import { Dialog } from "../components/dialog.tsx";
import { note } from "../components/notes.tsx";
import { Ago } from "../components/time.tsx";
import { ask } from "../store/daemon.ts";
import { changesOf, keyOf, syncOf } from "../words/app-words.ts";
import { type PolicyEntry, pausedBy } from "../words/automation-words.ts";
import { argoPathOf } from "./paths.ts";

/** Deeds among which it is looked for who paused it. */
const MOST_DEEDS = 100;

export function AutomationReview({
  app,
  to,
  onClose,
}: {
  app: Application;
  to: "paused" | "on";
  onClose(): void;
}) {
  const { name } = app.metadata;
  const automated = app.spec.syncPolicy?.automated;
  const patch = JSON.stringify({ spec: { syncPolicy: { automated: { enabled: to === "on" } } } });
  const offer = {
    label:
      to === "paused"
        ? "Pause automated sync"
        : automated == null
          ? "Sync automatically"
          : "Resume automated sync",
    async work() {
      await ask("PATCH", argoPathOf(app), {
        body: { patch, patchType: "merge", appNamespace: app.metadata.namespace },
      });
      note(
        "good",
        to === "paused" ? `${name} is synced by hand from now on` : `${name} is synced automatically`,
      );
    },
  };
  const changes = changesOf(app);
  return (
    <Dialog
      title={to === "paused" ? `Pause automated sync of ${name}` : `Sync ${name} automatically`}
      onClose={onClose}
      offer={offer}
      cli={["app", "patch", keyOf(app), "-p", patch]}
    >
      {to === "paused" ? (
        <>
          <p class="sum">New commits are compared and shown, and not synced until somebody asks.</p>
          {automated?.selfHeal === true && (
            <p>What somebody changes in the cluster is shown as well, and not put back.</p>
          )}
          <p class="dim">What runs now runs to its end. A sync or a rollback by hand goes on as before.</p>
        </>
      ) : (
        <>
          <p class="sum">
            {syncOf(app) === "OutOfSync"
              ? `It is synced at once${changes === "" ? "" : `: ${changes}`}. From then on each commit is.`
              : "Nothing differs now. Each commit from now on is synced by itself."}
          </p>
          <ul>
            <li>
              {automated?.prune === true
                ? "What Git does not have any more is deleted."
                : "What Git does not have any more stays."}
            </li>
            <li>
              {automated?.selfHeal === true
                ? "What somebody changes in the cluster is put back."
                : "What somebody changes in the cluster stays until the next commit."}
            </li>
          </ul>
          {automated != null && <PausedBy app={app} />}
        </>
      )}
    </Dialog>
  );
}

/** Whoever has it go on should know who stopped it. */
function PausedBy({ app }: { app: Application }) {
  const query = new URLSearchParams({ app: keyOf(app), action: "update", limit: String(MOST_DEEDS) });
  const answer = useAsked(
    (signal) => ask<{ items: PolicyEntry[] }>("GET", `/api/holdfast/v1/activity?${query}`, { signal }),
    [keyOf(app)],
  );
  if (answer.is === "asking") return <p class="dim">Asking who paused it…</p>;
  const found = answer.is === "answered" ? pausedBy(answer.value.items) : undefined;
  if (found === undefined) return <p class="dim">Nobody's pausing of it is on record here.</p>;
  return (
    <p>
      It was paused by {found.actor} <Ago at={found.at} />
      {found.reason === undefined ? "." : `: ${found.reason}`}
    </p>
  );
}
