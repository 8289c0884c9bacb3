/** What following Git again would do to an application that is held: shown object by object, then done. */
import type { Application } from "../../core/model/application.ts";
import { Asked, useAsked } from "../components/asked.tsx";
import { Dialog } from "../components/dialog.tsx";
import { note } from "../components/notes.tsx";
import {
  type PlannedObject,
  PlannedObjects,
  type RefusedObject,
  RefusedObjects,
  STAYS,
} from "../components/planned.tsx";
import { ask } from "../store/daemon.ts";
import { keyOf, shortOf } from "../words/app-words.ts";
import { planWords } from "../words/deployment-words.ts";
import type { DiffFile } from "../words/diff-rows.ts";
import { linesOf } from "./diff-part.ts";
import { ourPathOf } from "./paths.ts";

interface Plan {
  revisions: string[];
  items: PlannedObject[];
  files: DiffFile[];
  refusals: RefusedObject[];
  /** What is there and Git does not want. */
  extras: "deleted" | "kept";
}

export function UnholdReview({ app, onClose }: { app: Application; onClose(): void }) {
  const { name } = app.metadata;
  const plan = useAsked((signal) => ask<Plan>("GET", ourPathOf(app, "hold/diff"), { signal }), [keyOf(app)]);
  // What Git says cannot be told now, which is no reason to stay held.
  const offer = {
    label: "Lift the hold",
    async work() {
      await ask("DELETE", ourPathOf(app, "hold"), { body: {} });
      note("good", `${name} follows Git again`);
    },
  };
  return (
    <Dialog
      title={`Lift the hold of ${name}`}
      offer={offer}
      onClose={onClose}
      cli={["app", "unhold", keyOf(app)]}
    >
      <Asked answer={plan} waiting="Asking the daemon what that would change">
        {({ revisions, items, files, refusals, extras }) => (
          <>
            <p id="unhold-sum" class="sum">
              {name} to {revisions.map(shortOf).join(", ")}, as Git says now: {planWords(items, extras)}.
            </p>
            <PlannedObjects
              items={items}
              prunes={extras === "deleted" ? "delete" : STAYS}
              lines={linesOf(app, files)}
            />
            {extras === "deleted" && <RefusedObjects items={refusals} />}
            <p class="dim">It is synced as its policy says, and follows what is committed from then on.</p>
          </>
        )}
      </Asked>
    </Dialog>
  );
}
