/** A person's approval of what the deletion of an application asks about (Delete=confirm). */
import type { Application } from "../../core/model/application.ts";
import { Dialog } from "../components/dialog.tsx";
import { note } from "../components/notes.tsx";
import { ask } from "../store/daemon.ts";
import { keyOf } from "../words/app-words.ts";
import { waitingForApproval } from "../words/application-actions.ts";
import { objectName } from "../words/deployment-words.ts";
import { argoPathOf } from "./paths.ts";

const APPROVED = "argocd.argoproj.io/deletion-approved";

export function ApproveReview({ app, onClose }: { app: Application; onClose(): void }) {
  const { name, namespace } = app.metadata;
  const waiting = waitingForApproval(app);
  const count = waiting.length === 1 ? "1 object" : `${waiting.length} objects`;
  return (
    <Dialog
      title={`Approve the deletion of ${count} with ${name}`}
      onClose={onClose}
      cli={["app", "confirm-deletion", keyOf(app)]}
      offer={
        waiting.length === 0
          ? undefined
          : {
              label: `Delete ${count}`,
              tone: "danger",
              async work() {
                // Without fractions, as the daemon compares it with when it began to wait.
                const at = new Date().toISOString().replace(/\.\d+Z$/, "Z");
                const patch = JSON.stringify({ metadata: { annotations: { [APPROVED]: at } } });
                await ask("PATCH", argoPathOf(app), {
                  body: { patch, patchType: "merge", appNamespace: namespace },
                });
                note("good", `${name}: approved, and its deletion goes on`);
              },
            }
      }
    >
      {waiting.length === 0 ? (
        <p class="sum">Nothing of it waits for an approval any more.</p>
      ) : (
        <>
          <p class="sum">Its deletion waits, because these ask for a person's approval.</p>
          <ul class="plan" aria-label="What goes">
            {waiting.map((object) => (
              <li key={objectName(object)} data-change="prune">
                <div class="object">
                  <b>delete</b> <span class="mono">{objectName(object)}</span>
                </div>
              </li>
            ))}
          </ul>
        </>
      )}
    </Dialog>
  );
}
