/** A button that opens a menu, as the ARIA Authoring Practices have it: arrows, letters, Home, End, Esc. */
import { useEffect, useId, useRef, useState } from "preact/hooks";

export interface MenuItem {
  id: string;
  word: string;
  /** The key that does the same. */
  key?: string | undefined;
  /** Why it cannot be chosen now. */
  why?: string | undefined;
  tone?: "danger" | undefined;
  act(): void;
}

export function Menu({
  word,
  name,
  groups,
  opening,
  placed = "end",
}: {
  word: string;
  /** For whoever listens, where the word is not enough. */
  name: string;
  groups: readonly (readonly MenuItem[])[];
  /** Opens it whenever it is another number, and not 0. */
  opening?: number;
  placed?: "start" | "end";
}) {
  const id = useId();
  const [isOpen, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const menu = useRef<HTMLDivElement>(null);
  const typed = useRef({ text: "", at: 0 });
  const items = (): HTMLElement[] => [
    ...(menu.current?.querySelectorAll<HTMLElement>("[role=menuitem]") ?? []),
  ];
  const close = (): void => {
    setOpen(false);
    button.current?.focus();
  };
  useEffect(() => {
    if (opening !== undefined && opening > 0) setOpen(true);
  }, [opening]);
  useEffect(() => {
    if (!isOpen) return;
    items()[0]?.focus();
    const outside = (event: PointerEvent): void => {
      const inside = [menu.current, button.current].some((one) => one?.contains(event.target as Node));
      if (!inside) setOpen(false);
    };
    document.addEventListener("pointerdown", outside);
    return () => document.removeEventListener("pointerdown", outside);
  }, [isOpen]);
  const onKey = (event: KeyboardEvent): void => {
    const all = items();
    const at = all.indexOf(document.activeElement as HTMLElement);
    const to = (next: number): void => all[(next + all.length) % all.length]?.focus();
    if (event.metaKey || event.ctrlKey || event.altKey) return;
    if (event.key === "ArrowDown") to(at + 1);
    else if (event.key === "ArrowUp") to(at - 1);
    else if (event.key === "Home") to(0);
    else if (event.key === "End") to(-1);
    else if (event.key === "Escape") close();
    else if (event.key === "Tab") return setOpen(false);
    else if (/^\S$/u.test(event.key)) {
      const now = performance.now();
      const text = `${now - typed.current.at < 700 ? typed.current.text : ""}${event.key.toLowerCase()}`;
      typed.current = { text, at: now };
      const from = text.length === 1 ? at + 1 : at;
      const next = [...all.slice(from), ...all.slice(0, from)].find((one) =>
        one.textContent?.toLowerCase().startsWith(text),
      );
      next?.focus();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div class="menu-button">
      <button
        ref={button}
        type="button"
        aria-label={name}
        aria-haspopup="menu"
        aria-expanded={isOpen}
        aria-controls={isOpen ? id : undefined}
        onClick={() => setOpen(!isOpen)}
        onKeyDown={(event) => {
          if (event.key !== "ArrowDown" || isOpen) return;
          event.preventDefault();
          event.stopPropagation();
          setOpen(true);
        }}
      >
        {word}
        <span class="chevron" aria-hidden="true" />
      </button>
      {isOpen && (
        <div
          ref={menu}
          id={id}
          role="menu"
          aria-label={name}
          class="menu"
          data-placed={placed}
          onKeyDown={onKey}
        >
          {groups
            .filter((group) => group.length > 0)
            .map((group, index) => (
              // biome-ignore lint/a11y/useSemanticElements: a fieldset is of a form
              <div key={group[0]?.id} role="group" class={index === 0 ? "" : "next"}>
                {group.map((item) => (
                  <button
                    key={item.id}
                    type="button"
                    role="menuitem"
                    tabIndex={-1}
                    class={item.why === undefined ? item.tone : undefined}
                    aria-disabled={item.why !== undefined}
                    aria-describedby={item.why === undefined ? undefined : `${id}-${item.id}`}
                    onClick={() => {
                      if (item.why !== undefined) return;
                      close();
                      item.act();
                    }}
                  >
                    <span class="what">{item.word}</span>
                    {item.key !== undefined && (
                      <span class="key" aria-hidden="true">
                        {item.key}
                      </span>
                    )}
                    {item.why !== undefined && (
                      <span class="reason" id={`${id}-${item.id}`}>
                        {item.why}
                      </span>
                    )}
                  </button>
                ))}
              </div>
            ))}
        </div>
      )}
    </div>
  );
}
