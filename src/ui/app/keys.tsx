/** Keys that hold on every page, and the sheet that tells of all of them. */
import { useEffect, useState } from "preact/hooks";
import { Dialog } from "../components/dialog.tsx";
import { go } from "../store/route.ts";
import { areKeysOn } from "./key-setting.ts";
import { PLACES } from "./places.ts";

const SHEET = [
  ["/", "find applications"],
  ["j k, arrows", "move in the list"],
  ["Enter", "open the application"],
  ["o", "open it beside the list"],
  ["x, Shift+x", "select, up to here"],
  ["s", "review and sync"],
  ["r, Shift+r", "refresh, and render again"],
  ["Ctrl+K", "go to an application or a page by a few letters"],
  ...PLACES.map(({ key, word }) => [`g ${key}`, `go to ${word}`] as const),
  ["Esc", "close what is open"],
  ["?", "this sheet"],
] as const;

const GOES: ReadonlyMap<string, string> = new Map(PLACES.map(({ key, path }) => [key, path]));

/** Within which the second key of `g a` counts. */
const SECOND_KEY_MS = 1_200;

export function Keys() {
  const [isOpen, setOpen] = useState(false);
  useEffect(() => {
    let goesUntil: number | undefined;
    const onKey = (event: KeyboardEvent): void => {
      const isTyping =
        event.target instanceof Element && event.target.closest("input, select, textarea, dialog") !== null;
      if (!areKeysOn.value || isTyping || event.isComposing || event.metaKey || event.ctrlKey || event.altKey)
        return;
      const isSecond = goesUntil !== undefined && performance.now() < goesUntil;
      goesUntil = undefined;
      if (isSecond) {
        const to = GOES.get(event.key);
        if (to !== undefined) {
          // `g s` in the list goes, and syncs nothing.
          event.stopPropagation();
          return go(to, "push");
        }
      }
      if (event.key === "g") goesUntil = performance.now() + SECOND_KEY_MS;
      else if (event.key === "?") setOpen(true);
      else if (event.key === "/") {
        const query = document.getElementById("query");
        if (query === null) return;
        event.preventDefault();
        query.focus();
      }
    };
    document.addEventListener("keydown", onKey, { capture: true });
    return () => document.removeEventListener("keydown", onKey, { capture: true });
  }, []);
  if (!isOpen) return null;
  return (
    <Dialog title="Keys" onClose={() => setOpen(false)}>
      <dl class="keys">
        {SHEET.map(([keys, what]) => (
          <div key={keys}>
            <dt>
              <kbd>{keys}</kbd>
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
