/** Applications whose deletion waits for a person: named one by one, then let go of, just these. */
import { useState } from "preact/hooks";
import { Dialog } from "../components/dialog.tsx";
import { note } from "../components/notes.tsx";
import { Typed } from "../components/typed.tsx";
import { ask } from "../store/daemon.ts";
import { keyOfShown, type ShownSet } from "../words/set-words.ts";
import { setPathAt } from "./set-paths.ts";

const MOST_LISTED = 200;

export function ApproveSet({ shown, onClose }: { shown: ShownSet; onClose(): void }) {
  const key = keyOfShown(shown);
  const { name } = shown.applicationSet.metadata;
  // What is to go by the time that it is approved is another question: just these were seen.
  const [waiting] = useState(() => [...(shown.blocked ?? [])]);
  const [typed, setTyped] = useState("");
  const words = waiting.length === 1 ? "1 application" : `${waiting.length} applications`;
  return (
    <Dialog
      title={`Let ${words} of ${name} go`}
      onClose={onClose}
      cli={["appset", "approve", key]}
      offer={{
        label: `Delete ${words}`,
        tone: "danger",
        async work() {
          if (typed !== name) throw new Error(`Type ${name} to say that these may go.`);
          await ask("POST", setPathAt(key, "approve"), { body: { applications: waiting } });
          note("good", `${name}: ${words} may go`);
        },
      }}
    >
      <p class="sum">The generators make these no more, and so many at once wait for a person.</p>
      <ul class="plan" aria-label="What goes">
        {waiting.slice(0, MOST_LISTED).map((one) => (
          <li key={one} data-change="prune">
            <div class="object mono">{one}</div>
          </li>
        ))}
        {waiting.length > MOST_LISTED && <li class="dim">and {waiting.length - MOST_LISTED} more</li>}
      </ul>
      <p class="dim">
        {shown.applicationSet.spec.syncPolicy?.preserveResourcesOnDeletion === true
          ? "What they delivered stays on its cluster."
          : "What they delivered goes with each that bears Argo CD's finalizer."}
      </p>
      <Typed name={name} typed={typed} onType={setTyped}>
        What is deleted ends what runs.
      </Typed>
    </Dialog>
  );
}
