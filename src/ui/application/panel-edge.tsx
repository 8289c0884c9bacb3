/** The panel's left edge, which makes it wider and narrower: by the mouse, a finger, or the arrow keys. */
import { signal } from "@preact/signals";
import { BASE } from "../store/daemon.ts";

const KEY = `holdfast-panel ${BASE.pathname}`;
const NARROWEST = 360;
const STEP = 40;

/** Pixels; undefined: as the style sheet has it. */
export const panelWidth = signal<number | undefined>(Number(localStorage.getItem(KEY)) || undefined);

export function PanelEdge() {
  const usual = Math.min(720, innerWidth);
  const width = panelWidth.value ?? usual;
  const set = (to: number): void => {
    const next = Math.round(Math.min(Math.max(to, NARROWEST), innerWidth));
    panelWidth.value = next;
    localStorage.setItem(KEY, String(next));
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a rule of text is moved by nobody
    <div
      class="edge"
      role="separator"
      aria-orientation="vertical"
      aria-label="Width of the panel"
      aria-valuemin={NARROWEST}
      aria-valuemax={innerWidth}
      aria-valuenow={width}
      tabIndex={0}
      onKeyDown={(event) => {
        if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
        event.preventDefault();
        event.stopPropagation();
        set(width + (event.key === "ArrowLeft" ? STEP : -STEP));
      }}
      onPointerDown={(event) => {
        event.preventDefault();
        event.currentTarget.setPointerCapture(event.pointerId);
      }}
      onPointerMove={(event) => {
        if (event.currentTarget.hasPointerCapture(event.pointerId)) set(innerWidth - event.clientX);
      }}
    />
  );
}
