/** What stands above the graph: how large it is drawn, what of it, and how much is not. */
import { go, withQuery } from "../store/route.ts";
import { type Drawn, PRESETS, type Preset } from "./graph-fold.ts";
import { OrphansBox } from "./orphans-box.tsx";

const WORDS: Readonly<Record<Preset, { word: string; says: string }>> = {
  ownership: {
    word: "Ownership",
    says: "Each right of its owner; many that are alike and well stand as one",
  },
  network: {
    word: "Network",
    says: "Gateways, Ingresses and routes, the Services that they lead to, and the Pods of those",
  },
  pods: { word: "Pods", says: "Pods and who owns them" },
  problems: { word: "Problems", says: "What is not well or not as in Git, and who owns it" },
  whole: { word: "Everything", says: "Each object by itself" },
};

export function GraphTools({
  preset,
  orphans,
  drawn: { objects, hidden },
  percent,
  onZoom,
}: {
  preset: Preset;
  /** How many there are, shown or not. */
  orphans: number;
  drawn: Pick<Drawn, "objects" | "hidden">;
  percent: number;
  /** Absent where there is nothing further that way. */
  onZoom: { out: (() => void) | undefined; plain(): void; in: (() => void) | undefined };
}) {
  const of = objects === 1 ? "object" : "objects";
  const shown = objects - hidden;
  return (
    <div class="graph-tools">
      <div role="toolbar" aria-label="Zoom" class="row">
        <button
          type="button"
          aria-label="Zoom out"
          aria-disabled={onZoom.out === undefined}
          onClick={() => onZoom.out?.()}
        >
          −
        </button>
        <button type="button" title="Back to 100 %" onClick={() => onZoom.plain()}>
          {percent} %
        </button>
        <button
          type="button"
          aria-label="Zoom in"
          aria-disabled={onZoom.in === undefined}
          onClick={() => onZoom.in?.()}
        >
          +
        </button>
      </div>
      <fieldset class="chip-group">
        <legend class="hidden-text">What is drawn</legend>
        {PRESETS.map((one) => (
          <button
            key={one}
            type="button"
            class="chip"
            aria-pressed={one === preset}
            title={WORDS[one].says}
            onClick={() => go(withQuery({ preset: one === "ownership" ? "owner" : one }), "push")}
          >
            {WORDS[one].word}
          </button>
        ))}
      </fieldset>
      <OrphansBox count={orphans} />
      <span class="dim" role="status">
        {hidden === 0
          ? `${objects} ${of}, each right of ${preset === "network" ? "what leads to it" : "its owner"}`
          : preset === "problems"
            ? `${shown} of ${objects} ${of}: ${hidden} that are well are left out`
            : `${shown} of ${objects} ${of}: ${hidden} that are well are folded`}
      </span>
    </div>
  );
}
