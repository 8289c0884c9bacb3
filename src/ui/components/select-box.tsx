import { useRef } from "preact/hooks";

/**
 * A box that shows whether something is selected. The browser ticks it at once; what the page makes of the click stands a
 * moment later. To hold the browser up instead leaves it a click behind: it puts back what it found after the page was drawn.
 */
export function SelectBox({
  label,
  is,
  onSelect,
  tabIndex,
}: {
  label: string;
  is: "selected" | "in part" | "not selected";
  onSelect(how: "one" | "range"): void;
  tabIndex?: number;
}) {
  const now = useRef(is);
  now.current = is;
  const show = (box: HTMLInputElement): void => {
    box.checked = now.current === "selected";
    box.indeterminate = now.current === "in part";
  };
  return (
    <input
      type="checkbox"
      aria-label={label}
      checked={is === "selected"}
      tabIndex={tabIndex}
      ref={(box) => {
        if (box !== null) box.indeterminate = is === "in part";
      }}
      onClick={({ currentTarget, shiftKey }) => {
        onSelect(shiftKey ? "range" : "one");
        setTimeout(show, 0, currentTarget);
      }}
    />
  );
}
