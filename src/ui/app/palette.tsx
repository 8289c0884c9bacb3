/** Ctrl+K: goes anywhere and does anything by a few letters. What it finds comes with the first time that it is opened. */
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { later } from "../components/later.tsx";
import { type ListKeys, paletteAsked } from "./palette-opening.ts";

const Found = later(() => import("./palette-list.tsx")).extra(({ PaletteList }) => PaletteList);

export function Palette() {
  // Which opening it is; 0: it is closed. A dialog tells a moment later that it was closed, and may be open anew by then.
  const [opening, setOpening] = useState(0);
  const last = useRef(0);
  useEffect(() => {
    const open = (): void => {
      last.current += 1;
      setOpening(last.current);
    };
    const onKey = (event: KeyboardEvent): void => {
      if (
        event.key.toLowerCase() !== "k" ||
        !(event.metaKey || event.ctrlKey) ||
        event.altKey ||
        event.shiftKey
      )
        return;
      // A question that is open is answered first.
      if (document.querySelector("dialog[open]") !== null) return;
      event.preventDefault();
      open();
    };
    document.addEventListener("keydown", onKey);
    const leave = paletteAsked.subscribe((times) => {
      if (times > 0) open();
    });
    return () => {
      leave();
      document.removeEventListener("keydown", onKey);
    };
  }, []);
  const close = (): void => setOpening((now) => (now === opening ? 0 : now));
  return opening > 0 ? <Open key={opening} onClose={close} /> : null;
}

function Open({ onClose }: { onClose(): void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [line, setLine] = useState("");
  const [current, setCurrent] = useState<string>();
  const keys: ListKeys = useRef(undefined);
  // Before anything is drawn: what is typed right after the key is typed into the field.
  useLayoutEffect(() => {
    const before = document.activeElement;
    dialog.current?.showModal();
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  const onKey = (event: KeyboardEvent): void => {
    const { key } = event;
    if (event.isComposing || (key !== "ArrowDown" && key !== "ArrowUp" && key !== "Enter")) return;
    event.preventDefault();
    if (typeof keys.current === "function") keys.current(key);
    else if (key === "Enter") keys.current = "kept";
  };
  return (
    <dialog ref={dialog} class="palette" aria-label="Go to" onClose={onClose}>
      <input
        type="text"
        role="combobox"
        aria-label="Go to"
        aria-expanded={current !== undefined}
        aria-controls={current === undefined ? undefined : "palette-list"}
        aria-activedescendant={current}
        aria-autocomplete="list"
        autocomplete="off"
        spellcheck={false}
        placeholder="An application, a page, an action (sync web), a resource"
        value={line}
        onInput={(event) => {
          setLine(event.currentTarget.value);
          if (keys.current === "kept") keys.current = undefined;
        }}
        onKeyDown={onKey}
      />
      <Found line={line} keys={keys} onCurrent={setCurrent} onChosen={onClose} />
      <p class="dim" role="status">
        Arrows and Enter choose, Esc closes.
      </p>
    </dialog>
  );
}
