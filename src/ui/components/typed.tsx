/** Asked where data can be lost: a name to be typed, which nobody does by mistake. */
import type { ComponentChildren } from "preact";

export function Typed({
  name,
  typed,
  onType,
  children,
}: {
  name: string;
  typed: string;
  onType(text: string): void;
  /** Why it is asked, a sentence with its full stop. */
  children: ComponentChildren;
}) {
  return (
    <p class="typed">
      <label>
        {children} Type <b>{name}</b> to go on
        <input
          type="text"
          autocomplete="off"
          spellcheck={false}
          value={typed}
          onInput={(event) => onType(event.currentTarget.value)}
        />
      </label>
    </p>
  );
}
