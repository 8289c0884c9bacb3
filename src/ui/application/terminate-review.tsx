/** The end of a sync that runs. */
import type { ListedApplication } from "../../core/model/listed-application.ts";
import { Dialog } from "../components/dialog.tsx";
import { ask } from "../store/daemon.ts";
import { keyOf } from "../words/app-words.ts";
import { argoPathOf } from "./paths.ts";

export function TerminateReview({ app, onClose }: { app: ListedApplication; onClose(): void }) {
  return (
    <Dialog
      title={`Terminate the sync of ${app.metadata.name}`}
      onClose={onClose}
      cli={["app", "terminate", keyOf(app)]}
      offer={{
        label: "Terminate",
        tone: "danger",
        async work() {
          await ask("DELETE", argoPathOf(app, "operation"));
        },
      }}
    >
      <p>
        What it wrote stays. Nothing more of it is written, and nothing is synced by itself until Git changes.
      </p>
    </Dialog>
  );
}
