/** What folds, and all of it at once. */
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";

/** How all are to be. Another value is asked anew, also where it says the same: single ones may have been moved since. */
export interface Folds {
  are: "open" | "closed";
}

export const OPEN: Folds = { are: "open" };
export const CLOSED: Folds = { are: "closed" };

/**
 * What is folded is not drawn.
 *
 * @param state as it begins, and what was asked of all last: a click on it alone holds until all are asked again
 */
export function Fold({
  state,
  head,
  children,
}: {
  state: Folds;
  head: ComponentChildren;
  children(): ComponentChildren;
}) {
  const [isOpen, setOpen] = useState(state.are === "open");
  useEffect(() => setOpen(state.are === "open"), [state]);
  return (
    <details open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{head}</summary>
      {isOpen && children()}
    </details>
  );
}

/** @param all what all are now; what is in between is `closed`: more can be unfolded */
export function FoldAll({ all, onAsk }: { all: Folds["are"]; onAsk(all: Folds): void }) {
  return (
    <p class="fold-all">
      <button type="button" class="link" onClick={() => onAsk({ are: all === "open" ? "closed" : "open" })}>
        {all === "open" ? "Fold all" : "Unfold all"}
      </button>
    </p>
  );
}
