/** Keys that hold on every page, and the sheet that tells of all of them. */
import { useEffect, useState } from "preact/hooks";
import { Dialog } from "../components/dialog.tsx";
import { go } from "../store/route.ts";
import { PLACES } from "./places.ts";
import { isShortcut, pressed, SHEET, useShortcuts } from "./shortcuts.ts";

const GOES: ReadonlyMap<string, string> = new Map(PLACES.map(({ key, path }) => [key, path]));

/** Within which the second key of `g a` counts. */
const SECOND_KEY_MS = 1_200;

export function Keys() {
  const [isOpen, setOpen] = useState(false);
  useShortcuts({
    sheet: () => setOpen(true),
    find() {
      const query = document.getElementById("query");
      if (query === null) go("/applications", "push");
      else query.focus();
    },
    down: () => moveBy("ArrowDown"),
    up: () => moveBy("ArrowUp"),
  });
  useEffect(() => {
    let goesUntil: number | undefined;
    /** Before whatever has the focus: the second key of `g s` goes, and syncs nothing. */
    const onGo = (event: KeyboardEvent): void => {
      if (!isShortcut(event) || event.key === "Escape") return;
      const isSecond = goesUntil !== undefined && performance.now() < goesUntil;
      goesUntil = event.key === "g" && !isSecond ? performance.now() + SECOND_KEY_MS : undefined;
      const to = isSecond ? GOES.get(event.key) : undefined;
      if (to === undefined) return;
      event.preventDefault();
      event.stopPropagation();
      go(to, "push");
    };
    /** After whatever has the focus, which knows better what its keys are. */
    const onKey = (event: KeyboardEvent): void => {
      if (isShortcut(event)) pressed(event);
    };
    document.addEventListener("keydown", onGo, { capture: true });
    document.addEventListener("keydown", onKey);
    return () => {
      document.removeEventListener("keydown", onGo, { capture: true });
      document.removeEventListener("keydown", onKey);
    };
  }, []);
  if (!isOpen) return null;
  return (
    <Dialog title="Keys" onClose={() => setOpen(false)}>
      <div class="sheet-of-keys">
        {SHEET.map(({ title, lines }) => (
          <section key={title}>
            <h3>{title}</h3>
            <dl class="keys">
              {lines.map(({ shown, does }) => (
                <div key={shown}>
                  <dt>
                    <kbd>{shown}</kbd>
                  </dt>
                  <dd>{does}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
      <p class="dim">None acts while you type. Settings turns single keys off.</p>
    </Dialog>
  );
}

/** As the arrow does where rows are moved through by arrows; without the focus there it goes there first. */
function moveBy(arrow: "ArrowDown" | "ArrowUp"): void {
  const rows = 'main :is([role="treegrid"], [role="grid"], [role="tree"])';
  const at = document.activeElement;
  if (at?.closest(rows))
    at.dispatchEvent(new KeyboardEvent("keydown", { key: arrow, bubbles: true, cancelable: true }));
  else document.querySelector<HTMLElement>(`${rows} [tabindex="0"]`)?.focus();
}
