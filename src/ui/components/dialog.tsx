/** What is asked before something is done: shows what would be done, then what the daemon says against it. */
import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { AsCli } from "./as-cli.tsx";
import { note } from "./notes.tsx";

interface DialogProps {
  title: string;
  children: ComponentChildren;
  /** What its button does, and says. Without it there is nothing to be done but to close. */
  offer?:
    | {
        label: string;
        tone?: "danger";
        /** Why it cannot be done now: a sentence, said where somebody tries. */
        why?: string | undefined;
        work(): Promise<void>;
      }
    | undefined;
  /** The same by the command line: words after `holdfast`. */
  cli?: readonly string[] | undefined;
  /** Somebody wrote something that would be gone: one press of Esc does not leave it. */
  filled?: boolean;
  onClose(): void;
}

/** Open for as long as it is drawn. Whoever opened it has the focus back when it is gone. */
export function Dialog({ title, children, offer, cli, filled = false, onClose }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const close = useRef<HTMLButtonElement>(null);
  const isThere = useRef(true);
  const id = useId();
  const [state, setState] = useState<{ is: "asking" | "working" } | { is: "refused"; why: string }>({
    is: "asking",
  });
  useEffect(() => {
    const before = document.activeElement;
    dialog.current?.showModal();
    // With the way out in focus: nothing is done by a second press of the key that opened it.
    close.current?.focus();
    return () => {
      isThere.current = false;
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  const content = useRef<HTMLDivElement>(null);
  const [isLong, setLong] = useState(false);
  // What scrolls is to be reached by keys, and what does not is no stop on the way.
  useEffect(() => {
    const box = content.current;
    if (box !== null) setLong(box.scrollHeight > box.clientHeight);
  });
  const end = useRef<HTMLDivElement>(null);
  const [below, setBelow] = useState<"nothing" | "more">("nothing");
  // Seen whatever it is that changes: a fold, an answer, the window, or somebody scrolls.
  useEffect(() => {
    if (end.current === null) return;
    const watch = new IntersectionObserver(
      (seen) => setBelow(seen.at(-1)?.isIntersecting === false ? "more" : "nothing"),
      { root: content.current },
    );
    watch.observe(end.current);
    return () => watch.disconnect();
  }, []);
  const onward = (): void => {
    const box = content.current;
    if (box === null) return;
    // A line of what is seen stays. At the end the button goes, and the focus is where keys go on.
    box.scrollBy({ top: box.clientHeight - 32 });
    box.focus({ preventScroll: true });
  };
  const [isLeaving, setLeaving] = useState(false);
  const act = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (offer === undefined || state.is === "working") return;
    if (offer.why !== undefined) return setState({ is: "refused", why: offer.why });
    setState({ is: "working" });
    try {
      await offer.work();
      // Left while it worked, another one may be open by now.
      if (isThere.current) onClose();
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      if (isThere.current) setState({ is: "refused", why });
      else note("bad", `${offer.label}: ${why}`);
    }
  };
  return (
    <dialog
      ref={dialog}
      aria-labelledby={id}
      onClose={onClose}
      onCancel={(event) => {
        if (!filled || isLeaving) return;
        event.preventDefault();
        setLeaving(true);
      }}
      onInput={() => setLeaving(false)}
    >
      <form onSubmit={(event) => void act(event)}>
        <h2 id={id}>{title}</h2>
        {/* biome-ignore lint/a11y/useSemanticElements: a fieldset has a legend */}
        <div
          ref={content}
          class="content"
          role="group"
          aria-labelledby={id}
          tabIndex={isLong ? 0 : undefined}
        >
          {children}
          {cli !== undefined && <AsCli words={cli} />}
          <div ref={end} class="end" />
        </div>
        <p class="more-below" hidden={below === "nothing"}>
          <button type="button" class="plain" onClick={onward}>
            More below
          </button>
        </p>
        {state.is === "refused" && (
          <p class="refused" role="alert">
            {state.why}
          </p>
        )}
        {isLeaving && (
          <p class="words" data-tone="behind" role="status">
            Esc once more leaves, and what you filled in is gone.
          </p>
        )}
        <div class="actions">
          <button type="button" ref={close} onClick={onClose}>
            {offer === undefined ? "Close" : "Cancel"}
          </button>
          {offer !== undefined && (
            <button
              type="submit"
              class={offer.tone === "danger" ? "danger" : "primary"}
              aria-busy={state.is === "working"}
              aria-disabled={offer.why !== undefined}
              title={offer.why}
            >
              {offer.label}
            </button>
          )}
        </div>
      </form>
    </dialog>
  );
}
