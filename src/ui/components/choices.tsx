/** A box of settings below a button: Esc and a press elsewhere close it, and the button has the focus back. */
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";

export function Choices({ label, children }: { label: string; children: ComponentChildren }) {
  const box = useRef<HTMLDetailsElement>(null);
  useEffect(() => {
    const onPress = ({ target }: Event): void => {
      const { current } = box;
      if (current?.open === true && target instanceof Node && !current.contains(target)) current.open = false;
    };
    document.addEventListener("pointerdown", onPress);
    document.addEventListener("focusin", onPress);
    return () => {
      document.removeEventListener("pointerdown", onPress);
      document.removeEventListener("focusin", onPress);
    };
  }, []);
  return (
    <details
      ref={box}
      class="choose"
      onKeyDown={(event) => {
        const { current } = box;
        if (event.key !== "Escape" || current?.open !== true) return;
        event.stopPropagation();
        current.open = false;
        current.querySelector("summary")?.focus();
      }}
    >
      <summary>{label}</summary>
      <div class="choose-box">{children}</div>
    </details>
  );
}
