import type { ComponentChildren, RefObject } from "preact";

/** Text that scrolls by itself, for keys too. */
export function Scrolled({
  label,
  as,
  box,
  onScroll,
  children,
}: {
  label: string;
  as: "manifest" | "log";
  box?: RefObject<HTMLElement | null>;
  onScroll?(element: HTMLElement): void;
  children: ComponentChildren;
}) {
  return (
    <section
      class={as}
      aria-label={label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is to be reached by keys
      tabIndex={0}
      ref={box ?? null}
      onScroll={(event) => onScroll?.(event.currentTarget)}
    >
      {children}
    </section>
  );
}
